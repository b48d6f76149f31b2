"""A council's caseload as events of a given moment: those who are told of a bottom line, and plans with a worker."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from bench.faults.rig.clock import SharedClock
from bench.faults.rig.worker import Job
from config.database import transaction
from notifications.message import Channel, Message, Purpose
from notifications.outbox import outbox
from service.app import Service, open_service
from service.use_cases.intake.create_token import create_token
from service.use_cases.looks.look_at_due import look_at_due

Raw = dict[str, object]
AUTHORITY, SOURCE = "dudley", "/dudley/faults"
TOLD_OF_A_BREACH = 4  # two managers, each by email and by text
_STAFF = {"w-sw": None, "w-tm": "team_manager", "w-hsm": "hub_service_manager", "w-config": "configuration_owner"}
MANAGERS = ("w-tm", "w-hsm")
_EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_AN_HOUR = timedelta(hours=1)
_AT_A_TIME = 200


def event(kind: str, subject: str | None, name: str, moment: datetime, /, **data: object) -> Raw:
    """An event of a moment; its id comes from its kind and a name."""
    envelope: Raw = {"specversion": "1.0", "source": SOURCE, "type": kind, "id": f"{kind}|{name}"}
    return envelope | ({"subject": subject} if subject else {}) | {"time": moment.isoformat(), "data": data}


def mobile(person: str) -> str:
    """The number of one of the council's people."""
    return f"+4477009005{list(_STAFF).index(person):02}"


def person(name: str, at: datetime, kind: str = "worker", **details: object) -> list[Raw]:
    """Somebody, who can be reached by email."""
    usual = {"authority": AUTHORITY, "name": "N", "kind": kind, "email": f"{name}@example.org"}
    return [event("person.recorded", name, name, at, **usual | details)]


def staff(at: datetime) -> list[Raw]:
    """The people of the council, and what they are."""
    raws = []
    for name, role in _STAFF.items():
        raws += person(name, at, mobile=mobile(name))
        if role:
            raws.append(event("role.assigned", None, role, at, authority=AUTHORITY, role=role, person=name))
    return raws


def check_in(plan: str, number: str, at: datetime) -> list[Raw]:
    """Somebody of the network of a plan who is asked every day, an hour from now."""
    name = f"f-{plan}"
    return [
        *person(name, at, "family", mobile=number, email=None),
        event("contact.decided", name, name, at, decision="allow", decided_by="w-tm"),
        event("role.assigned", plan, name, at, role="network_member", person=name),
        event("check_ins.started", plan, plan, at, people=[name], days=_EVERY_DAY, at=f"{at + _AN_HOUR:%H:%M}"),
    ]


def plan(name: str, at: datetime, worker: str = "w-sw") -> list[Raw]:
    """A plan, and its social worker."""
    child = {"ref": f"C-{name}", "initials": "ZQ", "date_of_birth": "2012-05-03"}
    opened = event("plan.opened", name, name, at, authority=AUTHORITY, child=child, route="child_in_need")
    return [opened, event("role.assigned", name, f"sw-{name}", at, role="social_worker", person=worker)]


def breach(name: str, at: datetime) -> Raw:
    """A bottom line of a plan, crossed at this moment."""
    return event("bottom_line.breached", name, name, at, bottom_line="x", at=at.isoformat())


def visits(plans: Sequence[str], clock: SharedClock) -> Iterator[Raw]:
    """Visits to these plans by turns, without end, each made when it is asked for."""
    number = 0
    while True:
        now = clock.now()
        yield event("visit.recorded", plans[number % len(plans)], f"visit-{number}", now, by="w-sw")
        number += 1


def worker_of(plan: str) -> str:
    """Who a plan has for itself."""
    return f"w-{plan}"


async def opened(job: Job, start: datetime) -> Service:
    """The service, to put a caseload into before others work on it."""
    return await open_service(job.settings, clock=SharedClock(job.began, job.speed, start))


async def fill(service: Service, plans: Sequence[str], at: datetime, own: Sequence[str] = ()) -> str:
    """Put staff and plans in, look at all of them, and give a token; `own`: plans with a worker for themselves."""
    raws = staff(at) + [raw for name in plans for raw in plan(name, at)]
    for name in own:
        raws += person(worker_of(name), at) + plan(name, at, worker_of(name))
    for start in range(0, len(raws), _AT_A_TIME):
        received = await service.receive(raws[start : start + _AT_A_TIME])
        assert not received.rejected, received.rejected
    while await look_at_due(service.sessions, service.book, service.clock.now(), 50):
        pass
    return (await create_token(service.sessions, service.book, AUTHORITY, service.clock.now())).secret


async def queue_routine(service: Service, number: int, plans: Sequence[str]) -> None:
    """So many routine emails that are due, to the workers that these plans have for themselves.

    They say that somebody could not be reached, which no fact makes untrue, and have been due for long enough not to
    be taken for a storm.
    """
    due = service.clock.now() - timedelta(hours=1)
    for start in range(0, number, _AT_A_TIME):
        numbers = range(start, min(start + _AT_A_TIME, number))
        async with transaction(service.sessions) as session:
            await outbox.put(session, [_routine(n, plans[n % len(plans)], due) for n in numbers], due)


def _routine(number: int, about: str, due: datetime) -> Message:
    context = {"plan": about, "initials": None, "link": None, "role": "chair", "channel": "sms", "outcome": "refused"}
    return Message(
        key=f"routine|{number}",
        channel=Channel.EMAIL,
        purpose=Purpose.NOTICE,
        urgent=False,
        plan=about,
        authority=AUTHORITY,
        role="social_worker",
        person=worker_of(about),
        about=({"event": f"e-{number}"},),
        template="undeliverable",
        context=context,
        at=due,
    )
