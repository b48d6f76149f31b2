"""Which tables a statement asks without naming an authority, and who asks it."""

from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import greenlet  # type: ignore[import-untyped]
import sqlalchemy
from sqlalchemy import Alias, Column, CompoundSelect, Delete, Select, Table, Update
from sqlalchemy.sql import ClauseElement, operators
from sqlalchemy.sql.elements import BinaryExpression, Grouping
from sqlalchemy.sql.visitors import iterate

from config.database import metadata
from tests.unit.test_sharded_schema import BESIDE

_PARTS = ("service", "notifications", "jobs")
_ROOT = Path(__file__).parents[2]
Place = Table | Alias


def unnamed(statement: ClauseElement) -> set[str]:
    """The tables that lie in pieces of which a statement asks all: no authority is named for them, nor by a join."""
    outer, names = set(_places(statement)), set(_unnamed_in(statement, frozenset()))
    for inner in iterate(statement):
        if inner is not statement and isinstance(inner, Select):
            names |= set(_unnamed_in(inner, frozenset(outer)))
    return names


def asked_by(frame: FrameType | None) -> str:
    """The function that asks, by module and name: the innermost of the program's own."""
    for code_frame in _frames(frame):
        path = Path(code_frame.f_code.co_filename)
        inner = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path
        if inner.parts[0] in _PARTS:
            return f"{'.'.join(inner.with_suffix('').parts)}.{code_frame.f_code.co_name}"
    return "?"


def listen(engine: sqlalchemy.Engine) -> dict[str, set[str]]:
    """Whoever asks something from now on, each with the tables for which no authority is named."""
    asked: dict[str, set[str]] = {}

    def note(_connection: object, statement: Any, *_: object) -> None:
        if isinstance(statement, Select | Update | Delete | CompoundSelect):
            asked.setdefault(asked_by(_frame()), set()).update(unnamed(statement))

    sqlalchemy.event.listen(engine, "before_execute", note)
    return asked


def _frame() -> FrameType | None:
    """Where the event loop left off: SQLAlchemy goes on in a greenlet of its own."""
    parent = greenlet.getcurrent().parent
    frame: FrameType | None = parent.gr_frame if parent is not None else None
    return frame


def _frames(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _unnamed_in(statement: ClauseElement, outer: frozenset[Place]) -> Iterator[str]:
    """What is around a subquery is no table of its own, unless it has no other."""
    everywhere = _places(statement)
    places = [place for place in everywhere if place not in outer] or everywhere
    named = _named(statement, outer)
    for place in places:
        if place not in named and _name(place) not in BESIDE and "authority" in place.c:
            yield _name(place)


def _places(statement: Any) -> list[Place]:
    inner = (element for source in _sources(statement) for element in _outside_selects(source))
    return [element for element in inner if isinstance(element, Table | Alias) and _name(element) in metadata.tables]


def _sources(statement: Any) -> list[Any]:
    """Tables, and joins with what they join by."""
    if isinstance(statement, CompoundSelect):
        return []
    return [statement.table] if isinstance(statement, Update | Delete) else list(statement.get_final_froms())


def _outside_selects(source: Any) -> Iterator[Any]:
    """The tables of a join, without what stands in a subquery: that is a part of its own."""
    if hasattr(source, "left"):
        yield from _outside_selects(source.left)
        yield from _outside_selects(source.right)
    else:
        yield source


def _name(place: Place) -> str:
    return str(place.element.name if isinstance(place, Alias) and isinstance(place.element, Table) else place.name)


def _named(statement: ClauseElement, outer: frozenset[Place]) -> set[Any]:
    """Those with an authority that is given, or that is that of another place for which it is, or of one outside."""
    named, pairs = set[Any](outer), list[set[Any]]()
    for condition in _inside(statement, *_sources(statement)):
        if isinstance(condition, BinaryExpression) and condition.operator in (operators.eq, operators.in_op):
            tables = {side.table for side in map(_bare, (condition.left, condition.right)) if _is_authority(side)}
            pairs.append(tables)
            named |= tables if len(tables) == 1 else set()
    for _ in pairs:
        named |= {place for pair in pairs if pair & named for place in pair}
    return named


def _inside(*elements: ClauseElement) -> Iterator[Any]:
    """All that these are made of, without what stands in a subquery."""
    for element in elements:
        yield element
        yield from _inside(*(child for child in element.get_children() if not isinstance(child, Select)))


def _bare(side: Any) -> Any:
    return side.element if isinstance(side, Grouping) else side


def _is_authority(side: Any) -> bool:
    return isinstance(side, Column) and side.name == "authority"
