"""The audit: who saw and changed what. Rows are added, and nothing here changes or removes one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from service.store.access_tables import audit_entry as entries
from service.store.tables import NO_AUTHORITY


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit. `person` is who did it (None: an operator, or nobody who was signed in)."""

    at: datetime
    authority: str | None
    person: str | None
    action: str
    plan: str | None = None
    about: str | None = None
    detail: str | None = None
    number: int = 0  # in the order of their coming; 0: it is not stored yet


async def add(session: AsyncSession, entry: AuditEntry) -> None:
    """Append a line."""
    values = {name: getattr(entry, name) for name in _NAMES} | {"authority": entry.authority or NO_AUTHORITY}
    await session.execute(insert(entries).values(values))


async def latest(session: AsyncSession, authority: str, limit: int, before: int | None = None) -> Sequence[AuditEntry]:
    """An authority's lines, the newest first; `before`: older than the line of this number."""
    conditions = [entries.c.authority == authority]
    if before is not None:
        conditions.append(entries.c.number < before)
    columns = [*(entries.c[name] for name in _NAMES), entries.c.number]
    rows = await session.execute(select(*columns).where(*conditions).order_by(entries.c.number.desc()).limit(limit))
    return [AuditEntry(*row) for row in rows]


_NAMES = ("at", "authority", "person", "action", "plan", "about", "detail")
