"""What the words of the policy language have in common: strict models, and names that a policy must declare."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

from service.domain.calendar import Interval, Unit
from service.domain.events.vocabulary import ROLE_NAME, SharedRole, SingleRole, interval, iso_day

OWNER = "owner"


class PlacedError(ValueError):
    """A fault of a part of what is checked: `place` is the path to it from there."""

    def __init__(self, detail: str, *place: str | int) -> None:
        super().__init__(detail)
        self.place = place


class PolicyModel(BaseModel):
    """Strict: a word that the language does not have is a fault, told with its line."""

    # Built once, whole, at the first policy read: not class by class at import.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a policy declares, its defaults included: each word of it that names one of them must be here."""

    ladders: Collection[str]
    kinds: Collection[str]
    milestones: Collection[str]
    scheduled: Collection[str]
    said_by: Mapping[str, Sequence[str]]
    single_roles: Collection[str]
    roles: Collection[str]

    @classmethod
    def of(cls, whole: Mapping[str, object]) -> Vocabulary:
        """The names in the data of a whole policy. What is no mapping declares nothing: it is a fault of its own."""
        own_roles, milestones = _section(whole, "roles"), _section(whole, "milestones")
        single = (*get_args(SingleRole), *(name for name, held_by in own_roles.items() if held_by == "one"))
        return cls(
            ladders=tuple(_section(whole, "ladders")),
            kinds=tuple(_section(whole, "kinds")),
            milestones=tuple(milestones),
            scheduled=tuple(name for name in milestones if _section(milestones, name).get("scheduled") is True),
            said_by={name: _names(_section(milestones, name).get("by")) for name in milestones},
            single_roles=single,
            roles=(*single, *get_args(SharedRole), *(name for name in own_roles if name not in single)),
        )


def _section(whole: Mapping[str, object], name: str) -> Mapping[str, object]:
    section = whole.get(name)
    return {str(key): value for key, value in section.items()} if isinstance(section, dict) else {}


def _names(value: object) -> Sequence[str]:
    return tuple(str(name) for name in one_or_more(value)) if value is not None else ()


def not_one_of(value: str, expected: Collection[str]) -> str:
    """That a name is none of those expected, and which of them is nearest."""
    nearest = get_close_matches(value, expected, n=1)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    return f"'{value}' is not one of {', '.join(expected) or 'those that are declared: there are none'}{hint}"


def declared(names: Callable[[Vocabulary], Collection[str]]) -> AfterValidator:
    """Holds a name to those that the policy declares, where the reader says which these are."""

    def check(value: str, info: ValidationInfo) -> str:
        if isinstance(info.context, Vocabulary) and value not in (expected := names(info.context)):
            raise ValueError(not_one_of(value, expected))
        return value

    return AfterValidator(check)


def one_or_more(value: object) -> list[object]:
    """A list of one may be written without the list."""
    return value if isinstance(value, list) else [value]


def length(value: object) -> Interval:
    """An interval, which may count hours here: `24 hours`. ValueError says what is expected."""
    if isinstance(value, str) and (hours := re.fullmatch(r"([1-9][0-9]{0,2}) hours?", value)) is not None:
        return Interval(int(hours[1]), Unit.HOURS)
    try:
        return interval(value)
    except ValueError as fault:
        raise ValueError(f"{fault}; or in hours, like '24 hours'") from None


def day(value: object) -> object:
    """A date as text → a date."""
    try:
        return iso_day(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError("is not a date; write it like 2026-11-30") from None


Length = Annotated[Interval, BeforeValidator(length)]
LadderName = Annotated[str, declared(lambda vocabulary: vocabulary.ladders)]
KindName = Annotated[str, declared(lambda vocabulary: vocabulary.kinds)]
OneRole = Annotated[str, declared(lambda vocabulary: vocabulary.single_roles)]
AnyRole = Annotated[str, declared(lambda vocabulary: vocabulary.roles)]
RoleNames = Annotated[list[AnyRole], BeforeValidator(one_or_more)]
Told = Annotated[str, declared(lambda vocabulary: (OWNER, *vocabulary.single_roles))]
NewName = Annotated[str, Field(pattern=ROLE_NAME)]
