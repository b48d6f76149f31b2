"""What a provider says later of a message that it took."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

_FAULT = re.compile(r"\d{1,8}")


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """How far along a message is by a word of its provider."""

    #: It grows along a message's life. The furthest are ends, and the first of them to come stays.
    rank: int
    #: Whether it arrived, or may still arrive. False: it will not.
    arrived: bool = True


Statuses = Mapping[str, ProviderStatus]  # by the provider's own word


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """How far a provider says that one message has come, and by what it names it."""

    provider: str
    #: Its own word for how far.
    status: str
    #: What that word means.
    standing: ProviderStatus
    #: When we were told, aware.
    at: datetime
    #: Its id for the message. None: it says none, as a mail server that returns an email.
    provider_id: str | None = None
    #: Our id for the attempt, where it repeats that.
    attempt_id: str | None = None
    #: The id by which the world sees the message, where it repeats that.
    outside_id: str | None = None
    #: The number of its fault: nothing that anybody wrote.
    error: str | None = None

    @property
    def id(self) -> str:
        """What all reports of this provider about this message have in common."""
        return self.provider_id or self.outside_id or ""


class MalformedCallback(ValueError):  # noqa: N818 - named by what was received
    """A call that cannot be read. Its words say why, and repeat nothing of it."""


def fault_number(text: str | None) -> str | None:
    """The number of a provider's fault; what else stands in its place is not repeated."""
    return text if text and _FAULT.fullmatch(text) else None
