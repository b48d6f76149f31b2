"""The words used on the way out: what is asked for, what stands in the outbox, what a sender is handed.

The core of the service uses them too. So this module imports only the standard library and the row of a channel.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notifications.channels.spec import Channel as Channel


class Purpose(StrEnum):
    """What a message is for."""

    REMINDER = "reminder"
    DIGEST = "digest"
    OVERDUE = "overdue"
    ESCALATION = "escalation"
    ALERT = "alert"
    CHECK_IN = "check_in"
    NOTICE = "notice"
    REPLY = "reply"


class State(StrEnum):
    """How a message in the outbox stands.

    queued ──► claimed ──► sent            the provider took it
       ▲          │  └────► undeliverable   the address or the text was refused for good
       │          │  └────► failed          given up: the reason says why
       │          │  └────► withheld        the last check, its own time limit, or the number's STOP said no
       ├── again ─┤  └────► held            it may have gone, and a person must decide
       └─ unknown ┘                         it may have gone, and goes again after a cool-off
    queued, claimed, unknown ──► withdrawn  an older copy of the database came back: it may have gone before
    """

    QUEUED = "queued"
    CLAIMED = "claimed"
    SENT = "sent"
    UNKNOWN = "unknown"
    HELD = "held"
    WITHHELD = "withheld"
    WITHDRAWN = "withdrawn"
    UNDELIVERABLE = "undeliverable"
    FAILED = "failed"


class Phase(StrEnum):
    """How far an attempt got: before `DATA` nothing can have left, after `ANSWERED` the outcome is known."""

    STARTED = "started"
    DATA = "data"
    ANSWERED = "answered"


class Outcome(StrEnum):
    """What became of an attempt: the first two have gone, the last may have, the others have not."""

    ACCEPTED = "accepted"
    FOUND = "found"  # unknown at first; the provider has it
    NOT_FOUND = "not_found"  # unknown at first; asked twice, the provider does not have it
    TRY_LATER = "try_later"
    NOT_SENT = "not_sent"
    UNDELIVERABLE = "undeliverable"
    MISCONFIGURED = "misconfigured"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Content:
    """What a person will read; a text message has neither subject nor HTML."""

    subject: str | None
    text: str
    html: str | None

    def without(self, secrets: Sequence[str]) -> "Content":
        """The content as it is kept: what lets its reader in somewhere is left out."""
        content = self
        for secret in secrets:
            html = content.html.replace(secret, LEFT_OUT) if content.html is not None else None
            content = Content(content.subject, content.text.replace(secret, LEFT_OUT), html)
        return content


LEFT_OUT = "…"


@dataclass(frozen=True, slots=True)
class Message:
    """What the service asks to be told; it becomes one row of the outbox."""

    key: str  # unique within its authority, made from ids and ISO dates only
    channel: Channel
    purpose: Purpose
    urgent: bool
    plan: str | None
    authority: str
    role: str
    person: str  # an id; who is really told is worked out when it is sent
    about: tuple[Mapping[str, object], ...]
    template: str
    context: Mapping[str, object]  # of what JSON can hold
    at: datetime  # due, aware
    valid_until: datetime | None = None  # never handed over from this moment on; None: always, late if need be
    family: bool = False  # with an unknown outcome it is held for a person, never sent again
    # Keys of what it speaks of, in the service's own ledger; None: it can speak of none.
    obligations: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """Its name for good among the messages of all authorities."""
        return f"{self.authority}/{self.key}"


@dataclass(frozen=True, slots=True)
class Send:
    """The last check's yes: to whom, where, with what."""

    person: str
    address: str
    context: Mapping[str, object]
    language: str = "en"  # BCP 47
    secrets: tuple[str, ...] = ()  # parts of its text that are handed over, and never stored


@dataclass(frozen=True, slots=True)
class Hold:
    """The last check's no, for good; the reason is stored with the message."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """The last check's not yet: it waits until `at`, aware, and is checked again; no attempt is counted."""

    at: datetime


Decision = Send | Hold | Later


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message as it stands in the outbox; what was last handed to a sender is frozen in it."""

    id: str
    message: Message
    state: State
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    settled_at: datetime | None
    reason: str | None
    sent_to: str | None  # person
    address: str | None
    content: Content | None
    first_attempt_at: datetime | None
    unknown_since: datetime | None  # start of the first attempt that may have gone
    outside_id: str | None = None  # the name by which the world sees it, once it was tried

    def seen_as(self, secret: bytes) -> str:
        """The name by which the world sees it: the same for every attempt, in every database with this secret."""
        return self.outside_id or outside_id_of(self.message.name, secret)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at handing a message over; its id is what the provider is told."""

    id: str
    authority: str  # its message's
    message_id: str
    n: int
    phase: Phase
    outcome: Outcome | None
    provider: str | None  # where it was handed over, or was to be
    provider_id: str | None
    error: str | None  # the class of the failure
    looked_up: int  # how often its provider was asked for it in vain
    worker: str
    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What a sender is handed: all that it needs for one attempt, and nothing about plans."""

    channel: Channel
    key: str
    attempt_id: str  # 32 hex digits, new for each attempt
    message_id: str  # 32 hex digits, the same for every attempt at one message
    address: str
    content: Content
    urgent: bool
    started_at: datetime
    valid_until: datetime | None
    # To be awaited at the last moment at which nothing can have left. What it raises must be let through.
    before_data: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Sought:
    """An attempt that may have gone, by all that its provider could know it by."""

    channel: Channel
    attempt_id: str
    message_id: str  # as the provider was told it
    address: str
    content: Content
    started_at: datetime
    other_ids: frozenset[str] = frozenset()  # the provider's ids of other attempts


@dataclass(frozen=True, slots=True)
class ReceivedText:
    """A text that a provider got for us, as it tells when it is asked."""

    provider_id: str
    number: str  # whose it is, as the provider has it
    text: str
    at: datetime  # when the provider got it, aware


def message_id_of(name: str) -> str:
    """The id in the outbox of the message with this name: 32 hex digits, the same in every database."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


OUTSIDE_SECRET = b"planwatch"


def outside_id_of(name: str, secret: bytes) -> str:
    """The id under which the world sees the message of this name, which cannot be guessed back: 32 hex digits."""
    return hmac.new(secret, name.encode(), hashlib.sha256).hexdigest()[:32]
