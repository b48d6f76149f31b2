"""Tokens by which systems report events: those that end soon, and those that have ended and are still sent."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service.sentinel.finding import MOST, Asked, AuditFinding
from service.sentinel.working_days import local_date
from service.store.credentials import token

_SOON = timedelta(days=30)
_STILL_SENT = timedelta(hours=1)


async def ending(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Tokens that are good, and are not after the next 30 days."""
    today = local_date(context.now)
    soon = (token.c.revoked_at.is_(None), token.c.ends_on >= today, token.c.ends_on <= today + _SOON)
    rows = await session.execute(select(token.c.name, token.c.authority, token.c.ends_on).where(*soon).limit(MOST))
    return [
        AuditFinding("token_ends_soon", name, f"is good until {ends_on:%F}", authority)
        for name, authority, ends_on in rows
    ]


async def ended(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
    """Tokens that were sent within the last hour although they had ended: what came with them was refused."""
    columns = (token.c.name, token.c.authority, token.c.ends_on, token.c.revoked_at, token.c.refused_at)
    rows = await session.execute(select(*columns).where(token.c.refused_at > context.now - _STILL_SENT).limit(MOST))
    return [
        AuditFinding(
            "token_ended",
            row.name,
            f"ended {row.revoked_at or row.ends_on:%F}, and was sent {row.refused_at:%F %H:%M}Z",
            row.authority,
        )
        for row in rows
    ]
