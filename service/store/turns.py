"""Turns: transactions that are about the same plans or persons go one after the other, as all do on SQLite.

Without them, on PostgreSQL, an event could be put aside to wait for its plan while another process introduces the
plan, neither seeing the other, and would wait for ever.
"""

from collections.abc import Iterable
from zlib import crc32

from sqlalchemy import Integer, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

_OURS = 7_526_003  # any number that is ours: PostgreSQL's locks of this kind are told apart by it
_QUEUES = 256  # a large file names thousands of plans, and the server has room for some thousand locks
# In the order of the list, so that of two who want the same queues neither waits for the other.
_TAKE = text("SELECT pg_advisory_xact_lock(:ours, queue) FROM unnest(:queues) AS queue").bindparams(
    bindparam("ours", _OURS, Integer), bindparam("queues", type_=ARRAY(Integer))
)


async def take(session: AsyncSession, names: Iterable[str]) -> None:
    """Wait until no other transaction that has taken a turn for one of these names is at work; before any question."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer at a time in any case
        queues = sorted({crc32(name.encode(errors="replace")) % _QUEUES for name in names})
        await session.execute(_TAKE, {"queues": queues})
