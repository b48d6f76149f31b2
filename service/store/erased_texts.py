"""Erasing what came in for an authority and is stored under none: texts, returned emails, delivery reports, STOPs."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.tables import attempt, message
from service.domain.events.addresses import phone_number
from service.domain.keys.problems import UnreadTextKey
from service.store.chunks import chunks
from service.store.tables import NO_AUTHORITY, person_number, problem, raw_inbound, receipt, received_stop

_Came = Row[str, str, Any, Any]
_AT_A_TIME = 500
_SOURCE = "/{}/planwatch"  # of the events that a text becomes


@dataclass(frozen=True, slots=True)
class _Whose:
    """By what a text is known to be an authority's: its source, and the numbers that only its people have."""

    source: str
    numbers: frozenset[str]


async def erase(session: AsyncSession, authority: str) -> dict[str, int]:
    """Erase what came in for an authority alone; how many rows, by table. Its messages and people are still there.

    A text that became events of several authorities is the others' too: it stays, and what it meant here goes.
    """
    whose = _Whose(_SOURCE.format(authority), await _own_numbers(session, authority))
    erased = {"raw_inbound": 0, "problem": 0}
    async for page in _pages(session):
        gone = [row for row in page if _is_text_of(row, whose)] + await _bounces(session, authority, page)
        for row in gone:
            await session.execute(delete(raw_inbound).where(*_is(row)))
        erased["raw_inbound"] += len(gone)
        erased["problem"] += await _unread(session, [row.id for row in gone])
        for row in page:
            if row not in gone and any(event["source"] == whose.source for event in row.meant or ()):
                kept = [event for event in row.meant if event["source"] != whose.source]
                await session.execute(update(raw_inbound).where(*_is(row)).values(meant=kept))
    erased["receipt"] = await _reports(session, authority)
    erased["received_stop"] = await _stops(session, whose.numbers)
    return erased


async def _own_numbers(session: AsyncSession, authority: str) -> frozenset[str]:
    theirs = person_number.c.authority == authority
    elsewhere = select(person_number.c.number).where(~theirs)
    own = select(person_number.c.number).where(theirs, person_number.c.number.not_in(elsewhere))
    return frozenset(await session.scalars(own))


async def _pages(session: AsyncSession) -> AsyncIterator[Sequence[_Came]]:
    """All that came in, so many at a time."""
    key = tuple_(raw_inbound.c.provider, raw_inbound.c.id)
    columns = (raw_inbound.c.provider, raw_inbound.c.id, raw_inbound.c.body, raw_inbound.c.meant)
    reached = ("", "")
    while True:
        query = select(*columns).where(key > reached).order_by(raw_inbound.c.provider, raw_inbound.c.id)
        page = (await session.execute(query.limit(_AT_A_TIME))).all()
        yield page
        if len(page) < _AT_A_TIME:
            return
        reached = (page[-1].provider, page[-1].id)


def _is_text_of(row: _Came, whose: _Whose) -> bool:
    """Whether a text became events of the authority alone; of one that became none, whether it came from its people."""
    if row.meant:
        return all(event["source"] == whose.source for event in row.meant)
    return _number(row.body) in whose.numbers


def _number(body: Mapping[str, Any]) -> str | None:
    try:
        return phone_number(body.get("From"))
    except ValueError:
        return None


async def _bounces(session: AsyncSession, authority: str, page: Collection[_Came]) -> list[_Came]:
    """Those emails that came back which are about messages of the authority."""
    returned = [row for row in page if "message" in row.body and "From" not in row.body]
    of_messages = message.c.id.in_({str(row.body["message"]) for row in returned})
    ids = set(await session.scalars(select(message.c.id).where(of_messages, message.c.authority == authority)))
    return [row for row in returned if row.body["message"] in ids]


async def _unread(session: AsyncSession, ids: Collection[str]) -> int:
    number = 0
    for chunk in chunks([str(UnreadTextKey(text_id)) for text_id in ids]):
        of_texts = (problem.c.key.in_(chunk), problem.c.authority == NO_AUTHORITY)
        number += len((await session.scalars(delete(problem).where(*of_texts).returning(problem.c.key))).all())
    return number


async def _reports(session: AsyncSession, authority: str) -> int:
    theirs = attempt.c.authority == authority
    ids = select(attempt.c.id).where(theirs)
    named = select(attempt.c.provider, attempt.c.provider_id).where(theirs, attempt.c.provider_id.is_not(None))
    about = or_(receipt.c.attempt.in_(ids), tuple_(receipt.c.provider, receipt.c.id).in_(named))
    return len((await session.scalars(delete(receipt).where(about).returning(receipt.c.id))).all())


async def _stops(session: AsyncSession, numbers: Collection[str]) -> int:
    number = 0
    for chunk in chunks(sorted(numbers)):
        stops = delete(received_stop).where(received_stop.c.number.in_(chunk)).returning(received_stop.c.number)
        number += len((await session.scalars(stops)).all())
    return number


def _is(row: _Came) -> tuple[Any, ...]:
    return (raw_inbound.c.provider == row.provider, raw_inbound.c.id == row.id)
