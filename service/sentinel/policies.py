"""Policies: what is wrong with the files of the processes at work, as each of them says."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.sentinel.finding import Asked, AuditFinding
from service.store.tables import process

_LIVES = timedelta(seconds=60)


async def refused(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Files that a process has refused, or that are older than what is in force: each once, whoever has it."""
    rows = await session.scalars(
        select(process.c.policy_faults).where(
            process.c.seen_at > context.now - _LIVES, process.c.policy_faults.is_not(None)
        )
    )
    faults = sorted({(code, authority or "", detail) for faults in rows for code, authority, detail in faults})
    return [
        AuditFinding(code, f"{authority}|{detail}", detail, authority or None) for code, authority, detail in faults
    ]
