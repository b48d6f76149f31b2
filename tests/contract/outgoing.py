"""A message as a sender is handed it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from notifications.message import Channel, Content, Outgoing, Sought

NOW = datetime(2026, 12, 18, 8, 30, tzinfo=UTC)
ADDRESSES = {"email": "worker@example.org", "mobile": "+447700900456"}  # by the field of a record


async def nothing() -> None:
    """What happens before the data: nothing."""


def outgoing(channel: Channel, **changed: Any) -> Outgoing:
    """A message to a worker; `changed` in some of its fields."""
    usual = Outgoing(
        channel=channel,
        key="digest/w-sw/2026-12-18",
        attempt_id="a" * 32,
        message_id="b" * 32,
        address=ADDRESSES[channel.spec.address_field],
        content=Content(
            "P-1001: for today", "P-1001: social worker visit\n.\n", "<p>P-1001: social worker visit</p>\n"
        ),
        urgent=False,
        started_at=NOW,
        valid_until=None,
        before_data=nothing,
    )
    return replace(usual, **changed)


def sought(given: Outgoing, **changed: Any) -> Sought:
    """What a provider is asked for after an attempt at this."""
    usual = Sought(
        channel=given.channel,
        attempt_id=given.attempt_id,
        message_id=given.message_id,
        address=given.address,
        content=given.content,
        started_at=given.started_at,
    )
    return replace(usual, **changed)
