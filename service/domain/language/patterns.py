"""Which facts a rule means: patterns of events, what opens a duty, and from which facts something is taken."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator

from service.domain.events.event_types import EVENT_TYPES
from service.domain.events.vocabulary import Every, Risk, Route, Service
from service.domain.language.base import OneRole, PolicyModel, RoleNames, Vocabulary, not_one_of, one_or_more
from service.domain.language.milestones import narrowed

Scalar = str | bool | int
_REACHED, _SCHEDULED = "milestone.reached", "milestone.scheduled"


def _event_type(value: object) -> object:
    if not isinstance(value, str):
        detail = "must be one type of event; for several, write a list of facts: [{when: …}, {when: …}]"
        raise ValueError(detail)  # noqa: TRY004 - pydantic takes this one for a fault of the file
    if value not in EVENT_TYPES:
        nearest = get_close_matches(value, EVENT_TYPES, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else "planwatch docs policies lists all, like 'meeting.held'"
        raise ValueError(f"'{value}' is not a type of event; {hint}")
    return value


class Count(PolicyModel):
    """How many people a fact lists, against the number that it (or the fact that opened the duty) asks for.

    People who are excluded or never to be contacted do not count.
    """

    of: str
    against: str
    verdict: Annotated[Literal["fewer", "enough"], Field(alias="is")]


class PlanIs(PolicyModel):
    """Conditions on the plan itself: each that is given must hold. `none` is a plan whose risk nobody has stated."""

    service: list[Service] = Field(default_factory=list)
    route: list[Route] = Field(default_factory=list)
    risk: list[Risk | Literal["none"]] = Field(default_factory=list)
    concerns: list[str] = Field(default_factory=list)


class Pattern(PolicyModel):
    """Which facts are meant: a type of event, and conditions on its fields and on the plan on its day."""

    when: Annotated[str, BeforeValidator(_event_type)]
    where: dict[str, Scalar | list[Scalar]] = Field(default_factory=dict)
    has: list[str] = Field(default_factory=list)
    lacks: list[str] = Field(default_factory=list)
    same: dict[str, Literal["about", "opening", "version"]] = Field(default_factory=dict)
    role_of: dict[str, RoleNames] = Field(default_factory=dict)
    not_role_of: dict[str, RoleNames] = Field(default_factory=dict)
    count: Count | None = None
    plan: PlanIs | None = None
    times: Annotated[int, Field(ge=2)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _said_by_whom_it_may_be(cls, words: object, info: ValidationInfo) -> object:
        if not isinstance(words, dict) or words.get("when") != _REACHED or not isinstance(info.context, Vocabulary):
            return words
        roles, where = words.get("role_of", {}), words.get("where", {})
        if not isinstance(roles, dict) or not isinstance(where, dict):
            return words
        names = one_or_more(where.get("milestone"))
        return {**words, "role_of": narrowed(roles, names, info.context)}

    @model_validator(mode="after")
    def _milestone_is_declared(self, info: ValidationInfo) -> Pattern:
        if self.when not in (_REACHED, _SCHEDULED) or not isinstance(info.context, Vocabulary):
            return self
        names = self.where.get("milestone")
        if names is None:
            raise ValueError("says no milestone; add where: {milestone: …}, one that the policy declares")
        for name in names if isinstance(names, list) else [names]:
            if name not in info.context.milestones:
                raise ValueError(f"the milestone {not_one_of(str(name), info.context.milestones)}")
            if self.when == _SCHEDULED and name not in info.context.scheduled:
                raise ValueError(f"the milestone '{name}' is put in no diary; declare it with scheduled: true")
        return self

    @model_validator(mode="after")
    def _fields_exist(self) -> Pattern:
        # `id` is every event's own, for a review that is recorded with the visit or meeting itself.
        named = [*self.where, *self.has, *self.lacks, *(set(self.same) - {"id"}), *self.role_of, *self.not_role_of]
        named += [self.count.of, self.count.against] if self.count else []
        for name in named:
            known_field(self.when, name)
        return self


def known_field(event_type: str, name: str) -> None:
    model = EVENT_TYPES[event_type].model
    names = sorted(info.alias or key for key, info in model.model_fields.items())
    if name not in names:
        raise ValueError(f"'{event_type}' has no field '{name}'; it has {', '.join(names)}")


class Takes(Pattern):
    """Facts that agree something: the field that says what, or the interval that the policy sets for such a fact."""

    takes: str | None = None
    sets: Every | None = None

    @model_validator(mode="after")
    def _takes_a_field(self) -> Takes:
        if (self.takes is None) is (self.sets is None):
            raise ValueError("give either takes, the field that says what is agreed, or sets, an interval")
        if self.takes is not None:
            known_field(self.when, self.takes)
        return self


Patterns = Annotated[list[Pattern], BeforeValidator(one_or_more)]
TakesList = Annotated[list[Takes], BeforeValidator(one_or_more)]


class ForEach(PolicyModel):
    """For whom an obligation is repeated: the persons whom the fact lists, and those with a mark on the plan."""

    listed_in: list[str] = Field(default_factory=list)
    marked: list[Literal["parental_responsibility"]] = Field(default_factory=list)
    but_not: list[OneRole] = Field(default_factory=list)


class Opening(Pattern):
    """What opens an obligation: a fact, what speaks against it, and for whom or what it is repeated."""

    unless: Patterns = Field(default_factory=list)
    leaves_no_next: str | None = None
    out_of_hours: bool | None = None
    about: str | None = None
    nth: Annotated[int, Field(ge=2)] | None = None
    for_each: ForEach | None = None

    @model_validator(mode="after")
    def _about_exists(self) -> Opening:
        for name in [self.about, *(self.for_each.listed_in if self.for_each else [])]:
            if name not in (None, "event"):
                known_field(self.when, str(name))
        if self.about is not None and self.for_each is not None:
            raise ValueError("give about or for_each, not both: for_each already says what each one is about")
        return self


Openings = Annotated[list[Opening], BeforeValidator(one_or_more)]


def patterns_in(part: object) -> Iterator[Pattern]:
    """The patterns in a part of a policy, in whatever depth."""
    if isinstance(part, list):
        for inner in part:
            yield from patterns_in(inner)
    if isinstance(part, Pattern):
        yield part
    if isinstance(part, PolicyModel):
        yield from patterns_in(list(part.__dict__.values()))
