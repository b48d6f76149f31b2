"""The facts of one plan in order, each with its own day, and who held which role."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TypeVar, cast

from service.domain.calendar import local_day, start_of
from service.domain.events.event import Event, texts_in
from service.domain.events.event_types import CHANGES_OF_ROLE, COUNT_FROM_THEIR_OWN_DAY
from service.domain.events.payloads.people import RoleAssigned
from service.domain.events.payloads.plans import PlanOpened
from service.domain.events.withdrawals import standing
from service.domain.fact import IN_ORDER, Fact, by_type, by_value, fact_of, review_at
from service.domain.own_id import OwnId
from service.domain.people.directory import Acting, Directory
from service.domain.people.plan_roles import PlanRoles
from service.domain.people.tenure import Tenure, change_after, held_in
from service.domain.periods import EARLIEST, Period, Place, periods, place
from service.domain.recorded import Recorded

Derived = TypeVar("Derived")


@dataclass(frozen=True)
class Facts:
    """Every standing fact of one plan, ordered by its own day, then by the time of recording.

    A plan that was opened again has several periods. What is asked by type is of one of them; what shuts somebody out,
    roles and alerts are of all. The plan is its authority's own, and follows that authority's policy.
    """

    authority: str
    plan: str
    periods: tuple[Period, ...]
    everything: tuple[Fact, ...]
    roles: tuple[Event, ...]
    directory: Directory = field(repr=False)
    ahead: date | None = None
    # Whether an introduction of the plan stands: if not, nothing is owed to it, and its alerts alone go on.
    introduced: bool = True
    # Whether an introduction is still to come: of such a plan nothing is known but bottom lines that were crossed.
    awaited: bool = False
    # The events as they came, what was withdrawn since included.
    recorded: tuple[Event, ...] = field(default=(), repr=False)
    # Events that wait, and of which a person may have to be told.
    waiting: tuple[Event, ...] = field(default=(), repr=False)
    # The period whose facts are asked for; by default the latest.
    number: int = -1
    # One look asks the same of the same facts many times over. What is kept here follows from the fields above alone.
    _holders: dict[tuple[str, datetime], str | None] = field(
        init=False, default_factory=dict, repr=False, compare=False
    )
    _acted: dict[tuple[object, str, date], bool] = field(init=False, default_factory=dict, repr=False, compare=False)
    _derived: dict[object, tuple[object, object]] = field(init=False, default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, events: Iterable[Event], directory: Directory, today: date) -> Facts | None:
        """The facts of one plan's events; None where no introduction stands.

        A fact that says that something was done counts from its own day on. Where that day is later than `today`, a
        local day, it only adds its day to `ahead`: a visit recorded with a slip of the pen must not silence its plan.
        """
        facts = cls.for_alerts(events, directory, today)
        return facts if facts is not None and facts.introduced else None

    @classmethod
    def for_alerts(cls, events: Iterable[Event], directory: Directory, today: date) -> Facts | None:
        """As `of`; and where the introduction was withdrawn, as if it were still there, since alerts go on.

        None where there never was one. Asked of the same events again, they are the same facts, with what was derived
        from them.
        """
        recorded = Recorded(tuple(events), directory, today)
        return _of_many(recorded) if len(recorded.events) > _MANY_EVENTS else _of_few(recorded)

    @classmethod
    def awaiting(cls, plan: OwnId, events: Sequence[Event], directory: Directory, today: date) -> Facts:
        """As `for_alerts`, of a plan that no event has introduced yet: all is about its alerts."""
        opening = PlanOpened.awaited(plan.authority, today)
        introduction = Event("", "", "plan.opened", plan.id, start_of(today), opening, {}, plan.authority)
        recorded = Recorded(tuple(events), directory, today)
        return replace(cls._of(standing(events), recorded, introduction, introduced=False), awaited=True)

    @classmethod
    def _of(cls, events: Sequence[Event], recorded: Recorded, introduction: Event, *, introduced: bool) -> Facts:
        facts, today = [fact_of(event) for event in events], recorded.today
        ahead = [fact for fact in facts if fact.day > today and fact.type in COUNT_FROM_THEIR_OWN_DAY]
        if ahead:
            facts = [fact for fact in facts if fact.day <= today or fact.type not in COUNT_FROM_THEIR_OWN_DAY]
        # To ask a model whether it is of a class takes longer than to ask for the type.
        turning_points = [fact for fact in facts if fact.type in ("plan.opened", "plan.ended")]
        if all(event is not introduction for event in events):  # it was withdrawn
            turning_points.append(fact_of(introduction))
        facts.sort(key=IN_ORDER)
        roles = tuple(event for event in events if event.type in CHANGES_OF_ROLE)
        first_day_ahead = min((fact.day for fact in ahead), default=None)
        plan = (str(introduction.authority), str(introduction.subject), tuple(periods(turning_points)))
        shown = recorded.events if introduced else ()
        return cls(*plan, tuple(facts), roles, recorded.directory, first_day_ahead, introduced, recorded=shown)

    def derive_once(self, name: object, derive: Callable[[], Derived], under: object = None) -> Derived:
        """A value that follows from these facts, whatever the moment: derived once, and kept by its name.

        `under` is what it follows from besides, like a policy: for another one it is derived anew.
        """
        kept = self._derived.get(name)
        if kept is None or kept[0] is not under:
            kept = self._derived[name] = (under, derive())
        return cast("Derived", kept[1])

    def derived(self, name: type[Derived], under: object) -> Derived | None:
        """What was derived under the name of its own class, and follows from `under` besides; None where it was not."""
        kept = self._derived.get(name)
        return cast("Derived", kept[1]) if kept is not None and kept[0] is under else None

    @property
    def by_period(self) -> tuple[Facts, ...]:
        """The same facts as they are asked for in each period of the plan, this one's own last."""
        return (*self._of_earlier_periods, self)

    # Without these facts themselves: what holds itself stays in memory until garbage is collected.
    @cached_property
    def _of_earlier_periods(self) -> tuple[Facts, ...]:
        return tuple(
            Facts(
                self.authority,
                self.plan,
                self.periods,
                self.everything,
                self.roles,
                self.directory,
                recorded=self.recorded,
                number=number,
            )
            for number in range(len(self.periods) - 1)
        )

    @cached_property
    def acting(self) -> Acting:
        """What is known of who acts in which role, and who is family, as far as it bears on this plan."""
        if not self.introduced:  # then the events are not at hand
            return self.directory.acting(self.directory.persons)
        return self.directory.acting(set().union(*map(texts_in, (*self.recorded, *self.roles))))

    @property
    def opened(self) -> Fact:
        """What opened the plan, or opened it again: the beginning of the period."""
        return self.periods[self.number].opened

    @property
    def ended(self) -> Fact | None:
        """What ended the period; None while the plan runs."""
        return self.periods[self.number].ended

    @property
    def idle_openings(self) -> tuple[tuple[Fact, Fact], ...]:
        """The openings that came while the plan ran and change nothing, each with the one that holds there."""
        return tuple((idle, period.opened) for period in self.periods for idle in period.idle)

    @property
    def opening(self) -> PlanOpened:
        """The payload of the opening that holds."""
        assert isinstance(self.opened.data, PlanOpened)  # noqa: S101 - of() looked for it
        return self.opened.data

    @cached_property
    def by_type(self) -> Mapping[str, Sequence[Fact]]:
        """The facts of the period by type, in order: all that came since the end of the one before."""
        idle = {fact.uid for fact, _ in self.idle_openings}
        return by_type(fact for fact in self.everything if self.covers(place(fact)) and fact.uid not in idle)

    def covers(self, at: Place) -> bool:
        """Whether a place lies in the period, or between the one before and this one."""
        begins, ends = self._span
        return begins <= at < ends

    @cached_property
    def _span(self) -> tuple[Place, Place]:
        number = self.number % len(self.periods)
        begins = self._again_at(number) if number else (date.min, EARLIEST)
        return begins, self._again_at(number + 1) if self.ended is not None else (date.max, EARLIEST)

    def _again_at(self, number: int) -> Place:
        """Where the facts of a period begin that is not the first: on the day after the end before it, or that day."""
        ended = self.periods[number - 1].ended
        assert ended is not None  # noqa: S101 - periods() ends each but the last
        opened = self.periods[number].opened if number < len(self.periods) else None
        if opened is not None and opened.day == ended.day:
            return place(opened)
        return ended.day + timedelta(days=1), EARLIEST

    def of_type(self, name: str) -> Sequence[Fact]:
        """The facts of a type of the period, in order. Reviews at visits and meetings are among the reviews."""
        return self._reviews if name == "plan.reviewed" else self.by_type.get(name, ())

    @cached_property
    def _reviews(self) -> tuple[Fact, ...]:
        contacts = (fact for name in ("visit.recorded", "meeting.held") for fact in self.by_type.get(name, ()))
        at_contacts = [review for contact in contacts if (review := review_at(contact))]
        reviews = [*self.by_type.get("plan.reviewed", ()), *at_contacts]
        return tuple(sorted(reviews, key=lambda fact: (fact.day, fact.time, fact.uid)))

    def having(self, name: str, field_name: str, value: object, *, ever: bool = False) -> Sequence[Fact]:
        """The facts of a type of which a field, or the event's `id`, has a value; of the period or `ever`, in order."""
        asked_of = self.ever if ever else self.of_type
        index = self.derive_once((name, field_name, ever), lambda: by_value(asked_of(name), field_name))
        return index.get(value, ())

    def meeting_of(self, review: Fact) -> Sequence[Fact]:
        """The meeting at which a review was recorded: one fact, or none where the review stands by itself."""
        if review.type != "plan.reviewed":
            return ()
        return [fact for fact in self.having("meeting.held", "id", review.id) if fact.uid == review.uid]

    def ever(self, name: str) -> Sequence[Fact]:
        """The facts of a type of all periods, and after the plan's end too: an alert does not end with the plan."""
        return self.ever_by_type.get(name, ())

    @cached_property
    def ever_by_type(self) -> Mapping[str, Sequence[Fact]]:
        """The facts of all periods by type, in order."""
        return by_type(self.everything)

    @cached_property
    def on_plan(self) -> PlanRoles:
        """Who held which role on the plan."""
        # A role assigned in the same moment as its plan opens holds from the plan's own day.
        begins = {
            period.opened.time: min(start_of(period.opened.day), period.opened.time)
            for period in reversed(self.periods)
        }
        return PlanRoles.of(self.roles, begins, self.directory.shared_roles)

    def holder(self, role: str, moment: datetime) -> str | None:
        """The holder of a role of one at a moment: on the plan, else for the authority; None where nobody holds it."""
        if (role, moment) not in self._holders:
            tenure = self.on_plan.tenures.get(role)
            on_plan = tenure.at(moment, self.directory.persons) if tenure else None
            self._holders[role, moment] = on_plan or self.directory.holder(role, moment)
        return self._holders[role, moment]

    @cached_property
    def single_roles(self) -> frozenset[str]:
        """The roles of one that anybody was given, on the plan or for the whole authority."""
        return frozenset({*self.on_plan.by_role, *self.directory.roles} - self.directory.shared_roles)

    def changes_of(self, role: str) -> list[datetime]:
        """The moments at which a role of one changed hands, on the plan or for the whole authority."""
        tenures = (self.on_plan.tenures.get(role), self.directory.roles.get(role))
        return [moment for tenure in tenures if tenure is not None for moment, _ in tenure.changes]

    def roles_change_after(self, moment: datetime) -> list[datetime]:
        """The next moments after one at which a role changes hands, on the plan and for the whole authority."""
        coming = (change_after(changes, moment) for changes in (self.on_plan.moments, self.directory.role_changes))
        return [change for change in coming if change is not None]

    def holders(self, role: str, moment: datetime) -> list[str]:
        """Everybody who holds a role at a moment, whether a role of one or of many."""
        if role not in self.directory.shared_roles:
            return [holder] if (holder := self.holder(role, moment)) else []
        tenures = self.on_plan.by_role.get(role, ())
        holders = [tenure.at(moment, self.directory.persons) for tenure in tenures]
        return [person for person in holders if person]

    def acted_as(self, person: object, role: str, day: date) -> bool:
        """Whether a person held a role on a local day, or stood in for somebody who did."""
        if (person, role, day) not in self._acted:
            self._acted[person, role, day] = self._did_act(person, role, day)
        return self._acted[person, role, day]

    def held_before(self, person: object, role: str, day: date) -> bool:
        """Whether a person held a role before a local day."""
        return any(tenure.held_before(person, day) for tenure in self._held_as(role))

    def ever_held(self, role: str) -> Collection[str]:
        """Everybody who has held a role on the plan; where nobody has, for the authority."""
        return {person for tenure in self._held_as(role) for person in tenure.everybody()}

    def _held_as(self, role: str) -> Sequence[Tenure]:
        authority_wide = self.directory.roles.get(role)
        return self.on_plan.by_role.get(role) or ([authority_wide] if authority_wide else [])

    def _did_act(self, person: object, role: str, day: date) -> bool:
        on_plan = self.on_plan.by_role.get(role, ())
        holders = {holder for tenure in on_plan for holder in tenure.on(day)}
        wide = self.directory.roles.get(role)
        if wide is not None and all(tenure.last_by(start_of(day)) is None for tenure in on_plan):
            holders |= wide.on(day)  # as long as nobody holds it on the plan
        return person in holders or any(person in self.directory.covers_of(holder, day) for holder in holders)

    def role_on_plan(self, person: str, moment: datetime) -> str | None:
        """The role of one that a person holds on the plan at a moment."""
        return next(
            (role for role in self.on_plan.tenures if " " not in role and self.holder(role, moment) == person), None
        )

    def in_office(self, person: str, moment: datetime) -> bool | None:
        """Whether a person holds a role on the plan while it runs; None where they never held one on it."""
        held = held_in(self.on_plan.of_persons.get(person, ()), person, moment)
        return held and self.introduced and self.ended is None if held is not None else None

    def serves_here(self, person: str, moment: datetime) -> bool:
        """Whether a person holds a role on the plan, or for the whole authority."""
        return bool(self.in_office(person, moment) or self.directory.in_office(person, moment))

    def has_left(self, person: str, moment: datetime) -> bool:
        """Whether a person held a role once, and holds none now: on a plan that runs, or for the authority."""
        if self.serves_here(person, moment):
            return False
        elsewhere = self.directory.in_office_elsewhere(person, moment)
        here = self.in_office(person, moment), self.directory.in_office(person, moment)
        return not elsewhere and not (elsewhere is None and here == (None, None))

    @cached_property
    def _versions(self) -> dict[str, int]:
        versions: dict[str, int] = {}
        newest = 0
        for fact in self.ever("plan.agreed"):
            stated = fact.get("version")
            newest = stated if isinstance(stated, int) else newest + 1
            versions[fact.uid] = newest
        return versions

    def version(self, fact: Fact) -> int | None:
        """The version of the plan that a fact is about. Where it names none, it is the newest agreed by its day."""
        stated = fact.get("version")
        if isinstance(stated, int):
            return stated
        if fact.uid in self._versions:
            return self._versions[fact.uid]
        agreed = [self._versions[plan.uid] for plan in self.ever("plan.agreed") if plan.day <= fact.day]
        return agreed[-1] if agreed else None

    def with_mark(self, mark: str) -> list[str]:
        """The persons whom a standing assignment on this plan marks, in order of the assignments."""
        assignments = (event.data for event in self.roles if isinstance(event.data, RoleAssigned))
        return list(dict.fromkeys(data.person for data in assignments if getattr(data, mark) is True))

    def marked(self, person: str, mark: str) -> bool:
        """Whether a standing assignment, on this plan or authority-wide, marks a person (`poses_risk`, `victim`, …)."""
        return (person, mark) in self.directory.marks or bool(self.marked_since(person, mark))

    def marked_since(self, person: str, mark: str) -> list[tuple[Place, Fact]]:
        """From where on standing assignments on this plan mark a person, and these assignments."""
        marking = [event for event in self.on_plan.assignments.get(person, ()) if getattr(event.data, mark)]
        since = [self.on_plan.held_from.get(event.uid, event.time) for event in marking]
        return [((local_day(at), at), fact_of(event)) for at, event in zip(since, marking, strict=True)]


def _work_out(recorded: Recorded) -> Facts | None:
    events = standing(recorded.events)
    introduced = (introduction := _introduction(events)) is not None
    if introduction is None and (introduction := _introduction(recorded.events)) is None:
        return None
    return Facts._of(events, recorded, introduction, introduced=introduced)


# A plan is looked at several times in a row, and asked about once for each of its messages. With what follows from it,
# an event takes a kilobyte or two.
_MANY_EVENTS = 64
_of_few, _of_many = lru_cache(maxsize=1024)(_work_out), lru_cache(maxsize=64)(_work_out)


def _introduction(events: Iterable[Event]) -> Event | None:
    """The first of the events that introduce the plan."""
    openings = [event for event in events if event.type == "plan.opened"]
    return min(openings, key=lambda event: (event.time, event.uid), default=None)
