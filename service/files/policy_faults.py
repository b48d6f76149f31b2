"""What is wrong in a policy file, in the words of somebody who writes one and not in a validator's."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

import yaml

from service.domain.language.base import PolicyModel, not_one_of
from service.domain.policy import Policy

_WORDS: Mapping[str, str] = {
    "missing": "is missing",
    "string_type": "must be text; put it in quotes, as in '28'",
    "int_type": "must be a whole number, without quotes",
    "int_parsing": "must be a whole number, without quotes",
    "bool_type": "must be true or false",
    "list_type": "must be a list; write it in brackets, as in [A, B]",
    "model_type": "must have fields of its own, in braces or indented below it",
    "model_attributes_type": "must have fields of its own, in braces or indented below it",
    "dict_type": "must have fields of its own, in braces or indented below it",
    "too_short": "is empty; give at least one",
    "date_type": "is not a date; write it like 2026-11-30",
    "date_from_datetime_parsing": "is not a date; write it like 2026-11-30",
    "invalid_key": "must be a name in letters",
}
_LIMITS = {"greater_than_equal": "ge", "less_than_equal": "le"}


def in_words(error: Mapping[str, Any]) -> str:
    """What one of pydantic's errors means, and what to write instead."""
    kind = str(error["type"])
    if kind == "literal_error" and error["ctx"]["expected"] == "True":
        return "must be true, or left out"
    if kind == "literal_error":
        return _not_one_of(error["input"], re.findall(r"'([^']*)'", str(error["ctx"]["expected"])))
    if kind == "extra_forbidden":
        nearest = get_close_matches(str(error["loc"][-1]), _words_of(Policy), n=1, cutoff=0.75)
        hint = f"; did you mean {nearest[0]}?" if nearest else "; see planwatch docs policies"
        return f"is not a word of the policy language here{hint}"
    if kind == "value_error":
        words = str(error["msg"]).removeprefix("Value error, ")
        # Without quotes YAML takes an hour for a number.
        return words.replace("write it like 18:00", 'write it in quotes, as in "18:00"')
    if kind == "string_pattern_mismatch":
        return "is no name; write two or more small letters, digits and " + ("'-'" if _is_rule(error["loc"]) else "'_'")
    if kind in _LIMITS:
        return f"must be {'at least' if kind.startswith('g') else 'at most'} {error['ctx'][_LIMITS[kind]]}"
    if kind in ("string_too_short", "string_too_long"):
        return f"must have {error['ctx'].get('min_length', 1)} letters or more, and no more than a line holds"
    return _WORDS.get(kind, str(error["msg"]))


def _is_rule(place: Sequence[object]) -> bool:
    return len(place) == 3 and place[0] == "rules" and place[-1] == "rule"


def _words_of(model: type[PolicyModel]) -> list[str]:
    """The words of a model of the language and of all that it is made of."""
    words, waiting, seen = [], [model], {model}
    while waiting:
        for name, info in waiting.pop().model_fields.items():
            words.append(info.alias or name)
            parts = [part for part in _parts(info.annotation) if part not in seen]
            seen.update(parts)
            waiting += parts
    return sorted(set(words))


def _parts(annotation: object) -> list[type[PolicyModel]]:
    if isinstance(annotation, type) and issubclass(annotation, PolicyModel):
        return [annotation]
    return [part for argument in get_args(annotation) for part in _parts(argument)]


def _not_one_of(value: object, expected: Sequence[str]) -> str:
    if not isinstance(value, str):
        return f"must be one of {', '.join(expected)}"
    return not_one_of(value, expected)


def once_each(errors: Iterable[Mapping[str, Any]]) -> list[tuple[tuple[object, ...], str]]:
    """Each place that is at fault, once, and what is wrong there.

    Where a value may have one of several forms, pydantic tells why it has none of them: the first form's reason stays.
    """
    reasons: dict[tuple[object, ...], str] = {}
    for error in errors:
        inner = getattr(error.get("ctx", {}).get("error"), "place", ())
        where = (*(part for part in error["loc"] if not _is_name_of_a_form(part)), *inner)
        if len(where) > 1 and where[-1] in _FORMS_OF_A_VALUE and "where" in where[:-1]:
            reasons.setdefault(
                where[:-1], "must be text, true, false or a whole number, or some of these, as in [a, b]"
            )
        else:
            reasons.setdefault(where, in_words(error))
    return list(reasons.items())


_FORMS_OF_A_VALUE = ("str", "bool", "int")


def _is_name_of_a_form(part: object) -> bool:
    if part == "[key]":
        return True
    return isinstance(part, str) and (part.startswith(("function-", "literal[", "list[")) or part == "Named")


def keys_given_twice(node: Any, where: tuple[object, ...] = ()) -> Iterator[tuple[int, tuple[object, ...], str]]:
    """The line, the place and what is wrong, for each key that stands twice in one mapping: the first would be lost."""
    if isinstance(node, yaml.MappingNode):
        first_lines: dict[object, int] = {}
        for key, value in node.value:
            place, line = (*where, key.value), key.start_mark.line + 1
            if key.value in first_lines:
                yield line, place, f"is given twice; the first stands in line {first_lines[key.value]}"
            first_lines.setdefault(key.value, line)
            yield from keys_given_twice(value, place)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from keys_given_twice(item, (*where, number))
