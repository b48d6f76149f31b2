"""What the refusals of GOV.UK Notify mean: of the number or address, of the text, or of us."""

import re
from collections.abc import Sequence
from datetime import timedelta

import httpx2

from notifications.errors import ContentRefused, DeliveryError, RefusesUs, TryLater, Undeliverable, Unknown
from notifications.providers.sender import retry_after

PROVIDER = "notify"
_RATE_LIMIT = timedelta(seconds=15)  # it counts the requests of a minute
_DAILY_LIMIT = timedelta(minutes=5)  # lifted at midnight, or by Notify's people when they are asked

# What Notify says when it refuses a request (400), by its words: the first that fits says what is to be done. None: it
# is us whom it refuses, as it does wherever its words are not known.
_REFUSALS: Sequence[tuple[str, type[DeliveryError] | None, str]] = (
    (r"trial mode", None, "our service there is in trial mode and sends to its own team only"),
    (r"team.only", None, "our key is one that sends to our own team only"),
    (r"longer than|character count|is empty", ContentRefused, "the text is empty or too long"),
    (r"^(phone_number|email_address) is a required|reply_to|sender_id", None, "our request is not as it should be"),
    (r"^(phone_number|email_address)\b", Undeliverable, "the number or address is none that it can reach"),
    (r"international|not allowed to send", None, "our service there may not send this, or not abroad"),
    (r"template|personalisation", None, "our template there is not as `planwatch docs settings` asks for it"),
)


def refusal(answer: httpx2.Response) -> DeliveryError:
    """What an answer that is no success means."""
    status, (kind, words) = answer.status_code, _said(answer)
    if status == httpx2.codes.TOO_MANY_REQUESTS:
        usual = _DAILY_LIMIT if "today" in words else _RATE_LIMIT
        return TryLater("Notify asks for patience", retry_after(answer.headers) or usual)
    if status >= httpx2.codes.INTERNAL_SERVER_ERROR or status == httpx2.codes.REQUEST_TIMEOUT:
        return Unknown(f"Notify failed and did not say whether it has it ({status})")
    if status == httpx2.codes.BAD_REQUEST:
        for pattern, error, meaning in _REFUSALS:
            if re.search(pattern, words, re.IGNORECASE):
                text = f"Notify refuses it: {meaning}"
                return error(text) if error else RefusesUs(text, PROVIDER, str(status))
        return RefusesUs(f"Notify refuses it ({kind})", PROVIDER, str(status))
    if "clock" in words:
        return RefusesUs("Notify refuses us: our clock is more than 30 seconds from its own", PROVIDER, "clock")
    return RefusesUs(f"Notify refuses us ({kind} {status})", PROVIDER, str(status))


def _said(answer: httpx2.Response) -> tuple[str, str]:
    """The kind of a refusal and its words, which may name a person and are never repeated."""
    try:
        refused = answer.json()["errors"][0]
        kind, words = str(refused["error"]), str(refused["message"])
    except (ValueError, LookupError, TypeError):
        return "no reason", ""
    return (kind if re.fullmatch(r"[A-Za-z]{1,40}", kind) else "no reason"), words
