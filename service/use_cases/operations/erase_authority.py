"""Erase an authority: all that is stored of it and of its people, in one transaction, while no process works."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, transaction
from service.store import audit, erased_texts, erasure, processes
from service.store.audit import AuditEntry
from service.store.tables import NO_AUTHORITY

ERASED = "authority_erased"


class NotErasableError(Exception):
    """An authority cannot be erased now; the words say why, and what to do first."""


class _OnlyTriedError(Exception):
    """Ends a transaction of which nothing is to be kept."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows went, by table."""

    rows: Mapping[str, int]


async def what_would_go(sessions: Sessions, authority: str, now: datetime) -> Erased:
    """What erasing an authority would take, found by doing it and keeping nothing. May raise `NotErasableError`."""
    erased = Erased({})
    try:
        async with transaction(sessions) as session:
            erased = await _erase(session, authority, now)
            raise _OnlyTriedError
    except _OnlyTriedError:
        return erased


async def erase_authority(sessions: Sessions, authority: str, by: str, now: datetime) -> Erased:
    """Erase an authority, all at once or not at all: whoever is killed meanwhile has changed nothing.

    May raise `NotErasableError`. `by`: the machine's user. That it was done is on record, without the authority's name.
    """
    async with transaction(sessions) as session:
        erased = await _erase(session, authority, now)
        detail = f"{sum(erased.rows.values())} rows of one authority, by {by}"
        await audit.add(session, AuditEntry(now, None, None, ERASED, detail=detail))
    return erased


async def _erase(session: AsyncSession, authority: str, now: datetime) -> Erased:
    await _check(session, authority, now)
    await erasure.keep_marks(session)
    rows = Counter(await erased_texts.erase(session, authority))
    rows.update(await erasure.erase(session, authority))
    return Erased({name: number for name, number in sorted(rows.items()) if number})


async def _check(session: AsyncSession, authority: str, now: datetime) -> None:
    if authority == NO_AUTHORITY:
        raise NotErasableError("an empty name is no authority's: what bears it concerns planwatch itself.")
    if living := sum((await processes.living(session, now)).values()):
        number = "a process was" if living == 1 else f"{living} processes were"
        raise NotErasableError(
            f"{number} at work on this database in the last minute: stop every planwatch first, and wait a minute."
        )
    if waiting := await erasure.in_flight(session, authority):
        raise NotErasableError(
            f"{waiting} messages of {authority} are being handed over, or may have gone: start planwatch, wait until "
            "it knows what became of them, and stop it again."
        )
