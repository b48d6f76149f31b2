"""What families text back: who answers a check-in, when, and who does not."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cli.demo.diary import at
from cli.demo.neighbours import AUNT, GRANDFATHER, GRANDMOTHER, NEIGHBOUR
from cli.demo.person import Person
from cli.demo.standins.arrivals import Received
from cli.demo.standins.sms_provider import TwilioStandin
from config.clock import Clock

ASKED_AT = "18:00"
DAYS = ("mon", "wed", "fri")
_WEEKDAYS = (0, 2, 4)
_TIME_TO_ANSWER = timedelta(hours=2)
_BETWEEN_LOOKS = 0.2  # real seconds
# How many minutes after a text each answers, and with what.
_HABITS = ((AUNT, 12, "1"), (GRANDMOTHER, 20, "1"), (GRANDFATHER, 35, "Yes"), (NEIGHBOUR, 75, "1."))
_ASKS_FOR_A_CALL = (AUNT, date(2027, 1, 11))
_SILENT = {(GRANDFATHER, date(2027, 1, 8)), (GRANDFATHER, date(2027, 1, 11))}


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody answers to the text of a day; `asked` is when that was due, `at` when the answer is sent."""

    asked: datetime
    at: datetime
    person: Person
    text: str


def replies(first: date, last: date) -> Iterator[Reply]:
    """What is answered from one day to another, in order."""
    for asked in asked_at(first, last):
        day = asked.date()
        for person, minutes, text in _HABITS:
            if (person, day) not in _SILENT:
                said = "2" if (person, day) == _ASKS_FOR_A_CALL else text
                yield Reply(asked, asked + timedelta(minutes=minutes), person, said)


def asked_at(first: date, last: date) -> Iterator[datetime]:
    """The moments at which check-ins are texted, from one day to another."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return (at(day, ASKED_AT) for day in days if day.weekday() in _WEEKDAYS)


def halts(first: date, last: date) -> list[datetime]:
    """Where a skipping clock must stand for a while: texts, their answers, and the end of the time to answer."""
    ends = {asked + _TIME_TO_ANSWER + timedelta(minutes=1) for asked in asked_at(first, last)}
    return sorted({*asked_at(first, last), *(reply.at for reply in replies(first, last)), *ends})


class Families:
    """The phones of families: they answer by the provider, as people do, and leave it to the visitor if he is first."""

    def __init__(self, script: Iterator[Reply], clock: Clock, received: Received, twilio: TwilioStandin) -> None:
        self._script = deque(script)
        self._clock, self._received, self._twilio = clock, received, twilio
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> None:
        """Answer as the hours come; ends only by being cancelled."""
        while True:
            await self.answer()
            await asyncio.sleep(_BETWEEN_LOOKS)

    async def answer(self) -> None:
        """Send what is to be answered by now to texts that have arrived."""
        async with self._one_at_a_time:
            now = self._clock.now()
            due = [reply for reply in self._script if reply.at <= now]
            for reply in due:
                texts = [text for text in self._received.phone(reply.person.mobile) if text.at >= reply.asked]
                is_asked, is_answered = any(not text.theirs for text in texts), any(text.theirs for text in texts)
                if is_asked and not is_answered:
                    await self._twilio.send_from(reply.person.mobile, reply.text)
                if is_asked or now > reply.asked + _TIME_TO_ANSWER:
                    self._script.remove(reply)
