"""Receive a delivery report: how far a provider says that a message of ours has come, never a step back.

That it has the message settles an attempt of unknown outcome. That the message has not arrived after all is told like
a refusal at the door: to a person, and an alert goes on another way.
"""

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import Sessions, transact
from notifications.errors import Blocked, NotGone, RefusesUs, Undeliverable
from notifications.message import State
from notifications.outbox.delivery_report import attempt_reported, did_not_arrive, has_it
from notifications.outbox.ending import Undelivered
from notifications.providers.report import DeliveryReport
from notifications.providers.senders import PROVIDERS
from service.store import delivery_reports

_ENDED = (State.UNDELIVERABLE, State.FAILED)
_log = structlog.get_logger(__name__)


async def receive_delivery_report(sessions: Sessions, tell: Undelivered, report: DeliveryReport) -> bool:
    """Keep what is news; False where it is known, or older than what is known.

    `tell` is told, in the same transaction, of a message that has not arrived; once, however often this is said.
    """
    return await transact(sessions, lambda session: _take(session, tell, report))


async def _take(session: AsyncSession, tell: Undelivered, report: DeliveryReport) -> bool:
    attempt = await attempt_reported(session, report)
    if not await delivery_reports.note(session, report, attempt.id if attempt else None):
        return False
    if attempt is None:
        _log.warning("receipt_of_a_stranger", provider=report.provider, id=report.id)
        return True
    await has_it(session, attempt, report.id, report.at)
    if report.standing.arrived:
        return True
    refusal = _refusal(report)
    row = await did_not_arrive(session, attempt, refusal, report.at)
    if row is not None and row.state in _ENDED:
        await tell(session, row, refusal)
    return True


def _refusal(report: DeliveryReport) -> NotGone:
    provider, number = PROVIDERS[report.provider], f" ({report.error})" if report.error else ""
    words = f"{report.provider} took it and could not deliver it: {report.status}{number}"
    if provider.ours & {report.error, report.status}:
        return RefusesUs(words, report.provider, report.error or report.status)
    return Blocked(words) if report.error in provider.blocked else Undeliverable(words)
