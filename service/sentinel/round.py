"""A question about all that is stored goes round: each look asks about a part of it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.tables import finding


class Round:
    """How far a question has come. Its first look asks about all; each later one goes on behind the last.

    What stands is asked about at every look besides (`standing`), so that it goes as soon as it is mended.
    """

    def __init__(self, part: int) -> None:
        """`part`: how many names a look asks about."""
        self._part = part
        self._most: int | None = None  # of this look; None: all
        self._after: tuple[Any, ...] | None = None  # None: it begins
        self._reached: tuple[Any, ...] | None = None

    async def names(
        self, session: AsyncSession, columns: Sequence[Column[Any]], *conditions: ColumnElement[bool]
    ) -> list[tuple[Any, ...]]:
        """The next different values of these columns, by which an index has to be ordered, in their order."""
        statement = part(columns, self._after, self._most, *conditions)
        names = [tuple(row) for row in await session.execute(statement)]
        self._reached = names[-1] if len(names) == self._most else None
        return names

    def go_on(self) -> None:
        """Begin the next look behind what this one asked about: its findings are stored. Otherwise it asks again."""
        self._after, self._most = self._reached, self._part


def part(
    columns: Sequence[Column[Any]], after: Sequence[Any] | None, most: int | None, *conditions: ColumnElement[bool]
) -> Select[Any]:
    """The question for the next different values of columns behind some values; None: from the first, or all."""
    statement = select(*columns).where(*conditions).distinct().order_by(*columns).limit(most)
    if after is None:
        return statement
    values = [literal(value, column.type) for value, column in zip(after, columns, strict=True)]
    return statement.where(tuple_(*columns) > tuple_(*values))


async def standing(session: AsyncSession, code: str) -> list[tuple[str, str]]:
    """The findings of a code that stand, whichever auditor stored them: authority, and the rest of the key."""
    rows = await session.execute(select(finding.c.authority, finding.c.key).where(finding.c.code == code))
    return [(authority, key.removeprefix(f"{authority}|")) for authority, key in rows]
