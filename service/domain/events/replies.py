"""What a person's text means: fine, a call is wanted, stop, or something that a person must read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from service.domain.events.event import Event
from service.domain.events.payloads.check_ins import CheckInReplied


class ReplyMeaning(StrEnum):
    """The four things that a reply can mean. A reply that is not plainly one of the first three is unclear."""

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


def meaning_of(text: str) -> ReplyMeaning:
    """What a reply means. Case, spaces, full stops and the colour of a thumb do not matter; any other sign does.

    A known word with something unknown beside it, a picture for instance, is left for a person to read.
    """
    plain = _DRESS.sub("", unicodedata.normalize("NFKC", text)).casefold()
    plain = " ".join(_AROUND.sub(" ", plain).split())
    if plain and set(plain) == {"👍"}:
        return ReplyMeaning.OK
    for words, meaning in ((_STOP, ReplyMeaning.STOP), (_OK, ReplyMeaning.OK), (_CALL, ReplyMeaning.CALL)):
        if plain in words:
            return meaning
    return ReplyMeaning.UNCLEAR


def stops(events: Iterable[Event]) -> list[tuple[str, datetime]]:
    """The persons who asked for no more texts, and when, among the events of any plan. Moments are aware."""
    return [
        (event.data.person, event.data.at or event.time)
        for event in events
        if isinstance(event.data, CheckInReplied) and meaning_of(event.data.text) is ReplyMeaning.STOP
    ]
