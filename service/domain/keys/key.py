"""A key: the name for good of what was seen, told, withheld or is to be mended, as it is stored.

Its form never changes: whatever is stored under an old form would be told again under a new one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from operator import attrgetter
from string import Formatter
from typing import Annotated, Any, ClassVar, Self, dataclass_transform, get_type_hints

# The name of an event for good: its source, a `#`, its id.
Uid = Annotated[str, r"[^|]*#[^|]*"]
# The same in a key that is read back: other systems choose source and id, and may use a separator in them.
AnyUid = Annotated[str, r".*#.*"]
# What may hold a separator itself: another key, or a name as other systems write it.
Whole = Annotated[str, r".+"]

_PATTERNS: Mapping[object, str] = {
    str: r"[^|]*",
    int: r"-?\d+",
    date: r"\d{4}-\d\d-\d\d",
    datetime: r"\d{4}-\d\d-\d\dT[\d:.]+(?:[+-][\d:]+)?",
}


@dataclass_transform(frozen_default=True)
class KeyKind(type):
    """Makes kinds of keys: of what a kind's body annotates, its keys have as fields, which stand in its `FORM`.

    To make one takes a tenth of the time that a dataclass takes, and every command makes all of them as it starts.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> KeyKind:
        fields = tuple(body.get("__annotations__", ())) if bases else ()
        kind = super().__new__(cls, name, bases, {**body, "__slots__": fields})
        kind._put = tuple(kind.__dict__[field].__set__ for field in fields)
        return kind

    _put: tuple[Callable[[object, object], None], ...]  # what puts each field into its place
    __slots__: tuple[str, ...]


class Key(metaclass=KeyKind):
    """What all kinds of keys share. A key never changes, and equals those of its kind that are stored alike."""

    FORM: ClassVar[str]

    def __init__(self, *fields: object, **named: object) -> None:
        if named:
            fields = _in_place(type(self), fields, named)
        for put, field in zip(type(self)._put, fields, strict=True):
            put(self, field)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} never changes")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a {type(self).__name__} never changes")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and str(other) == str(self)

    def __hash__(self) -> int:
        return hash(str(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __str__(self) -> str:
        """The key as it is stored; days and moments in ISO 8601, each moment in the time zone that it comes in."""
        kind: Any = type(self)  # mypy takes no class for hashable
        form, fields_of, dated = _writing(kind)
        parts = fields_of(self)
        return form % (tuple([_written(part) for part in parts]) if dated else parts)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key that is stored as this text. A `ValueError`: it is none of this kind."""
        kind: Any = cls  # mypy takes no class for hashable
        pattern, readers = _reading(kind)
        match = pattern.fullmatch(text)
        if match is None:
            raise ValueError(f"it is no {cls.__name__}: its form is {cls.FORM}")
        return cls(**{name: readers[name](part) for name, part in match.groupdict().items()})

    @classmethod
    def all_in(cls, texts: Iterable[str]) -> list[Self]:
        """The keys of this kind among stored keys of any kind."""
        kind: Any = cls  # mypy takes no class for hashable
        pattern, _ = _reading(kind)
        # A ledger of a year has many hundred keys, and few of one kind.
        words = _longest_words(kind)
        return [cls.parse(text) for text in texts if words in text and pattern.fullmatch(text)]


def _in_place(kind: KeyKind, fields: Sequence[object], named: Mapping[str, object]) -> tuple[object, ...]:
    """The fields of a key of a kind, given by place and by name. A `TypeError`: they are not its fields."""
    rest = kind.__slots__[len(fields) :]
    if named.keys() != set(rest):
        raise TypeError(f"{kind.__name__} has the fields {', '.join(kind.__slots__)}")
    return (*fields, *(named[name] for name in rest))


def names(text: str, name: str) -> bool:
    """Whether an event, a person or a plan stands by its whole name in a key of any kind."""
    return f"|{name}|" in f"|{text}|"


def _written(part: object) -> object:
    return part.isoformat() if isinstance(part, date) else part


@cache
def _writing(kind: type[Key]) -> tuple[str, Callable[[object], tuple[object, ...]], bool]:
    """The form of a kind with `%s` for each field; what gives a key's fields in that order; whether one is a date."""
    # A look writes some hundred keys: this takes a third of the time that a format string takes.
    parts = list(Formatter().parse(kind.FORM))
    form = "".join(literal.replace("%", "%%") + ("" if name is None else "%s") for literal, name, _, _ in parts)
    fields = [name for _, name, _, _ in parts if name is not None]
    types = get_type_hints(kind)
    dated = any(isinstance(types[name], type) and issubclass(types[name], date) for name in fields)
    if len(fields) > 1:
        return form, attrgetter(*fields), dated
    only = attrgetter(*fields)
    return form, lambda key: (only(key),), dated


@cache
def _longest_words(kind: type[Key]) -> str:
    """The longest piece that stands in each key of a kind as it stands in its form."""
    return max((literal for literal, _, _, _ in Formatter().parse(kind.FORM)), key=len)


@cache
def _reading(kind: type[Key]) -> tuple[re.Pattern[str], Mapping[str, Callable[[str], object]]]:
    """What a key of a kind looks like, each field a group of its name; and by field what reads its text."""
    annotated = get_type_hints(kind, include_extras=True)
    types = {name: part for name, part in get_type_hints(kind).items() if name in kind.__slots__}
    parts: list[str] = []
    for literal, name, _, _ in Formatter().parse(kind.FORM):
        parts.append(re.escape(literal))
        if name is not None:
            patterns = getattr(annotated[name], "__metadata__", None) or (_PATTERNS[annotated[name]],)
            parts.append(f"(?P<{name}>{patterns[0]})")
    readers = {name: part.fromisoformat if issubclass(part, date) else part for name, part in types.items()}
    return re.compile("".join(parts)), readers
