"""The canary: an email that planwatch sends to itself. Its arrival shows that email arrives at all."""

import re
from datetime import datetime
from email.parser import BytesHeaderParser

from notifications.message import Channel, Content, Outgoing

# A mail server may put a tag such as [EXTERNAL] before it. An answer or report that only quotes it is no canary.
_SUBJECT = re.compile(r"(?:\[[^\]]{1,40}\] ?)?planwatch canary ([0-9a-f]{32})")
_TEXT = "planwatch writes this to itself and looks whether it arrives. Nobody need read it.\n"


def canary(key: str, mark: str, address: str, now: datetime) -> Outgoing:
    """What a sender is handed, under this key. `mark`: 32 hex digits by chance, by which it is known again."""
    return Outgoing(
        channel=Channel.EMAIL,
        key=key,
        attempt_id=mark,
        message_id=mark,
        address=address,
        content=Content(f"planwatch canary {mark}", _TEXT, None),
        urgent=False,
        started_at=now,
        valid_until=None,
        before_data=_nothing_more,
    )


def mark_in(raw: bytes) -> str | None:
    """The mark of a canary. None: the email is no canary. The caller checks whether the mark is ours."""
    subject = str(BytesHeaderParser().parsebytes(raw).get("Subject", ""))
    match = _SUBJECT.fullmatch(" ".join(subject.split()))
    return match[1] if match else None


async def _nothing_more() -> None:
    """Record nothing: a canary is on record before it is handed over, and is not claimed."""
