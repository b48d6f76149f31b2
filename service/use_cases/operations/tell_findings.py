"""Tell the configuration owners what the sentinel finds: all of it in one message, and again after a day or a week."""

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
# Faults that end sooner need not be told: a restart, a slow provider.
_LASTS_URGENT = timedelta(seconds=60)
_LASTS = timedelta(minutes=5)
_URGENT = frozenset(code for code, meaning in CODES.items() if meaning.urgent)
_WEEKLY = frozenset(code for code, meaning in CODES.items() if meaning.weekly)


async def tell_findings(sessions: Sessions, book: PolicyBook, now: datetime) -> int:
    """Queue a message for the owner of each authority that has new findings. Returns how many findings are new."""
    async with reading(sessions) as session:
        if not await _new(session, now):
            return 0
    async with transaction(sessions) as session:
        new = await _new(session, now)
        for authority in await plans.in_use(session, book.authorities):
            concerning = [finding for finding in new if finding.authority in (None, authority)]
            if concerning:
                await _tell(session, book, authority, concerning, now)
        await findings.told(session, new, now)
    return len(new)


async def _new(session: AsyncSession, now: datetime) -> list[Finding]:
    return await findings.to_tell(session, _URGENT, now - _LASTS_URGENT, now - _LASTS, now - _AGAIN_AFTER, _WEEKLY)


async def _tell(session: AsyncSession, book: PolicyBook, authority: str, new: Sequence[Finding], now: datetime) -> None:
    figures = dict(sorted(Counter(finding.code for finding in new).items()))
    urgent = not _URGENT.isdisjoint(figures)
    occasion = f"{now:%Y-%m-%dT%H:%M:%S}Z"
    await notify_operator(
        session, book, OperationsCode.FINDINGS, occasion, now, figures=figures, authority=authority, urgent=urgent
    )
