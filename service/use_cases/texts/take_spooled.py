"""Take what was spooled: what providers called us with while the database was away goes in as if it came now."""

from dataclasses import asdict
from datetime import datetime

from config.database import Sessions
from service.files.spool import Entry, Spool
from service.use_cases.delivery.receive_delivery_report import Word, receive_delivery_report
from service.use_cases.delivery.undeliverable import Undelivered
from service.use_cases.texts.receive_text import store_text


def spooled_text(provider: str, provider_id: str, body: object, now: datetime) -> Entry:
    """A text that came in, for the spool."""
    return {"text": [provider, provider_id, body], "at": now.isoformat()}


def spooled_word(word: Word, now: datetime) -> Entry:
    """What a provider says of a message, for the spool."""
    return {"word": asdict(word), "at": now.isoformat()}


async def take_spooled(sessions: Sessions, tell: Undelivered, spool: Spool, now: datetime) -> bool:
    """Store all that is in the spool; whether there was anything. What fails now is all there the next time."""
    found = spool.take()
    for entry in found:
        if "text" in entry:
            provider, provider_id, body = entry["text"]
            await store_text(sessions, provider, provider_id, body, datetime.fromisoformat(entry["at"]))
        else:
            await receive_delivery_report(sessions, tell, Word(**entry["word"]), now)
    spool.done()
    return bool(found)
