"""What a look brings out beside messages: digest lines, what was withheld, problems; and the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from notifications.message import Channel, Purpose
from service.domain.own_id import OwnId


class LineGroup(NamedTuple):
    """What goes into one email: the lines of a template for one person of an authority."""

    template: str
    authority: str
    person: str

    @property
    def own_id(self) -> OwnId:
        """The person whom it is for."""
        return OwnId(self.authority, self.person)


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One line for a person's next digest, or for another email that is gathered; `template` says for which.

    `plan` and `obligation` are None for a line about neither.
    """

    key: str
    plan: str | None
    authority: str
    role: str
    person: str
    at: datetime
    obligation: str | None
    about: Mapping[str, object]
    item: Mapping[str, object]
    starts: bool = False
    channel: Channel = Channel.EMAIL
    template: str = "digest"

    @property
    def group(self) -> LineGroup:
        """The lines with which it goes into one email."""
        return LineGroup(self.template, self.authority, self.person)


@dataclass(frozen=True, slots=True)
class Withheld:
    """A message that a contact rule held back, and the reason."""

    key: str
    at: datetime
    authority: str
    plan: str | None
    to: str
    purpose: Purpose
    reason: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something for a person to mend. `detail` names roles and ids, never people.

    `authority` is whose it is; None where it concerns planwatch itself.
    """

    key: str
    at: datetime
    authority: str | None
    plan: str | None
    code: str
    detail: str


class Handed(NamedTuple):
    """A text that was handed over: when that began, and when the provider had surely got it."""

    began: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """How far texts are known, theirs and ours.

    `until`: what came in before this moment is among the facts; None: we have listened without a break. `texts`: the
    check-in texts by the key of their day: handed over, or None for not yet; what is missing went when it was told.
    """

    until: datetime | None = None
    texts: Mapping[str, Handed | None] = field(default_factory=dict)


LISTENING = Heard()


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was seen and told of one plan: key → since when it is known; key → its moment."""

    seen: Mapping[str, datetime] = field(default_factory=dict)
    told: Mapping[str, datetime] = field(default_factory=dict)


NOTHING_TOLD = Ledger()
