"""Erasing an authority: every row that is its own, in any table, however long ago it was written."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, String, Table, and_, delete, func, select, text
from sqlalchemy import cast as sql_cast
from sqlalchemy.ext.asyncio import AsyncSession

import service.store.schema  # noqa: F401 - it puts all tables into `metadata`
from config.database import metadata, upsert
from notifications.message import State
from notifications.tables import attempt, message
from service.store import access_tables
from service.store.access_tables import account, audit_entry, begun, passkey, sign_in_failure
from service.store.numbering import erased_up_to
from service.store.sign_in_failures import key_of
from service.store.tables import NO_AUTHORITY, event, event_wait, process

# What erasing must not set back: the numbers go on, and no older copy of the database is taken for this one.
_MARKS: Mapping[str, tuple[ColumnElement[int] | None, ColumnElement[datetime] | None]] = {
    event.name: (event.c.seq, None),
    attempt.name: (None, attempt.c.started_at),
    audit_entry.name: (audit_entry.c.number, None),
    access_tables.exception.name: (access_tables.exception.c.number, None),
}
_IN_FLIGHT = (State.CLAIMED, State.UNKNOWN)


async def in_flight(session: AsyncSession, authority: str) -> int:
    """How many messages of an authority are being handed over, or may have gone without anybody knowing yet."""
    theirs = (message.c.authority == authority, message.c.state.in_(_IN_FLIGHT))
    return await session.scalar(select(func.count()).select_from(message).where(*theirs)) or 0


async def keep_marks(session: AsyncSession) -> None:
    """Write down how far the database has come, before the newest of it may go."""
    for name, (number, moment) in _MARKS.items():
        reached = number if number is not None else moment
        highest = await session.scalar(select(func.max(reached)))
        if highest is None:
            continue
        column = erased_up_to.c.number if number is not None else erased_up_to.c.at
        before = await session.scalar(select(column).where(erased_up_to.c.name == name))
        mark = {column.name: highest if before is None else max(highest, before)}
        row = upsert(session, erased_up_to).values(name=name, **mark)
        await session.execute(row.on_conflict_do_update(index_elements=["name"], set_=mark))


async def erase(session: AsyncSession, authority: str) -> dict[str, int]:
    """Erase every row that bears an authority, or hangs on one that does. Returns how many, by table.

    What came in under no authority goes before (`erased_texts`): it is known by these rows.
    """
    if session.get_bind().dialect.name == "sqlite":
        # What is erased is written over with zeros, in place of lying in the file until something else is stored there.
        await session.execute(text("PRAGMA secure_delete = ON"))
    erased: dict[str, int] = {}
    for table, condition in [*await _hanging(session, authority), *_nobodys(authority)]:
        await _delete(session, table, condition, erased)
    async with _audit_unguarded(session):
        # Whatever refers to a row of another table goes before that row.
        for table in reversed(metadata.sorted_tables):
            if "authority" in table.c:
                await _delete(session, table, table.c.authority == authority, erased)
    return {name: number for name, number in sorted(erased.items()) if number}


async def _delete(session: AsyncSession, table: Table, condition: ColumnElement[bool], erased: dict[str, int]) -> None:
    result = await session.execute(delete(table).where(condition))
    erased[table.name] = erased.get(table.name, 0) + cast("CursorResult[Any]", result).rowcount


async def _hanging(session: AsyncSession, authority: str) -> list[tuple[Table, ColumnElement[bool]]]:
    """What belongs to the authority's accounts, and what others say of it."""
    theirs = (await session.execute(select(account.c.id, account.c.name).where(account.c.authority == authority))).all()
    accounts = select(account.c.id).where(account.c.authority == authority)
    tries = [key_of(kind, name) for _, name in theirs for kind in ("name", "device")]
    tries += [key_of("code", account_id) for account_id, _ in theirs]
    faults = sql_cast(process.c.policy_faults, String)
    return [
        (passkey, passkey.c.account.in_(accounts)),
        (begun, begun.c.account.in_(accounts)),
        (sign_in_failure, sign_in_failure.c.key.in_(tries)),
        (process, faults.contains(f'"{authority}"', autoescape=True)),
    ]


def _nobodys(authority: str) -> list[tuple[Table, ColumnElement[bool]]]:
    """The events that came by a token of the authority, and of which nobody has yet said whose they are."""
    nobodys = and_(event.c.authority == NO_AUTHORITY, event.c.writer == authority)
    of_those = event_wait.c.seq.in_(select(event.c.seq).where(nobodys))
    return [(event_wait, and_(event_wait.c.authority == NO_AUTHORITY, of_those)), (event, nobodys)]


@asynccontextmanager
async def _audit_unguarded(session: AsyncSession) -> AsyncIterator[None]:
    """Let lines of the audit be removed, in this transaction alone: it refuses that to everybody else."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        yield
        await session.execute(text("ALTER TABLE audit_entry ENABLE TRIGGER USER"))
        return
    of_audit = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'")
    triggers = (await session.execute(of_audit)).all()
    for name, _ in triggers:
        await session.execute(text(f'DROP TRIGGER "{name}"'))
    yield
    for _, words in triggers:
        await session.execute(text(words))
