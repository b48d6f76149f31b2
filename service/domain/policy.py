"""A council's policy as typed data: a closed vocabulary of clocks, conditions and ladders, with no expression in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from service.domain.calendar import Calendar, local_day
from service.domain.events.vocabulary import SHARED_ROLES, SINGLE_ROLES, Authorities, Service
from service.domain.language.base import (
    KindName,
    LadderName,
    NewName,
    OneRole,
    PlacedError,
    PolicyModel,
    day,
)
from service.domain.language.clocks import Due
from service.domain.language.hours import Hours, office_of
from service.domain.language.ladders import Ladder, MessageTimes
from service.domain.language.milestones import Milestone
from service.domain.language.patterns import (
    Opening,
    Openings,
    Pattern,
    Patterns,
    Takes,
    TakesList,
    known_field,
    patterns_in,
)
from service.domain.language.record import PolicyRecord
from service.domain.language.subjects import Names, naming_subjects
from service.domain.language.touched import joined, touched_types

Basis = Literal["guidance", "reading", "local_default"]


class Source(PolicyModel):
    """Where a rule comes from: a section of the policy's document or of another, the entries it answers, the basis."""

    document: str | None = None
    section: str
    answers: Annotated[list[str], Field(min_length=1)]
    basis: Basis


class Named(PolicyModel):
    """Owed by the person whom a field of the fact names; by the role, where it names nobody or family."""

    person_in: str
    otherwise: OneRole


class Chair(PolicyModel):
    """Who chairs a meeting: by role, by the young person's service, or as a meeting agreed."""

    role: OneRole | None = None
    in_service: dict[Service, OneRole] = Field(default_factory=dict)
    as_agreed: TakesList = Field(default_factory=list)


class Attendance(PolicyModel):
    """At one in how many of the meetings somebody has to be: the field that says so of a meeting, and who agreed it."""

    field: str
    one_in: Takes


class Rule(PolicyModel):
    """One duty of the guidance, in the closed vocabulary."""

    rule: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    kind: KindName
    label: str
    asks: str
    done_when: str
    source: Source
    opens: Openings = Field(default_factory=list)
    due: Due
    met: Patterns
    superseded_by: Patterns = Field(default_factory=list)
    cancelled_by: Patterns = Field(default_factory=list)
    owed_by: OneRole | Named
    chair: Chair | None = None
    ladder: LadderName
    one_at_a_time: bool = False
    attendance: Attendance | None = None
    overdue: Literal["climbs", "told_once"] = "climbs"
    problem: str | None = None
    tell_when_moved_later: OneRole | None = None

    @cached_property
    def is_chain(self) -> bool:
        """Whether one link of it at a time is open, each from the one before."""
        return self.due.recurs or bool(self.due.or_earlier)

    @cached_property
    def visiting_roles(self) -> tuple[str, ...]:
        """Those of which one has to have made a visit that meets it."""
        by = [pattern.role_of.get("by", ()) for pattern in self.met if pattern.when == "visit.recorded"]
        return tuple(role for roles in by for role in roles)

    @model_validator(mode="after")
    def _opens_somehow(self) -> Rule:
        for opening in self.opens:
            for name in (self.due.on, self.due.or_week):
                if name is not None:
                    known_field(opening.when, name)
        if self.due.recurs and any(opening.nth is not None for opening in self.opens):
            raise ValueError("nth opens once, and the clock begins anew each time: give one of the two")
        if (self.due.recurs or self.due.in_weeks) and any(pattern.times is not None for pattern in self.met):
            raise ValueError("times goes with a clock that is due once, like within or on")
        if not self.opens and self.due.as_agreed is None:
            raise ValueError("nothing opens this rule; give opens, or a clock that is as_agreed")
        return self


class Rung(PolicyModel):
    """A later step of the bottom-line ladder: who is alerted too, and how long after the first alert."""

    role: OneRole
    after: Annotated[int, Field(ge=1, alias="after_minutes")]


class BottomLine(PolicyModel):
    """Who is alerted when a bottom line is crossed, how often again, and who comes next."""

    alert: Annotated[list[OneRole], Field(min_length=1)]
    again_every: Annotated[int, Field(ge=1, alias="again_every_minutes")] = 30
    then: list[Rung] = Field(default_factory=list)
    duty: OneRole | None = None


