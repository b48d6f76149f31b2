"""Which plan or person is meant by an id that somebody typed."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import NO_PLAN, OwnId
from service.store import persons, plans, waiting

_Find = Callable[[AsyncSession, str], Awaitable[Sequence[OwnId]]]


@dataclass(frozen=True, slots=True)
class Unclear:
    """Why an id means no one plan or person.

    `authorities` are those that have one of it, where there are several. Where nobody has one, `near` are ids that
    resemble it, and `waiting` is how many events wait for it.
    """

    authorities: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    waiting: int = 0


async def plan_of(session: AsyncSession, reference: str, authority: str | None) -> OwnId | Unclear:
    """The plan of a reference, of an authority or of the only one that has it. Awaited plans count."""
    unclear = await _own_id_of(session, reference, authority, plans.with_id, plans.resembling)
    if isinstance(unclear, OwnId) or unclear.authorities:
        return unclear
    return Unclear(near=unclear.near, waiting=await waiting.for_plan(session, reference, authority))


async def person_of(session: AsyncSession, person_id: str, authority: str | None) -> OwnId | Unclear:
    """The person of an id, of an authority or of the only one that has it."""
    return await _own_id_of(session, person_id, authority, persons.with_id, persons.resembling)


async def _own_id_of(
    session: AsyncSession, name: str, authority: str | None, find: _Find, resembling: _Find
) -> OwnId | Unclear:
    fitting = [own for own in await find(session, name) if own.id != NO_PLAN and authority in (None, own.authority)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        return Unclear(authorities=tuple(own.authority for own in fitting))
    like = {own.id for own in await resembling(session, name) if authority in (None, own.authority)}
    return Unclear(near=tuple(_nearest(name, like)))


def _nearest(name: str, like: set[str]) -> list[str]:
    by_letters = {candidate.casefold(): candidate for candidate in sorted(like)}
    return [by_letters[letters] for letters in difflib.get_close_matches(name.casefold(), by_letters, n=3)]
