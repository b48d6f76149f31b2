"""What GOV.UK Notify calls us with, believed with our token: JSON about a message of ours, or a text that came in."""

import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from config.settings import current_secrets
from notifications.providers.notify.statuses import STATUSES
from notifications.providers.report import DeliveryReport, MalformedCallback

_ID = re.compile(r"[!-~]{1,64}")
_OUTSIDE_ID = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"[1-9]\d{6,14}")


def is_known(given: str, tokens: SecretStr) -> bool:
    """Whether a token is one of ours."""
    # Each is compared, whatever the first gives: the time taken tells nothing.
    return any([hmac.compare_digest(given.encode(), token.encode()) for token in current_secrets(tokens)])  # noqa: C419


def read_object(body: bytes) -> Mapping[str, Any]:
    """The object in a call. What a person wrote stands in it, so that no character is refused.

    Raises `MalformedCallback`.
    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise MalformedCallback("The body is no JSON object.")
    return fields


def message_id(fields: Mapping[str, Any]) -> str:
    """Notify's id of the message or text. Raises `MalformedCallback`."""
    provider_id = _text(fields, "id")
    if not _ID.fullmatch(provider_id):
        raise MalformedCallback("id is missing.")
    return provider_id


def text_of(fields: Mapping[str, Any]) -> Mapping[str, str]:
    """A text that came in, in the words that those of every provider are kept in."""
    number = _text(fields, "source_number")
    return {
        "From": f"+{number}" if _NUMBER.fullmatch(number) else number,
        "To": _text(fields, "destination_number"),
        "Body": _text(fields, "message"),
        "At": _text(fields, "date_received"),
    }


def report_of(fields: Mapping[str, Any], at: datetime) -> DeliveryReport | None:
    """How far a message of ours has come. None: Notify has no such word. Raises `MalformedCallback`."""
    provider_id, status = message_id(fields), _text(fields, "status")
    standing = STATUSES.get(status)
    if standing is None:
        return None
    reference = _text(fields, "reference")
    outside_id = reference if _OUTSIDE_ID.fullmatch(reference) else None
    return DeliveryReport("notify", status, standing, at, provider_id=provider_id, outside_id=outside_id)


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
