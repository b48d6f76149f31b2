"""Take in the spool: callbacks that came while the database was away are taken in as if they came now."""

from collections.abc import Mapping
from datetime import datetime

from config.database import Sessions
from notifications.outbox.deliver import Undelivered
from notifications.providers.report import DeliveryReport, fault_number
from notifications.providers.senders import PROVIDERS
from service.files.spool import Spool, SpoolEntry
from service.use_cases.delivery.receive_delivery_report import receive_delivery_report
from service.use_cases.texts.receive_text import store_text


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


async def take_spooled(sessions: Sessions, tell: Undelivered, spool: Spool, now: datetime) -> bool:
    """Store everything in the spool. False: it was empty. If storing fails, everything stays for the next time."""
    entries = spool.take()
    for entry in entries:
        if "text" in entry:
            provider, provider_id, body = entry["text"]
            await store_text(sessions, provider, provider_id, body, datetime.fromisoformat(entry["at"]))
        elif report := _report(entry["word"], now):
            await receive_delivery_report(sessions, tell, report)
    spool.done()
    return bool(entries)


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
