"""A fact: an event of one plan by its own day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import attrgetter

from service.domain.calendar import local_day
from service.domain.events.event import Event
from service.domain.events.payloads.base import Payload
from service.domain.events.payloads.meetings import MeetingHeld
from service.domain.events.payloads.plans import PlanReviewed
from service.domain.events.payloads.visits import VisitRecorded

# By its own day, then by when it was recorded.
IN_ORDER = attrgetter("day", "time", "uid", "type")
# Meetings whose record may say that the safety plan was reviewed there.
_REVIEWING = frozenset(
    {"review", "child_in_need_review", "core_group", "child_protection_conference", "child_in_care_review"}
)


@dataclass(frozen=True, slots=True)
class Fact:
    """An event by its own day. `moment` is None where it has a day only; `time` is when it was recorded (UTC)."""

    type: str
    id: str
    uid: str
    day: date
    moment: datetime | None
    time: datetime
    data: Payload

    @property
    def source(self) -> str:
        """The source of the event, which its uid begins with."""
        return self.uid[: -len(self.id) - 1]

    def get(self, name: str) -> object:
        """A field of the event's data, by the contract's name; None where it is absent."""
        # A model keeps its fields there; asking it for one that it does not have is slow.
        return self.data.__dict__.get(name + "_" if name in ("from", "with") else name)

    def before(self, other: Fact) -> bool:
        """Whether it surely came before a fact of the same day: both have moments, and this one's is earlier."""
        return self.moment is not None and other.moment is not None and self.moment < other.moment


def fact_of(event: Event) -> Fact:
    """An event as a fact. Its own day is `on`, else the local day of `at`, else that of `time`."""
    fact: Fact | None = event.kept.get("fact")
    if fact is None:
        fact = event.kept["fact"] = _fact(event)
    return fact


def _fact(event: Event) -> Fact:
    fields = event.data.__dict__
    on, at = fields.get("on"), fields.get("at")
    moment = at if isinstance(at, datetime) and on is None else None
    day = on or local_day(moment or event.time)
    return Fact(event.type, event.id, event.uid, day, moment, event.time, _data(event))


def _data(event: Event) -> Payload:
    """What an event says. A review meeting at which the plan was not reviewed sets no review either."""
    data = event.data
    if isinstance(data, MeetingHeld) and data.meeting == "review" and not data.plan_reviewed:
        return data.model_copy(update={"next_review_on": None, "review_every": None})
    return data


def scheduled_on(fact: Fact) -> date | None:
    """The day for which something is in the diary; None where the fact names none."""
    on, at = fact.get("on"), fact.get("at")
    if isinstance(on, date):
        return on
    return local_day(at) if isinstance(at, datetime) else None


def as_recorded(fact: Fact) -> Fact:
    """A fact that put something in the diary, by the moment at which it did."""
    return replace(fact, day=local_day(fact.time), moment=fact.time)


def review_at(fact: Fact) -> Fact | None:
    """The review that a visit or meeting counts as, by its visitor or chair; None where the plan was not reviewed."""
    data = fact.data
    if isinstance(data, VisitRecorded) and data.plan_reviewed:
        reviewer = data.by
    elif isinstance(data, MeetingHeld) and data.plan_reviewed and data.meeting in _REVIEWING:
        reviewer = data.chair or ""
    else:
        return None
    review = PlanReviewed.model_construct(by=reviewer, on=fact.day, at=None, after=None)
    return Fact("plan.reviewed", fact.id, fact.uid, fact.day, fact.moment, fact.time, review)


def by_value(facts: Iterable[Fact], field_name: str) -> Mapping[object, Sequence[Fact]]:
    """The facts by the text that a field has, or by the event's `id`; in order."""
    index: dict[object, list[Fact]] = defaultdict(list)
    for fact in facts:
        value = fact.id if field_name == "id" else fact.get(field_name)
        if isinstance(value, str):
            index[value].append(fact)
    return dict(index)


def by_type(facts: Iterable[Fact]) -> Mapping[str, Sequence[Fact]]:
    """The facts by their types, in order."""
    groups: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        groups[fact.type].append(fact)
    return dict(groups)
