"""A world to test in: the real service and database, with a clock that is moved by hand and senders that remember.

world = await World.open(database)
await world.staff()
await world.open_plan()
await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
await world.advance(minutes=30)
assert world.phone("w-oncall")
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import cycle

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, func, select

from config.clock import ManualClock
from config.database import UTCDateTime, reading
from config.settings import Settings
from jobs.timetable import TIMETABLE
from notifications.message import Channel, Outgoing
from notifications.tables import message
from service.app import Service, open_service
from service.domain.calendar import LONDON, at_local, iso_local, local_day
from service.domain.policy import PolicyBook
from service.files.policy_files import load_policies
from service.store.tables import digest_line, event, plan, raw_inbound
from service.use_cases.intake.receive_events import Received
from tests.memory_sender import MemorySender

MONDAY = "2026-01-05T09:00"
# Who holds which role for the whole of Dudley.
HOLDERS: Mapping[str, str] = {
    "w-tm": "team_manager",
    "w-sm": "service_manager",
    "w-htm": "hub_team_manager",
    "w-hsm": "hub_service_manager",
    "w-oncall": "on_call_manager",
    "w-head": "head_of_service",
    "w-config": "configuration_owner",
}
NUMBERS: Mapping[str, str] = {
    person: f"+4477009001{place:02}" for place, person in enumerate(["w-sw", "w-sw2", "w-kp", *HOLDERS], start=10)
}

# The general lanes deal with urgent messages too, and with everything by themselves: one a channel is enough here.
_ENOUGH = ("pull", "alerts", "look", "texts", "digest", "sms-1", "email-1")
ONE_OF_EACH = [tick for tick in TIMETABLE if tick.name in _ENOUGH]
_PULL, *_DONE_WHEN_DUE = ONE_OF_EACH


def _first_attempt(*conditions: ColumnElement[bool]) -> ScalarSelect[datetime | None]:
    return select(func.min(message.c.next_attempt_at)).where(*conditions).scalar_subquery()


# What there is to do, in one statement: to try each tick in vain would take most of the time of a test.
_STANDING = select(
    select(func.min(plan.c.next_look)).scalar_subquery().label("look"),
    _first_attempt(message.c.channel == Channel.EMAIL).label("email"),
    _first_attempt(message.c.channel == Channel.SMS).label("sms"),
    _first_attempt(message.c.next_attempt_at > bindparam("now", type_=UTCDateTime())).label("later"),
    select(func.min(message.c.lease_until)).scalar_subquery().label("lease"),
    select(func.min(digest_line.c.at)).where(digest_line.c.digest.is_(None)).scalar_subquery().label("line"),
    select(raw_inbound.c.id).where(raw_inbound.c.taken_as.is_(None)).exists().label("text"),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is to do at a moment: the names of ticks; and the next moment at which there may be more."""

    due: frozenset[str]
    next_at: datetime | None


@cache
def book() -> PolicyBook:
    """The built-in policies, read once for all tests."""
    return load_policies()


@cache
def _settings(only_to: tuple[str, ...], public_url: str | None) -> Settings:
    """Made once: to read the settings from everywhere takes a third of the time that it takes to open a world."""
    return Settings(only_to=only_to, public_url=public_url)


