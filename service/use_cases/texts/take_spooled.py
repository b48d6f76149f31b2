"""Take in the spool: callbacks that came while the database was away are taken in as if they came now."""

from collections.abc import Mapping
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError

from config.database import Sessions, refuses_data, transaction
from notifications.outbox.ending import Undelivered
from notifications.providers.report import DeliveryReport, fault_number
from notifications.providers.senders import PROVIDERS
from service.domain.calendar import local_day
from service.domain.policy import PolicyBook
from service.files.spool import Spool, SpoolEntry
from service.use_cases.delivery.receive_delivery_report import receive_delivery_report
from service.use_cases.operations.notify_operator import OperationsCode, notify_operator
from service.use_cases.texts.receive_text import store_text

_log = structlog.get_logger(__name__)


def spooled_text(provider: str, provider_id: str, body: object, now: datetime) -> SpoolEntry:
    """A text that came in, for the spool."""
    return {"text": [provider, provider_id, body], "at": now.isoformat()}


def spooled_report(report: DeliveryReport) -> SpoolEntry:
    """A delivery report, for the spool: in the words of the first release, which may find it after going back."""
    word = {
        "provider": report.provider,
        "id": report.provider_id,
        "status": report.status,
        "attempt": report.attempt_id,
        "reference": report.outside_id,
        "error": report.error,
    }
    return {"word": word, "at": report.at.isoformat()}


async def take_spooled(sessions: Sessions, book: PolicyBook, tell: Undelivered, spool: Spool, now: datetime) -> bool:
    """Store everything in the spool. False: it was empty.

    Each entry is for itself: one that cannot be stored is put aside, and the configuration owner is told. If the
    database is in trouble, everything stays for the next time; what is stored already counts once.
    """
    entries = spool.take()
    refused = [entry for entry in entries if not await _take_for_itself(sessions, tell, entry, now)]
    for entry in refused:
        place = spool.put_aside(entry)
        _log.error("spooled_call_put_aside", place=str(place))
    if refused:
        async with transaction(sessions) as session:
            occasion = f"spool {local_day(now)}"
            figures = {"calls_of_providers": len(refused)}
            await notify_operator(session, book, OperationsCode.PUT_ASIDE, occasion, now, figures=figures)
    spool.done()
    return bool(entries)


async def _take_for_itself(sessions: Sessions, tell: Undelivered, entry: SpoolEntry, now: datetime) -> bool:
    """Whether an entry is stored; False: it cannot be. Raises DBAPIError where the database is in trouble."""
    try:
        await _take(sessions, tell, entry, now)
    except DBAPIError as error:
        if not refuses_data(error):
            raise
        fault: Exception = error
    except Exception as error:  # noqa: BLE001 - whatever one entry causes, the entries behind it are taken
        fault = error
    else:
        return True
    _log.error("spooled_call_not_stored", fault=type(fault).__name__)
    return False


async def _take(sessions: Sessions, tell: Undelivered, entry: SpoolEntry, now: datetime) -> None:
    if "text" in entry:
        provider, provider_id, body = entry["text"]
        await store_text(sessions, provider, provider_id, body, datetime.fromisoformat(entry["at"]))
    elif report := _report(entry["word"], now):
        await receive_delivery_report(sessions, tell, report)


def _report(word: Mapping[str, str | None], now: datetime) -> DeliveryReport | None:
    """A delivery report as it was spooled. None: no word of this provider's."""
    provider, status = str(word["provider"]), str(word["status"])
    standing = PROVIDERS[provider].statuses.get(status)
    if standing is None:
        return None
    return DeliveryReport(
        provider,
        status,
        standing,
        now,
        provider_id=word["id"],
        attempt_id=word.get("attempt"),
        outside_id=word.get("reference"),
        error=fault_number(word.get("error")),
    )
