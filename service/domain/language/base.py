"""What the words of the policy language have in common: strict models, and names that a policy must declare."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationInfo

from service.domain.events.vocabulary import SingleRole, iso_day

OWNER = "owner"


class PolicyModel(BaseModel):
    """Strict: a word that the language does not have is a fault, told with its line."""

    # Built once, whole, at the first policy read: not class by class at import.
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a policy declares, its defaults included: each word of it that names one of them must be here."""

    ladders: Collection[str]

    @classmethod
    def of(cls, whole: Mapping[str, object]) -> Vocabulary:
        """The names in the data of a whole policy. What is no mapping declares nothing: it is a fault of its own."""
        return cls(ladders=_keys(whole, "ladders"))


def _keys(whole: Mapping[str, object], section: str) -> tuple[str, ...]:
    declared = whole.get(section)
    return tuple(str(name) for name in declared) if isinstance(declared, dict) else ()


def not_one_of(value: str, expected: Collection[str]) -> str:
    """That a name is none of those expected, and which of them is nearest."""
    nearest = get_close_matches(value, expected, n=1)
    hint = f"; did you mean {nearest[0]}?" if nearest else ""
    return f"'{value}' is not one of {', '.join(expected)}{hint}"


def declared(names: Callable[[Vocabulary], Collection[str]]) -> AfterValidator:
    """Holds a name to those that the policy declares, where the reader says which these are."""

    def check(value: str, info: ValidationInfo) -> str:
        if isinstance(info.context, Vocabulary) and value not in (expected := names(info.context)):
            raise ValueError(not_one_of(value, expected))
        return value

    return AfterValidator(check)


def one_or_more(value: object) -> object:
    """A list of one may be written without the list."""
    return value if isinstance(value, list) else [value]


def day(value: object) -> object:
    """A date as text → a date."""
    return iso_day(value) if isinstance(value, str) else value


LadderName = Annotated[str, declared(lambda vocabulary: vocabulary.ladders)]
SingleRoles = Annotated[list[SingleRole], BeforeValidator(one_or_more)]
