"""What has arrived on the receiving side: emails and texts, in the order of arrival."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from config.clock import Clock

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

    @property
    def ticket(self) -> str:
        """The queue id that the mail server answered with, as the service keeps it."""
        return f"M{self.number:06}"


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it stands on a phone; `theirs` is one that the phone's owner has sent."""

    number: int
    at: datetime
    phone: str
    body: str
    sid: str
    theirs: bool = False

    @property
    def code(self) -> str | None:
        """The code that the text asks to be sent back, where it has one."""
        match = _CODE.search(self.body)
        return match[1] if match and not self.theirs else None


Arrival = Mail | Text


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
