"""What is known of a provider without loading its library: one row each, in the `__init__.py` of its folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from config.settings import Settings
from notifications.channels.spec import Channel
from notifications.providers.report import Statuses
from notifications.providers.sender import Sender


@dataclass(frozen=True, slots=True)
class Way:
    """How one channel goes by a provider."""

    #: The settings without which it is not set up, in words.
    needs: str
    #: Its sender; None where it is not set up. It loads the provider's library, which takes a good part of a second.
    make: Callable[[Settings], Sender | None]


@dataclass(frozen=True, slots=True)
class CallbackFault:
    """Why a provider's calls would not be taken, and what to do."""

    finding: str
    do: str


def _no_fault(_: Settings) -> Sequence[CallbackFault]:
    return ()


@dataclass(frozen=True, slots=True)
class Provider:
    """One row."""

    #: As settings, attempts and delivery reports have it.
    name: str
    #: The channels that go by it.
    ways: Mapping[Channel, Way]
    #: What to do where it does not let us in: the settings to look at, and its own status page.
    look_at: str
    #: Its words for how far a message has come, in the order of a message's life; none where it does not say.
    statuses: Statuses = field(default_factory=dict)
    #: The numbers of faults by which it says that it keeps a number from us, which has asked it for no more texts.
    blocked: frozenset[str] = frozenset()
    #: The numbers of faults, and its words, by which it says later that we are why a message has not arrived.
    ours: frozenset[str] = frozenset()
    #: How long an attempt at it can still be alive, where that is another time than its channel's.
    cool_off: timedelta | None = None
    #: Whether it calls us with reports and received texts.
    calls_back: bool = False
    #: Why its calls would be refused as we are set up.
    callback_faults: Callable[[Settings], Sequence[CallbackFault]] = _no_fault
