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
# What YAML complains of, what to write instead, and whether to name the line in which the faulty part began.
_OUT_OF_LINE = "let the line begin where its neighbours do"
_OF_YAML: Sequence[tuple[str, str, bool]] = (
    ("expected ',' or '}'", "a brace { is not closed, or a comma is missing between two fields", True),
    ("expected ',' or ']'", "a bracket [ is not closed, or a comma is missing between two entries", True),
    ("expected ':'", "has no colon after its first word; write word: value", True),
    ("unexpected end of stream", "a quotation mark is not closed; close it, or leave both out", True),
    ("mapping values are not allowed", f"has a colon within a text: put the text in quotes; or {_OUT_OF_LINE}", False),
    ("expected key", f"has a quotation mark within a text: use quotes of the other sort; or {_OUT_OF_LINE}", False),
    ("'-' indicator", f"begins where no entry of its list does; {_OUT_OF_LINE}", False),
    ("unknown escape", "has a backslash in double quotes; use single quotes", False),
    ("another document", "begins another document with ---; a file holds one policy", False),
)
# Signs that mean something else at the beginning of a text.
_BEGINS_OTHERWISE = re.compile(r"(?:: +|- +|, *|[\[{] *)([*&!%@`])")
_LIMITS = {"greater_than_equal": "ge", "less_than_equal": "le"}


def in_words(error: Mapping[str, Any]) -> str:
    """What one of pydantic's errors means, and what to write instead."""
    kind = str(error["type"])
    if kind == "literal_error" and error["ctx"]["expected"] == "True":
        return "must be true, or left out"
    if kind == "literal_error":
        return _not_one_of(error["input"], re.findall(r"'([^']*)'", str(error["ctx"]["expected"])))
    if kind == "extra_forbidden":
        return _no_word_here(str(error["loc"][-1]))
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
    return _of_another_type(kind, error.get("input", "")) or _WORDS.get(kind, str(error["msg"]))


def _of_another_type(kind: str, value: object) -> str | None:
    if value is None and kind.endswith("_type"):
        return "is empty; give it a value, or leave the line out where it need not be given"
    if kind == "string_type" and isinstance(value, list | dict):
        return "must be one text, without brackets or braces"
    return None


def no_yaml(text: str, error: yaml.MarkedYAMLError) -> tuple[int, str, str]:
    """The line of what makes a text no YAML, the rule in which it stands (else `YAML`), and what to write instead."""
    mark, began = error.problem_mark, error.context_mark
    lines, line = [*text.splitlines(), ""], mark.line if mark else 0
    words = f"{error.problem}; look for a quotation mark, a bracket or a colon that is missing"
    if lines[line].lstrip(" ").startswith("\t"):
        words = "begins with a tab; write blanks in its place"
    elif sign := _BEGINS_OTHERWISE.search(lines[line]):
        words = f"a text begins with {sign[1]}; put it in quotes"
    else:
        problem = f"{error.problem} {error.context}"
        for remedy, names_begin in [(remedy, begin) for complaint, remedy, begin in _OF_YAML if complaint in problem]:
            line, words = (began.line if names_begin and began else line), remedy
    return line + 1, _rule_above(lines[: line + 1]), words


def _rule_above(lines: Sequence[str]) -> str:
    names = [match[1] for line in lines if (match := re.match(r"\s*-\s*\{?\s*rule:\s*([a-z0-9-]+)", line))]
    return names[-1] if names else "YAML"


def _no_word_here(word: str) -> str:
    nearest = get_close_matches(word, [name for name in _words_of(Policy) if name != word], n=1, cutoff=0.75)
    hint = f"; did you mean {nearest[0]}?" if nearest else "; see planwatch docs policies"
    if " " in word:
        hint = f"; is a colon missing after '{word.split()[0]}'?"
    return f"is not a word of the policy language here{hint}"


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
