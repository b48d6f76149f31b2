"""Advisory locks: transactions about the same plans or persons go one after the other, as all writers do on SQLite.

Without them, on PostgreSQL, one process could store an event that waits for its plan while another process introduces
the plan. Neither would see the other, and the event would wait for ever.
"""

from collections.abc import Iterable, Mapping
from zlib import crc32

from sqlalchemy import Boolean, Integer, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId

_OURS = 7_526_003  # an arbitrary number that tells our advisory locks from those of others
_LOCKS = 256  # a large file names thousands of plans, and the server can hold only some thousand locks
_POLICIES = _LOCKS  # the number of the lock for which policies are in force
# Locks are taken in the order of their numbers, so that two transactions never wait for each other.
_TAKE = text(
    "SELECT CASE WHEN own THEN CAST(pg_advisory_xact_lock(:ours, lock) AS text)"
    " ELSE CAST(pg_advisory_xact_lock_shared(:ours, lock) AS text) END"
    " FROM unnest(:locks, :owns) AS requested(lock, own)"
).bindparams(
    bindparam("ours", _OURS, Integer),
    bindparam("locks", type_=ARRAY(Integer)),
    bindparam("owns", type_=ARRAY(Boolean)),
)


def are_taken(session: AsyncSession) -> bool:
    """Whether they are taken at all: SQLite has one writer at a time in any case."""
    return session.get_bind().dialect.name == "postgresql"


async def take(session: AsyncSession, own: Iterable[OwnId], named: Iterable[OwnId] = ()) -> None:
    """Take the locks of these names until the transaction ends. Call this before the first question.

    `own` names what this transaction changes: meanwhile no other one changes or names it. `named` is what it only
    names, as many transactions may at once: the events of a team's plans all name its few people.
    """
    if not are_taken(session):
        return
    owns = dict.fromkeys(map(_lock_of, named), False) | dict.fromkeys(map(_lock_of, own), True)
    # A change of what is in force marks all plans that are there, and must not miss one that is coming.
    await _take(session, {**owns, _POLICIES: False})


async def take_policies(session: AsyncSession) -> None:
    """Wait until nobody makes a plan, and let nobody make one, or change what is in force, until the end."""
    if are_taken(session):
        await _take(session, {_POLICIES: True})


async def _take(session: AsyncSession, owns: Mapping[int, bool]) -> None:
    locks = sorted(owns)
    await session.execute(_TAKE, {"locks": locks, "owns": [owns[lock] for lock in locks]})


def _lock_of(name: OwnId) -> int:
    return crc32("/".join(name).encode(errors="replace")) % _LOCKS