def moment(text: str) -> datetime:
    """A local moment without offset (`2026-01-05T09:00`) in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


def address(person: str) -> str:
    """The address of a person of this world."""
    return f"{person}@example.org"


class World:
    """The service, with a hand on its clock and an eye on its inboxes."""

    def __init__(self, service: Service, clock: ManualClock, senders: Mapping[Channel, MemorySender]) -> None:
        self.service, self.clock, self.senders = service, clock, senders
        self._events = 0
        self._was_pulled = False

    @classmethod
    async def open(
        cls,
        database: str,
        start: str = MONDAY,
        sms: MemorySender | None = None,
        only_to: Sequence[str] = (),
        public_url: str | None = None,
        policies: PolicyBook | None = None,
    ) -> World:
        """A new world on the database with this address, at a local moment; `sms`: whom texts go through."""
        senders = {Channel.EMAIL: MemorySender("smtp"), Channel.SMS: sms or MemorySender("twilio")}
        settings = _settings(tuple(only_to), public_url).model_copy(update={"database_url": database})
        return await cls._open(settings, ManualClock(moment(start)), senders, policies)

    @classmethod
    async def _open(
        cls, settings: Settings, clock: ManualClock, senders: Mapping[Channel, MemorySender],
        policies: PolicyBook | None = None,
    ) -> World:  # fmt: skip
        return cls(
            await open_service(
                settings, clock=clock, book=policies or book(), senders={name: [one] for name, one in senders.items()}
            ),
            clock,
            senders,
        )

    async def reopen(self) -> World:
        """What a new process finds: nothing is left of the old one but the database, the clock, and what people got."""
        await self.close()
        world = await World._open(self.service.settings, self.clock, self.senders)
        world._events = self._events
        return world

    async def go_on(self) -> None:
        """Number events from the last one in the database on."""
        async with reading(self.service.sessions) as session:
            self._events = (await session.execute(select(func.count()).select_from(event))).scalar_one()

    async def close(self) -> None:
        """Drop the service."""
        await self.service.close()

    # ------------------------------------------------------------------------------------------------ what happens

    async def receive(self, event_type: str, subject: str | None = "P-1001", **data: object) -> Received:
        """An event of now. `id` and `time` are the event's own; a trailing underscore is left out (`from_`)."""
        return await self.service.receive([self.event(event_type, subject, **data)])

    def event(self, event_type: str, subject: str | None = "P-1001", **data: object) -> dict[str, object]:
        """An event as `receive` takes it."""
        self._events += 1
        event = {
            "specversion": "1.0",
            "id": data.pop("id", f"e-{self._events}"),
            "source": data.pop("source", f"/{data.get('authority', 'dudley')}/test"),
            "type": event_type,
            "time": data.pop("time", self.now_text()),
            "data": {name.removesuffix("_"): value for name, value in data.items()},
        }
        return event if subject is None else event | {"subject": subject}

    async def staff(self) -> None:
        """Introduce a social worker, her successor, a key professional, and a holder for each role of the council."""
        events = [self.person(name) for name in ("w-sw", "w-sw2", "w-kp", *HOLDERS)]
        events += [
            self.event("role.assigned", None, authority="dudley", role=role, person=name)
            for name, role in HOLDERS.items()
        ]
        await self.service.receive(events)

    def person(self, name: str, kind: str = "worker") -> dict[str, object]:
        """The event that introduces a person."""
        mobile = NUMBERS.get(name, "+447700900199")
        known = {"authority": "dudley", "name": f"Name of {name}", "kind": kind}
        return self.event("person.recorded", name, email=address(name), mobile=mobile, **known)

    async def open_plan(self, plan: str = "P-1001", worker: str = "w-sw", **data: object) -> None:
        """Open a plan and assign its social worker in the same moment."""
        child = {"ref": f"C-{plan}", "initials": "ZQ", "date_of_birth": "2012-05-03"}
        opened = {"authority": "dudley", "child": child, "route": "child_in_need"} | data
        role = self.event("role.assigned", plan, role="social_worker", person=worker)
        await self.service.receive([self.event("plan.opened", plan, **opened), role])

    # ------------------------------------------------------------------------------------------------- time passes

    async def advance(self, **by: float) -> None:
        """Let time pass (`hours=24`), doing everything at its moment."""
        end = self.clock.now() + timedelta(**by)
        following = await self.tick()
        while following is not None and following <= end:
            self.clock.set(following)
            following = await self.tick()
        self.clock.set(end)
        await self.tick()

    async def until(self, local_moment: str) -> None:
        """Let time pass up to a local moment."""
        await self.advance(seconds=(moment(local_moment) - self.clock.now()).total_seconds())

    async def tick(self) -> datetime | None:
        """Pull texts, and do what is due, until nothing is left to do now; when there may be more."""
        if self.service.pulling.providers or not self._was_pulled:  # where nobody keeps texts for us, once is enough
            await _PULL.step(self.service, self.clock.now())
            self._was_pulled = True
        return await self.do_what_is_due()

    async def do_what_is_due(self) -> datetime | None:
        """Run the other ticks that have something to do, until none does anything; when there may be more."""
        idle, standing = 0, await self._standing()
        for tick in cycle(_DONE_WHEN_DUE):
            idle += 1
            while tick.name in standing.due:
                has_more = await tick.step(self.service, self.clock.now())
                standing = await self._standing()
                if not has_more:
                    break
                idle = 1
            if idle == len(_DONE_WHEN_DUE):
                break
        return standing.next_at

    async def _standing(self) -> Standing:
        now = self.clock.now()
        async with reading(self.service.sessions) as session:
            row = (await session.execute(_STANDING, {"now": now})).one()
        look, lease, line = (at is not None and at <= now for at in (row.look, row.lease, row.line))
        email, sms = (lease or (at is not None and at <= now) for at in (row.email, row.sms))
        due = {"alerts": look and (email or sms), "look": look, "digest": line, "texts": row.text}
        due |= {"email-1": email, "sms-1": sms}
        # Lines that could not be gathered at their moment wait for the beginning of routine hours.
        coming = (row.look, row.later, _next_opening(now) if line else row.line)
        return Standing(
            frozenset(name for name, is_due in due.items() if is_due),
            min((at for at in coming if at is not None and at > now), default=None),
        )

    # ------------------------------------------------------------------------------------------ what people can see

    def inbox(self, person: str) -> list[Outgoing]:
        """The emails that a person got, oldest first."""
        return [one for one in self.senders[Channel.EMAIL].sent if one.address == address(person)]

    def phone(self, person: str) -> list[Outgoing]:
        """The texts that a person got, oldest first."""
        return [one for one in self.senders[Channel.SMS].sent if one.address == NUMBERS[person]]

    def subjects(self, person: str) -> list[str]:
        """The subjects of a person's emails, oldest first."""
        return [str(one.content.subject) for one in self.inbox(person)]

    def everything(self) -> list[Outgoing]:
        """All that was handed over."""
        return [one for sender in self.senders.values() for one in sender.sent]

    def now_text(self) -> str:
        """The present moment as an event has it."""
        return iso_local(self.clock.now())

    def today(self) -> str:
        """The local day as an event has it."""
        return local_day(self.clock.now()).isoformat()


async def staff(database: str) -> None:
    """Give a database the staff of a world and one plan, on a Monday at 09:00."""
    world = await World.open(database)
    try:
        await world.staff()
        await world.open_plan()
    finally:
        await world.close()


@asynccontextmanager
async def world_in(
    staffed_database: str,
    sms: MemorySender | None = None,
    only_to: Sequence[str] = (),
    public_url: str | None = None,
) -> AsyncIterator[World]:
    """A world on a database with its staff and one plan, closed at the end."""
    world = await World.open(staffed_database, MONDAY, sms, only_to, public_url)
    try:
        await world.go_on()
        yield world
    finally:
        await world.close()


def _next_opening(now: datetime) -> datetime:
    day = local_day(now)
    opening = at_local(day, time(8))
    return opening if opening > now else at_local(day + timedelta(days=1), time(8))
