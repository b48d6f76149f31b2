"""One person as others need to know them: roles, absences and cover, and how they may be contacted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.calendar import local_day
from service.domain.events.event import Event, stored_event
from service.domain.events.payloads.people import AbsenceRecorded, ContactDecided
from service.domain.events.withdrawals import standing
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.store import events, persons
from service.use_cases.access.sights import roles_of, sight_of

_MOST_PLANS = 20  # of a family member that are asked


@dataclass(frozen=True, slots=True)
class AbsenceEntry:
    """An absence that is, or is to come. `event` is its event's id; `withdrawable`: it was recorded on a page."""

    first_day: date
    last_day: date
    cover: str | None
    event: str
    withdrawable: bool


@dataclass(frozen=True, slots=True)
class DecisionEntry:
    """A decision about contact: what, by whom, when (aware), and until which day it holds; None: without end."""

    decision: str
    channel: str | None
    decided_by: str
    at: datetime
    check_again_on: date | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class PersonOverview:
    """A person at a moment; `has_email`, `has_mobile`: whether there is an address to tell them at."""

    own_id: OwnId
    name: str
    kind: str
    has_email: bool
    has_mobile: bool
    roles: tuple[str, ...]
    absences: tuple[AbsenceEntry, ...]
    decisions: tuple[DecisionEntry, ...]

    @property
    def is_family(self) -> bool:
        """Whether nothing is sent to them without a decision."""
        return self.kind in ("family", "child")


async def person_overview(
    session: AsyncSession, book: PolicyBook, now: datetime, person: OwnId
) -> PersonOverview | None:
    """How a person stands. None: nobody has introduced such a person."""
    raws = await events.of_persons(session, {person})
    records = [raw["data"] for raw in raws if raw["type"] == "person.recorded"]
    if not records:
        return None
    history = list(standing([stored_event(raw, book.authorities, person.authority) for raw in raws]))
    history.sort(key=lambda event: event.time)
    is_family = records[-1]["kind"] in ("family", "child")
    roles = frozenset() if is_family else await roles_of(session, book, person, now)
    return PersonOverview(
        own_id=person,
        name=str(records[-1]["name"]),
        kind=str(records[-1]["kind"]),
        has_email=bool(records[-1].get("email")),
        has_mobile=bool(records[-1].get("mobile")),
        roles=tuple(sorted(roles)),
        absences=tuple(_absences(history, local_day(now))),
        decisions=tuple(_decisions(history, local_day(now))),
    )


def _absences(history: Collection[Event], today: date) -> list[AbsenceEntry]:
    entries = [
        AbsenceEntry(data.from_, data.until, data.cover, event.id, event.source.endswith("/planwatch"))
        for event in history
        if isinstance(data := event.data, AbsenceRecorded) and data.until >= today
    ]
    return sorted(entries, key=lambda entry: entry.first_day)


def _decisions(history: Collection[Event], today: date) -> list[DecisionEntry]:
    """The newest first; it alone may hold."""
    decided = [event for event in history if isinstance(event.data, ContactDecided)]
    entries: list[DecisionEntry] = []
    for event in reversed(decided):
        data = event.data
        assert isinstance(data, ContactDecided)  # noqa: S101 - they were chosen by it
        in_time = data.check_again_on is None or today <= data.check_again_on or data.decision == "never"
        current = not entries and in_time
        entries.append(
            DecisionEntry(data.decision, data.channel, data.decided_by, event.time, data.check_again_on, current)
        )
    return entries


async def shares_a_plan(session: AsyncSession, book: PolicyBook, now: datetime, viewer: OwnId, person: OwnId) -> bool:
    """Whether somebody may see one of the plans that name a person."""
    for plan in sorted(await persons.plans_naming(session, {person}))[:_MOST_PLANS]:
        if await sight_of(session, book, viewer, plan, now) is not None:
            return True
    return False
