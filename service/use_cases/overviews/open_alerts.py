"""The alerts about crossed bottom lines as they stand: who has acknowledged, and who has not."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.policy import PolicyBook
from service.domain.telling.alert_state import AlertState
from service.store.open_breaches import plans_that_may_alert
from service.use_cases.looks.alert_states import alerts_of_all


async def open_alerts(
    session: AsyncSession, book: PolicyBook, now: datetime, authority: str | None = None
) -> list[AlertState]:
    """The open alerts of all plans whose policy is known, or of an authority's, in order of plans.

    Awaited plans have some, too. What the facts are read for grows with the alerts that are open, not with all that
    there ever were.
    """
    authorities = (book.authorities if authority is None else {authority}) & book.authorities
    soon = await plans_that_may_alert(session, next_repeated(book, authorities, now))
    own_ids = [plan for plan in soon if plan.authority in authorities]
    alerts = await alerts_of_all(session, book, own_ids, now)
    return [alert for alert in alerts if not alert.settled]


def next_repeated(book: PolicyBook, authorities: Collection[str], now: datetime) -> datetime:
    """The moment by which every alert that goes on has been repeated: its plan is looked at again until then."""
    repeated = [policy.bottom_line.again_every for name in authorities for policy in book.versions(name)]
    return now + timedelta(minutes=max(repeated, default=0))
