"""Turns: transactions that are about the same plans or persons go one after the other, as all do on SQLite.

Without them, on PostgreSQL, an event could be put aside to wait for its plan while another process introduces the
plan, neither seeing the other, and would wait for ever.
"""

from collections.abc import Iterable
from zlib import crc32

from sqlalchemy import Boolean, Integer, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

_OURS = 7_526_003  # any number that is ours: PostgreSQL's locks of this kind are told apart by it
_QUEUES = 256  # a large file names thousands of plans, and the server has room for some thousand locks
# In the order of the list, so that of two who want the same queues neither waits for the other.
_TAKE = text(
    "SELECT CASE WHEN own THEN CAST(pg_advisory_xact_lock(:ours, queue) AS text)"
    " ELSE CAST(pg_advisory_xact_lock_shared(:ours, queue) AS text) END"
    " FROM unnest(:queues, :owns) AS wanted(queue, own)"
).bindparams(
    bindparam("ours", _OURS, Integer),
    bindparam("queues", type_=ARRAY(Integer)),
    bindparam("owns", type_=ARRAY(Boolean)),
)


async def take(session: AsyncSession, own: Iterable[str], named: Iterable[str] = ()) -> None:
    """Wait until no other transaction is at work that has any of these names for its own; before any question.

    `own`: what this one changes for all who name it; no other has it for its own, or names it, meanwhile. `named`: what
    it only names, as many may at once: the events of a team's plans all name its few people.
    """
    if session.get_bind().dialect.name != "postgresql":  # SQLite has one writer at a time in any case
        return
    owns = dict.fromkeys(map(_queue, named), False) | dict.fromkeys(map(_queue, own), True)
    queues = sorted(owns)
    await session.execute(_TAKE, {"queues": queues, "owns": [owns[queue] for queue in queues]})


def _queue(name: str) -> int:
    return crc32(name.encode(errors="replace")) % _QUEUES
