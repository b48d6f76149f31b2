"""Strict JSON: texts that other readers would understand differently, or that cannot be stored, are refused."""

import json
import re
from collections.abc import Callable
from math import isfinite
from typing import NoReturn

MAX_DEPTH = 32
MAX_EVENT_BYTES = 256 * 1024
_HALF_OF_A_PAIR = re.compile("[\ud800-\udfff]")
_LARGE_NUMBER = re.compile(r"[0-9](?:[eE]|[0-9]{299})")


class StrictJSONError(ValueError):
    """A text is refused. The error says why, and quotes no part of the text."""


def parse_json(text: bytes | str) -> object:
    """The value of a JSON text in UTF-8.

    Raises StrictJSONError for bad syntax, NaN, Infinity and numbers that are too long or too large, for an object with
    a key twice, for more than `MAX_DEPTH` levels, and for characters that cannot be stored.
    """
    decoded = _decoded(text)
    try:
        value = _reader.decode(decoded)
    except StrictJSONError:
        raise
    except RecursionError:
        raise StrictJSONError(f"is nested more than {MAX_DEPTH} levels deep") from None
    except json.JSONDecodeError as fault:
        raise StrictJSONError(f"is not JSON (line {fault.lineno}, column {fault.colno}: {fault.msg})") from None
    except ValueError:
        raise StrictJSONError("holds a number that is too long") from None
    if _is_doubtful(decoded):
        _check_values(value)
    return value


def _decoded(text: bytes | str) -> str:
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise StrictJSONError(f"is not UTF-8 (byte {fault.start + 1}); save or send it as UTF-8") from None


def _is_doubtful(text: str) -> bool:
    """Whether it may hold what is checked: levels, a character that was escaped, or a half one, or a large number.

    Hardly an event has any, and looking into each value takes longer than reading it.
    """
    if "\\u" in text or text.count("{") + text.count("[") >= MAX_DEPTH or _LARGE_NUMBER.search(text):
        return True
    return not text.isascii() and _HALF_OF_A_PAIR.search(text) is not None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise StrictJSONError("has an object in which a key stands twice")
    return mapping


def _no_number(name: str) -> NoReturn:
    raise StrictJSONError(f"holds {name}, which is no number")


# Built once: building it takes as long as reading an event.
_reader = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number)


def _check_values(value: object) -> None:
    level: list[object] = [value]
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return
        level = [inner for item in level for inner in _parts(item)]
    raise StrictJSONError(f"is nested more than {MAX_DEPTH} levels deep")


def _parts(item: object) -> list[object]:
    """Check a value itself, and return the values inside it."""
    check = _CHECKS.get(type(item))
    if check is not None:
        check(item)
    if isinstance(item, dict):
        return [*item.keys(), *item.values()]
    return item if isinstance(item, list) else []


def _check_text(text: object) -> None:
    # PostgreSQL stores no NUL, and half of a surrogate pair is no character at all.
    if "\0" in str(text) or any("\ud800" <= letter <= "\udfff" for letter in str(text)):
        raise StrictJSONError("holds a character that cannot be stored (NUL, or half of a surrogate pair)")


def _check_number(number: object) -> None:
    if isinstance(number, float) and not isfinite(number):
        raise StrictJSONError("holds a number that is too large")


_CHECKS: dict[type, Callable[[object], None]] = {str: _check_text, float: _check_number}