class Document(PolicyModel):
    """The guidance document, as it states itself."""

    title: str
    issued: str
    review_by: str
    file: str


class Council(PolicyModel):
    """Who sends the emails, in a sentence's words: the council's name, and whom its workers ask about planwatch."""

    name: Annotated[str, Field(min_length=3, max_length=80)]
    help_line: Annotated[str, Field(min_length=3, max_length=120)]


class ProblemRule(PolicyModel):
    """A fact that leaves something for a person to mend, without being a duty of its own."""

    problem: str
    opens: Opening


class Policy(PolicyRecord):
    """One version of an authority's policy, in force for what is caused from a day on."""

    authority: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    title: str
    council: Council | None = None
    document: Document
    version: Annotated[int, Field(ge=1)]
    in_force_from: Annotated[date, BeforeValidator(day)]
    office_hours: Hours | None = None
    closed: list[Annotated[date, BeforeValidator(day)]] = Field(default_factory=list)
    hours: MessageTimes
    fallbacks: Annotated[list[OneRole], Field(min_length=1)]
    ladders: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{1,59}$")], Ladder]
    lead: OneRole
    roles: dict[NewName, Literal["one", "many"]] = Field(default_factory=dict)
    kinds: dict[NewName, str]
    milestones: dict[NewName, Milestone] = Field(default_factory=dict)
    bottom_line: BottomLine
    rules: Annotated[list[Rule], Field(min_length=1)]
    problems: list[ProblemRule] = Field(default_factory=list)

    @field_validator("roles")
    @classmethod
    def _roles_are_new(cls, roles: dict[str, str]) -> dict[str, str]:
        if built_in := sorted(roles.keys() & (SINGLE_ROLES | SHARED_ROLES)):
            raise ValueError(f"'{built_in[0]}' is built in; leave it out")
        return roles

    @model_validator(mode="after")
    def _names_are_unique(self) -> Policy:
        names: set[str] = set()
        for number, rule in enumerate(self.rules):
            if rule.rule in names:
                raise PlacedError(f"two rules have the name '{rule.rule}'; give each its own", "rules", number, "rule")
            names.add(rule.rule)
        for number, rule in enumerate(self.rules):
            self._is_told_when_it_opens(rule)
            for position, opening in enumerate(rule.opens):
                if opening.leaves_no_next is not None and opening.leaves_no_next not in names:
                    detail = f"rule '{rule.rule}' waits for '{opening.leaves_no_next}', which is no rule here"
                    raise PlacedError(detail, "rules", number, "opens", position, "leaves_no_next")
        return self

    def _is_told_when_it_opens(self, rule: Rule) -> None:
        ladder = self.ladders.get(rule.ladder)
        if rule.due.before_fact is None or ladder is None or any(each.of_the_opening for each in ladder.remind):
            return
        words = f"rule '{rule.rule}' has no day to count back from, and its ladder '{rule.ladder}' tells nobody of it"
        raise ValueError(f"{words}; name one that reminds 'at opening' or 'first morning', like short")

    @cached_property
    def calendar(self) -> Calendar:
        """The authority's working days and office hours."""
        return Calendar(office_of(self.office_hours), frozenset(self.closed), self.hours.message_hours)

    @cached_property
    def shared_roles(self) -> frozenset[str]:
        """The roles that several people hold at once, its own included."""
        return SHARED_ROLES | {name for name, held_by in self.roles.items() if held_by == "many"}

    @property
    def single_roles(self) -> tuple[str, ...]:
        """The roles of one that it declares."""
        return tuple(name for name, held_by in self.roles.items() if held_by == "one")

    def origin(self, source: Source) -> str:
        """Where a rule comes from, as messages say it: the document, and the place there."""
        if source.document is not None:
            return f"{source.document}, {source.section}"
        return f"{self.document.title}, section {source.section}"

    @cached_property
    def ladders_used(self) -> tuple[Ladder, ...]:
        """The ladders that a rule names."""
        return tuple(self.ladders[name] for name in dict.fromkeys(rule.ladder for rule in self.rules))

    @cached_property
    def told_roles(self) -> tuple[str, ...]:
        """The roles that a rung of any of its rules tells, beside the ladder of its alerts."""
        roles = [self.lead]
        for rule in self.rules:
            ladder = self.ladders[rule.ladder]
            roles.append(rule.owed_by.otherwise if isinstance(rule.owed_by, Named) else rule.owed_by)
            chairs = (rule.chair.role, *rule.chair.in_service.values()) if rule.chair else ()
            roles += [role for role in chairs if role is not None]
            roles += [*ladder.listed_roles, *(role for step in ladder.late for role in step.roles)]
            roles += [*(ladder.ask_once.then if ladder.ask_once else ()), rule.tell_when_moved_later or self.lead]
        return tuple(dict.fromkeys(roles))

    @cached_property
    def patterns(self) -> Mapping[str, tuple[Pattern, ...]]:
        """All that its rules ask for, by type of event."""
        by_type: dict[str, list[Pattern]] = {}
        for pattern in patterns_in(self.rules):
            by_type.setdefault(pattern.when, []).append(pattern)
        return {name: tuple(patterns) for name, patterns in by_type.items()}

    @cached_property
    def touched(self) -> Mapping[str, frozenset[str] | None]:
        """The types of events that bear on each rule, by its name; None where any might."""
        own = {rule.rule: touched_types(patterns_in(rule), rule.due) for rule in self.rules}
        return {name: joined([own[name], *(own[chain] for chain in self.awaited[name])]) for name in own}

    @cached_property
    def touched_at_all(self) -> frozenset[str] | None:
        """The types of events that bear on any rule; None where any might."""
        return joined(self.touched.values())

    @cached_property
    def naming_subjects(self) -> Mapping[str, Names | None]:
        """By each rule's name which fields say what a fact is about, where each fact bears on one subject alone."""
        return {rule.rule: naming_subjects(rule.opens, patterns_in(rule), rule.due) for rule in self.rules}

    @cached_property
    def awaited(self) -> Mapping[str, frozenset[str]]:
        """By each rule's name those of the chains that have to leave no next date for it to open."""
        return {
            rule.rule: frozenset(opening.leaves_no_next for opening in rule.opens if opening.leaves_no_next is not None)
            for rule in self.rules
        }

    @cached_property
    def chains_first(self) -> tuple[Rule, ...]:
        """Its rules, in the order in which they are read: some ask whether a chain was left without a next date."""
        return tuple(sorted(self.rules, key=lambda rule: not rule.is_chain))

    @cached_property
    def visiting_rules(self) -> tuple[Rule, ...]:
        """Its rules that ask for a visit by a role."""
        return tuple(rule for rule in self.rules if rule.visiting_roles)

    @cached_property
    def by_name(self) -> Mapping[str, Rule]:
        """The rules by their full names (`authority.rule`)."""
        return {f"{self.authority}.{rule.rule}": rule for rule in self.rules}


