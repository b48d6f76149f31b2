"""Tell the configuration owners what the auditor found: all of it in one message, again after a day."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, reading, transaction
from service.domain.policy import PolicyBook
from service.sentinel.codes import CODES
from service.store import findings, plans
from service.store.findings import Finding
from service.use_cases.operations.notify_operator import OperationsCode, notify_operator

_AGAIN_AFTER = timedelta(hours=24)
# What mends itself meanwhile need not be told: a restart, a slow provider.
_LASTS_URGENT = timedelta(seconds=60)
_LASTS = timedelta(minutes=5)
_URGENT = frozenset(code for code, meaning in CODES.items() if meaning.urgent)


async def tell_findings(sessions: Sessions, book: PolicyBook, now: datetime) -> int:
    """Put a message for each authority's owner into the outbox where there is anything new; how many findings."""
    async with reading(sessions) as session:
        if not await _new(session, now):
            return 0
    async with transaction(sessions) as session:
        new = await _new(session, now)
        for authority in await plans.in_use(session, book.authorities):
            theirs = [one for one in new if one.authority in (None, authority)]
            if theirs:
                await _tell(session, book, authority, theirs, now)
        await findings.told(session, new, now)
    return len(new)


async def _new(session: AsyncSession, now: datetime) -> list[Finding]:
    return await findings.to_tell(session, _URGENT, now - _LASTS_URGENT, now - _LASTS, now - _AGAIN_AFTER)


async def _tell(
    session: AsyncSession, book: PolicyBook, authority: str, some: Sequence[Finding], now: datetime
) -> None:
    figures = dict(sorted(Counter(one.code for one in some).items()))
    urgent = not _URGENT.isdisjoint(figures)
    occasion = f"{now:%Y-%m-%dT%H:%M:%S}Z"
    await notify_operator(
        session, book, OperationsCode.FINDINGS, occasion, now, figures=figures, authority=authority, urgent=urgent
    )
