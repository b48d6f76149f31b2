"""A plan's facts, set in order: what is known of one plan, each with its own day, and who held which role."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from service.domain.calendar import local_day, start_of
from service.domain.events.event import Event
from service.domain.events.payloads import (
    MeetingHeld,
    Payload,
    PlanEnded,
    PlanOpened,
    PlanReviewed,
    RoleAssigned,
    VisitRecorded,
)
from service.domain.events.vocabulary import SINGLE_ROLES
from service.domain.events.withdrawals import standing
from service.domain.people.directory import Directory
from service.domain.people.tenure import Tenure

# Meetings whose record may say that the safety plan was reviewed there.
_REVIEWING = frozenset(
    {"review", "child_in_need_review", "core_group", "child_protection_conference", "child_in_care_review"}
)

# What says that something was done, or allowed, counts from its own day on. Agreements are known at once, and so are
# dates to come and whatever warns or shuts somebody out.
_DONE = frozenset(
    {
        "visit.recorded", "visit.shared", "meeting.held", "meeting.uploaded", "plan.reviewed", "plan.uploaded",
        "plan.summarised", "plan.shared", "plan.signed", "plan.declined", "plan.ended", "action.completed",
        "tool.completed", "hub.consulted", "hub.notified", "ending.told", "screening.completed", "assessment.completed",
        "section47.completed", "flag.cleared", "family_contact.approved", "check_ins.stopped",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """An event seen by its own day. `moment` is None where it has a day only; `time` is when it was recorded."""

    type: str
    id: str
    uid: str
    day: date
    moment: datetime | None
    time: datetime
    data: Payload

    def get(self, name: str) -> object:
        """A field of its data by the contract's name; None where absent."""
        # A model keeps its fields there; asking it for one that it does not have is slow.
        return self.data.__dict__.get(name + "_" if name in ("from", "with") else name)

    def before(self, other: Fact) -> bool:
        """Whether it surely came before a fact of the same day: both have moments, and its own is earlier."""
        return self.moment is not None and other.moment is not None and self.moment < other.moment


def fact_of(event: Event) -> Fact:
    """An event as a fact: its own day is `on`, or the local day of `at`, or of `time`."""
    own = event.data.__dict__
    on, at = own.get("on"), own.get("at")
    moment = at if isinstance(at, datetime) and on is None else None
    day = on or local_day(moment or event.time)
    return Fact(event.type, event.id, event.uid, day, moment, event.time, event.data)


