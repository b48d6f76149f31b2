"""How long a provider that answers over HTTP asks to be left alone."""

from collections.abc import Mapping
from datetime import timedelta


def patience(headers: Mapping[str, str]) -> timedelta | None:
    """What `Retry-After` asks for; None where it is absent or a date, which no provider of ours sends."""
    asked = headers.get("Retry-After", "")
    return timedelta(seconds=int(asked)) if asked.isdecimal() else None
