"""What has arrived on the receiving side: emails and texts, in the order of arrival."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import ClassVar, TypeVar

from config.clock import Clock

_URGENT = "URGENT "
_CODE = re.compile(r"Reply (\d{6})")


@dataclass(frozen=True, slots=True)
class Mail:
    """An email as it lies in an inbox. `at` is when it arrived, by the demonstration's clock, in UTC."""

    number: int
    at: datetime
    to: str
    sender: str
    subject: str
    text: str
    html: str | None
    theirs: ClassVar[bool] = False

    @property
    def ticket(self) -> str:
        """What the mail server answered with, as the service keeps it."""
        return f"2.0.0 Ok: queued as M{self.number:06}"


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it stands on a phone; `theirs` is one that the phone's owner has sent."""

    number: int
    at: datetime
    phone: str
    body: str
    ticket: str  # the provider's id of it
    theirs: bool = False

    @property
    def code(self) -> str | None:
        """The code that the text asks to be sent back, where it has one."""
        match = _CODE.search(self.body)
        return match[1] if match and not self.theirs else None


Arrival = Mail | Text
Arrived = TypeVar("Arrived", Mail, Text)


def folded(arrivals: Sequence[Arrived], *, newest_first: bool) -> list[tuple[Arrived, Sequence[Arrived]]]:
    """The arrivals in their order; of alerts that follow one another about one crossing the newest, and the earlier."""
    groups = [list(alike) for _, alike in groupby(arrivals, _alert)]
    return [(group[0], group[1:]) if newest_first else (group[-1], group[:-1]) for group in groups]


def _alert(arrival: Mail | Text) -> tuple[str, int]:
    """What is the same in all alerts about one crossing; for anything else a name of its own."""
    if isinstance(arrival, Mail):
        opening, end = arrival.subject, ", "
    else:
        opening, end = arrival.body, ". "
    if not opening.startswith(_URGENT) or arrival.theirs:
        return "", arrival.number
    return opening.partition(end)[0], 0


class Arrivals:
    """Every inbox and phone there is, by address and number."""

    def __init__(self, clock: Clock) -> None:
        """Arrivals are marked with the clock's time; their numbers run on over emails and texts together."""
        self._clock = clock
        self._arrivals: list[Arrival] = []

    @property
    def latest(self) -> int:
        """The number of the newest arrival; 0 before the first."""
        return len(self._arrivals)

    def add_mail(self, to: str, sender: str, subject: str, text: str, html: str | None) -> Mail:
        """An email has arrived."""
        mail = Mail(self.latest + 1, self._clock.now(), to, sender, subject, text, html)
        self._arrivals.append(mail)
        return mail

    def add_text(self, phone: str, body: str, sid: str, *, theirs: bool = False) -> Text:
        """A text has arrived on a phone, or was sent from it."""
        text = Text(self.latest + 1, self._clock.now(), phone, body, sid, theirs)
        self._arrivals.append(text)
        return text

    def after(self, number: int = 0) -> list[Arrival]:
        """What arrived after a number, oldest first."""
        return self._arrivals[number:]

    def inbox(self, address: str) -> list[Mail]:
        """One person's emails, newest first."""
        return [item for item in reversed(self._arrivals) if isinstance(item, Mail) and item.to == address]

    def phone(self, number: str) -> list[Text]:
        """One phone's texts, oldest first."""
        return [item for item in self._arrivals if isinstance(item, Text) and item.phone == number]
