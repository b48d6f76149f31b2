"""What a person's text means: fine, a call is wanted, stop, or something that a person must read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from service.domain.events.event import Event
from service.domain.events.payloads import CheckInReplied


class Answer(StrEnum):
    """The four things that a reply can be taken for. What is not plainly one of the first three is the last."""

    OK = "ok"
    CALL = "call"
    STOP = "stop"
    UNCLEAR = "unclear"


_OK = frozenset({"1", "one", "yes", "y", "yep", "yeah", "yes 1", "1 yes", "ok", "okay", "👍"})
_CALL = frozenset({"2", "two", "2 call", "call", "call me"})
# The words that providers act on, too, and the slips of the finger next to them. A sentence is left to a person.
_STOP = frozenset(
    {
        "stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out",
        "stopp", "sstop", "stoop", "sotp", "stpo", "tsop", "stp", "sto", "top stop", "stop stop", "unsubcribe",
        "unsuscribe", "cancell", "quitt",
    }
)  # fmt: skip
# What changes the look of a sign, not its meaning; and what may stand around a word without one.
_DRESS = re.compile("[\U0001f3fb-\U0001f3ff\ufe0e\ufe0f\u200d\u20e3]")
_AROUND = re.compile(r"[\s.,!;:'\"()\-]+")


def answer(text: str) -> Answer:
    """Read a reply. Case, spaces, full stops and the colour of a thumb do not matter; any other sign does.

    A word with something beside it that we do not know, be it a picture, is for a person to read.
    """
    plain = _DRESS.sub("", unicodedata.normalize("NFKC", text)).casefold()
    plain = " ".join(_AROUND.sub(" ", plain).split())
    if plain and set(plain) == {"👍"}:
        return Answer.OK
    for words, meaning in ((_STOP, Answer.STOP), (_OK, Answer.OK), (_CALL, Answer.CALL)):
        if plain in words:
            return meaning
    return Answer.UNCLEAR


def stops(events: Iterable[Event]) -> list[tuple[str, datetime]]:
    """Who asked for no more texts, and when, among the events of any plan."""
    return [
        (event.data.person, event.data.at or event.time)
        for event in events
        if isinstance(event.data, CheckInReplied) and answer(event.data.text) is Answer.STOP
    ]
