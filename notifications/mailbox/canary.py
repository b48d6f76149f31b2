"""The canary: an email that planwatch writes to itself. That it arrives shows that email arrives at all."""

import re
from datetime import datetime
from email.parser import BytesHeaderParser

from notifications.message import Channel, Content, Outgoing

# It may be tagged on its way ([EXTERNAL]). What only names it, such as an answer or a report, has not arrived as it.
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
    """The mark of an email that is a canary; None: it is none. Whether it is one of ours, the database knows."""
    subject = str(BytesHeaderParser().parsebytes(raw).get("Subject", ""))
    found = _SUBJECT.fullmatch(" ".join(subject.split()))
    return found[1] if found else None


async def _nothing_more() -> None:
    """It is on record before it is handed over, and nobody claims it."""