@dataclass(frozen=True)
class Facts:
    """All that stands of one plan, ordered by own day, then by the time of recording."""

    plan: str
    opened: Fact
    everything: tuple[Fact, ...]
    roles: tuple[Event, ...]
    directory: Directory = field(repr=False)
    ahead: date | None = None
    # One look asks the same of the same facts many times over.
    _holders: dict[tuple[str, datetime], str | None] = field(default_factory=dict, repr=False)
    _acted: dict[tuple[object, str, date], bool] = field(default_factory=dict, repr=False)
    _indexes: dict[tuple[str, str], dict[object, list[Fact]]] = field(default_factory=dict, repr=False)
    # What follows from the facts alone, whatever the moment: worked out at the first look, by whoever needs it.
    memory: dict[str, object] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, events: Iterable[Event], directory: Directory, today: date | None = None) -> Facts | None:
        """The facts of one plan's events; None where no introduction stands.

        With `today`, what was done counts from its own day on, and is only kept as `ahead` until then: a visit recorded
        with a slip of the pen must not silence its plan.
        """
        events = standing(events)
        openings = [event for event in events if isinstance(event.data, PlanOpened)]
        if not openings:
            return None
        first = min(openings, key=lambda event: (event.time, event.uid))
        opened = fact_of(first)
        known = [fact_of(event) for event in events]
        late = [fact for fact in known if today is not None and fact.day > today and fact.type in _DONE]
        ahead = [fact.day for fact in late]
        facts = [fact for fact in known if fact not in late] if late else known
        facts.sort(key=lambda fact: (fact.day, fact.time, fact.uid, fact.type))
        roles = tuple(event for event in events if event.type in ("role.assigned", "role.ended"))
        return cls(str(first.subject), opened, tuple(facts), roles, directory, min(ahead, default=None))

    @property
    def opening(self) -> PlanOpened:
        """What the introduction said of the plan."""
        assert isinstance(self.opened.data, PlanOpened)  # noqa: S101 - of() looked for it
        return self.opened.data

    @property
    def authority(self) -> str:
        """The council whose policy the plan follows."""
        return self.opening.authority

    @cached_property
    def ended(self) -> Fact | None:
        """The first end of the plan, where one stands."""
        return next((fact for fact in self.everything if isinstance(fact.data, PlanEnded)), None)

    @cached_property
    def by_type(self) -> dict[str, tuple[Fact, ...]]:
        """Facts up to the plan's end by type, in order."""
        found: dict[str, list[Fact]] = defaultdict(list)
        for fact in self.everything:
            if self.ended is None or fact.day <= self.ended.day:
                found[fact.type].append(fact)
        return {name: tuple(facts) for name, facts in found.items()}

    def of_type(self, name: str) -> tuple[Fact, ...]:
        """Facts of a type up to the plan's end, in order. Reviews at visits and meetings are among the reviews."""
        return self._reviews if name == "plan.reviewed" else self.by_type.get(name, ())

    @cached_property
    def _reviews(self) -> tuple[Fact, ...]:
        there = (fact for name in ("visit.recorded", "meeting.held") for fact in self.by_type.get(name, ()))
        reviews = [*self.by_type.get("plan.reviewed", ()), *(one for fact in there if (one := _review_at(fact)))]
        return tuple(sorted(reviews, key=lambda fact: (fact.day, fact.time, fact.uid)))

    def having(self, name: str, field_name: str, value: object) -> Sequence[Fact]:
        """Facts of a type, up to the plan's end and in order, of which a field (or the event's `id`) has a value."""
        index = self._indexes.get((name, field_name))
        if index is None:
            index = self._indexes[name, field_name] = defaultdict(list)
            for fact in self.of_type(name):
                found = fact.id if field_name == "id" else fact.get(field_name)
                if isinstance(found, str):
                    index[found].append(fact)
        return index.get(value, ())

    def meeting_of(self, review: Fact) -> Sequence[Fact]:
        """The meeting as a part of which a review was recorded, where it was."""
        if review.type != "plan.reviewed":
            return ()
        return [fact for fact in self.having("meeting.held", "id", review.id) if fact.uid == review.uid]

    def ever(self, name: str) -> Iterator[Fact]:
        """Facts of a type, those after the plan's end too: an alert does not end with the plan."""
        return (fact for fact in self.everything if fact.type == name)

    @cached_property
    def _tenures(self) -> dict[str, Tenure]:
        # A role assigned in the same moment as its plan opens holds from the plan's own day.
        begins = min(start_of(self.opened.day), self.opened.time)
        since = {event.uid: begins for event in self.roles if event.time == self.opened.time}
        held: dict[str, list[Event]] = defaultdict(list)
        for event in self.roles:
            role = str(getattr(event.data, "role"))  # noqa: B009 - both payloads of role events have it
            key = role if role in SINGLE_ROLES else f"{role} {getattr(event.data, 'person')}"  # noqa: B009 - as above
            held[key].append(event)
        return {key: Tenure.of(events, since) for key, events in held.items()}

    @cached_property
    def _of_role(self) -> dict[str, list[Tenure]]:
        found: dict[str, list[Tenure]] = defaultdict(list)
        for key, tenure in self._tenures.items():
            found[key.split(" ")[0]].append(tenure)
        return found

    def holder(self, role: str, moment: datetime) -> str | None:
        """Who holds a role of one at a moment: on the plan, else for the authority; None where nobody does."""
        if (role, moment) not in self._holders:
            tenure = self._tenures.get(role)
            on_plan = tenure.at(moment, self.directory.persons) if tenure else None
            self._holders[role, moment] = on_plan or self.directory.holder(self.authority, role, moment)
        return self._holders[role, moment]

    def holders(self, role: str, moment: datetime) -> list[str]:
        """Everybody who holds a role at a moment, whether a role of one or of many."""
        if role in SINGLE_ROLES:
            one = self.holder(role, moment)
            return [one] if one else []
        keys = [key for key in self._tenures if key.startswith(f"{role} ")]
        found = [self._tenures[key].at(moment, self.directory.persons) for key in keys]
        return [person for person in found if person]

    def acted_as(self, person: object, role: str, day: date) -> bool:
        """Whether a person held a role on a day, or stood in for who did."""
        if (person, role, day) not in self._acted:
            self._acted[person, role, day] = self._did_act(person, role, day)
        return self._acted[person, role, day]

    def _did_act(self, person: object, role: str, day: date) -> bool:
        on_plan = self._of_role.get(role, ())
        wide = self.directory.roles.get((self.authority, role))
        held = {holder for tenure in on_plan or ([wide] if wide else []) for holder in tenure.on(day)}
        return person in held or any(person in self.directory.covers_of(holder, day) for holder in held)

    def last_role_of(self, person: str, moment: datetime) -> tuple[str | None, bool]:
        """The plan role of one that a person holds or held last, and whether the person still has any role here."""
        held = [key for key, tenure in self._tenures.items() if person in tenure.everybody()]
        now = [key for key in held if self._tenures[key].at(moment, self.directory.persons) == person]
        single = [key for key in now or held if key in SINGLE_ROLES]
        return (single[-1] if single else None), bool(now) or not held

    def shut_out(self, person: str) -> bool:
        """Whether a person is excluded from the plan, or never to be contacted: who is no part of a network."""
        known = self.directory.persons.get(person)
        if known is not None and known.decision is not None and known.decision.decision == "never":
            return True
        return any(fact.get("person") == person for fact in self.ever("person.excluded"))

    @cached_property
    def _versions(self) -> dict[str, int]:
        found: dict[str, int] = {}
        newest = 0
        for fact in self.of_type("plan.agreed"):
            stated = fact.get("version")
            newest = stated if isinstance(stated, int) else newest + 1
            found[fact.uid] = newest
        return found

    def version(self, fact: Fact) -> int | None:
        """The version of the plan that a fact speaks of; where it names none, the newest agreed by its day."""
        stated = fact.get("version")
        if isinstance(stated, int):
            return stated
        if fact.uid in self._versions:
            return self._versions[fact.uid]
        agreed = [self._versions[one.uid] for one in self.of_type("plan.agreed") if one.day <= fact.day]
        return agreed[-1] if agreed else None

    def with_mark(self, mark: str) -> list[str]:
        """Everybody whom a standing assignment on this plan marks, in order of the assignments."""
        marked = (event.data for event in self.roles if isinstance(event.data, RoleAssigned))
        return list(dict.fromkeys(data.person for data in marked if getattr(data, mark) is True))

    def week_ends(self, week: object, day: date) -> date | None:
        """The last day of a week of the timeline as it stood on a day; None where there is none."""
        started = self.timeline_on(day)
        return started + timedelta(days=7 * week - 1) if isinstance(week, int) and started is not None else None

    def timeline_on(self, day: date) -> date | None:
        """The first day of the timeline: the newest start known by a day, else the first one after it."""
        starts = [fact.day for fact in self.of_type("timeline.started")]
        return max((one for one in starts if one <= day), default=min(starts, default=None))

    def marked(self, person: str, mark: str) -> bool:
        """Whether a standing assignment, on this plan or authority-wide, marks a person (`poses_risk`, `victim`, …)."""
        if (self.authority, person, mark) in self.directory.marks:
            return True
        assigned = (event.data for event in self.roles if isinstance(event.data, RoleAssigned))
        return any(data.person == person and getattr(data, mark) is True for data in assigned)


def _review_at(fact: Fact) -> Fact | None:
    """A visit or meeting at which the plan was reviewed counts as a review by whoever visited or chaired."""
    data = fact.data
    visited = isinstance(data, VisitRecorded) and data.plan_reviewed
    met = isinstance(data, MeetingHeld) and data.plan_reviewed and data.meeting in _REVIEWING
    if not (visited or met):
        return None
    by = getattr(data, "by", None) or getattr(data, "chair", None) or ""
    review = PlanReviewed.model_construct(by=by, on=fact.day, at=None, after=None)
    return Fact("plan.reviewed", fact.id, fact.uid, fact.day, fact.moment, fact.time, review)