class PolicyBook:
    """Every authority's policy in all its versions."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self._versions: dict[str, list[Policy]] = {}
        for policy in sorted(policies, key=lambda policy: (policy.authority, policy.in_force_from, policy.version)):
            self._versions.setdefault(policy.authority, []).append(policy)

    @cached_property
    def authorities(self) -> Authorities:
        """All that have a policy, with the roles that their policies declare."""
        declared = (policy.roles for versions in self._versions.values() for policy in versions)
        return Authorities.declaring(self._versions, (role for roles in declared for role in roles))

    def versions(self, authority: str) -> list[Policy]:
        """An authority's versions, the oldest first; KeyError for an unknown authority."""
        return self._versions[authority]

    def newest(self, authority: str) -> Policy:
        """An authority's newest version, which may come into force only later; KeyError for an unknown authority."""
        return self._versions[authority][-1]

    def at(self, authority: str, moment: datetime) -> Policy:
        """The version in force at a moment, by which people are told then: whom, and at which hours."""
        return self.in_force(authority, local_day(moment))

    def until(self, authority: str, day: date) -> list[Policy]:
        """The versions that came into force by a day, the newest last."""
        versions = self._versions[authority]
        return [policy for policy in versions if policy.in_force_from <= day] or versions[:1]

    def in_force(self, authority: str, day: date) -> Policy:
        """The version in force on a day. What is older than the first version follows the first."""
        versions = self._versions[authority]
        if len(versions) == 1:
            return versions[0]
        return next((policy for policy in reversed(versions) if policy.in_force_from <= day), versions[0])
