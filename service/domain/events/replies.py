"""What a person's text means: fine, a call, stop, a machine's answer, or something that a person must read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class ReplyMeaning(StrEnum):
    """What a reply can mean. A reply that is not plainly one of the others is unclear."""

    OK = "ok"
    CALL = "call"
    STOP = "stop"
    AUTOMATIC = "automatic"  # a telephone answered by itself: nobody has said anything
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class ReadReply:
    """What a reply means, and whether a person must read it as well: a STOP with more to it than that."""

    meaning: ReplyMeaning
    to_read: bool


_OK = frozenset({"1", "one", "yes", "y", "yep", "yeah", "yes 1", "1 yes", "ok", "okay", "👍"})
_CALL = frozenset({"2", "two", "2 call", "call", "call me"})
# The words that providers act on, too, the slips of the finger next to them, and the same in the languages in which
# texts are worded or often answered. As the first word of a text they stop; what follows is for a person to read.
_FIRST_WORD = frozenset(
    {
        "stop", "stops", "stopall", "unsubscribe", "optout", "stopp", "sstop", "st0p", "sotp", "stpo", "tsop", "stp",
        "unsubcribe", "unsuscribe", "stopio", "przestań", "przestan", "zatrzymaj", "rezygnuję", "rezygnuje", "wypisz",
        "arret", "arrêt", "arrêter", "arreter", "aufhören", "abmelden", "detener", "parar", "стоп",
    }
)  # fmt: skip
# Words that mean it as long as they stand alone: as the first of a sentence they may mean anything.
_ALONE = frozenset(
    {
        "cancel", "end", "quit", "revoke", "sto", "top stop", "cancell", "quitt", "opt out", "opt me out", "koniec",
        "anuluj", "nie pisz", "alto", "basta", "no more", "no more texts", "no more messages", "remove me",
        "take me off", "leave me alone", "s t o p", "🛑",
    }
)  # fmt: skip
# What says nothing beside a word that says all: politeness, and how texts begin and end.
_POLITE = frozenset(
    {
        "please", "pls", "plz", "plse", "thanks", "thank", "you", "thx", "ta", "ok", "okay", "hi", "hello", "sorry",
        "now", "x", "xx", "xxx", "proszę", "prosze", "dziękuję", "dziekuje", "bitte", "danke", "merci", "cheers",
        "regards", "all", "texts", "text", "texting", "messages", "message", "messaging", "msgs", "txts", "txting",
        "me", "these", "this", "the", "sending", "reply", "re", "fwd", "1", "🙏", "🛑",
    }
)  # fmt: skip
# After these, "stop" is about somebody, or about a visit.
_NOT_THE_TEXTS = frozenset({"him", "her", "them", "he", "she", "by", "at", "round", "over", "for"})
_LONG_DRAWN = re.compile(r"s+t+o+p+")
_TWICE = re.compile(r"(?:stop){2,}")
_ASKS_FOR_NO_MORE = re.compile(
    r"(?:\b(?:said|want|wish|told|you|just|yes|must|i) (?:you )?(?:to )?stop(?: now| please)?\W*$)|"
    r"\b(?:stop|quit|no more|do not|dont|don't|never|nie)\b.{0,40}?"
    r"\b(?:text|texts|texting|txt|txts|txting|messag\w*|msgs?|sms\w*|contact\w*|pisz\w*|wysyłaj\w*)\b"
)
_ASKS_FOR_MORE = re.compile(r"\b(?:do not|dont|don't|never|cannot|can't|cant|won't|wont|nie) (?:ever )?(?:stop|quit)")
# What changes the look of a sign, not its meaning; and what may stand around a word without one.
_DRESS = re.compile("[\U0001f3fb-\U0001f3ff\ufe0e\ufe0f\u20e3]")
_UNSEEN = ("Cc", "Cf", "Mn", "Co", "Cn")
_AROUND = re.compile(r"[\s.,!;:'\"()\[\]<>/\\|#\-–—_*~„“”‚‘’«»‹›`´]+")
_BREAK = re.compile(r"[\n\r.!?;,:]+|\s[-–—]+\s?|\s*\(")
# What telephones write by themselves: a touch on a message of ours, quoted; and answers while nobody is there.
_QUOTED = r"(?:an? |your |the )?(?:message|image|text)?\s*[\"“”„«].*"
_LIKED = re.compile(
    rf"(?:liked|loved|polubił\w*|reacted (?:with )?(?:👍|❤|♥)\w* to|(?:👍|❤|♥) to) {_QUOTED}", re.DOTALL | re.IGNORECASE
)
_BY_ITSELF = re.compile(
    r"(?:\(?i'm not receiving notifications\b.{0,200}"
    r"|i(?:'m| am) driving(?: right now| now| at the moment| currently| with (?:the )?[\w ]{0,40}turned on)?"
    r"(?:[ .,!–-]*(?:and (?:i )?can't (?:talk|text|reply|answer)|talk to you|sent from my car|auto\w*[ -]?repl"
    r"|i(?:'ll| will) (?:get back|reply|answer|respond|text|call|ring|see|talk)).{0,90})?"
    r"|.{0,120}\bdo not disturb while driving\b.{0,200}|.{0,120}\bsent from my car"
    r"|(?:this is an )?auto(?:matic|mated)?[ -]?(?:reply|response)\b.{0,200}"
    r"|(?:laughed at|removed an? \w+ from|reacted \S+ to) [\"“”„«].*)[.!]*",
    re.DOTALL,
)
# What a telephone or a program adds below every text.
_FOOTER = re.compile(
    r"\n+\s*(?:--\s*\n)?\s*(?:sent|wysłano|get|gesendet|envoyé) (?:from|via|by|z|outlook|von|de)\b.*", re.DOTALL
)


def meaning_of(text: str) -> ReplyMeaning:
    """What a reply means. Case, spaces, full stops, quotes, invisible signs and the colour of a thumb do not matter.

    A known word with something unknown beside it, a picture for instance, is left for a person to read. But a text
    whose first or only meaning is to stop does stop, whatever else it says.
    """
    return read_reply(text).meaning


@lru_cache(maxsize=1024)  # most are one of a few words, and each is read at every look at its plan
def read_reply(text: str) -> ReadReply:
    """What a reply means, and whether a person must read it. Where it is in doubt whether a text stops, it does."""
    shown = _FOOTER.sub("", _shown(text))
    if _LIKED.fullmatch(shown.strip()):
        return ReadReply(ReplyMeaning.OK, to_read=False)
    if _BY_ITSELF.fullmatch(shown.strip().replace("’", "'")):
        return ReadReply(ReplyMeaning.AUTOMATIC, to_read=False)
    plain = _plain(shown)
    if plain and set(plain) == {"👍"}:
        return ReadReply(ReplyMeaning.OK, to_read=False)
    for words, meaning in ((_OK, ReplyMeaning.OK), (_CALL, ReplyMeaning.CALL)):
        if plain in words:
            return ReadReply(meaning, to_read=False)
    if (to_read := _stop(shown, plain)) is not None:
        return ReadReply(ReplyMeaning.STOP, to_read)
    return ReadReply(ReplyMeaning.UNCLEAR, to_read=True)


def _shown(text: str) -> str:
    """A text as it is seen: without signs that nobody sees, in the plainest form of each letter, in small letters."""
    composed = _DRESS.sub("", unicodedata.normalize("NFKC", text))
    broken = ("\n" if sign in "\r\x0b\x0c\x85\u2028\u2029" else sign for sign in composed)
    visible = (sign for sign in broken if sign in "\n\t" or unicodedata.category(sign) not in _UNSEEN)
    return "".join(visible).casefold()


def _plain(shown: str) -> str:
    return " ".join(_AROUND.sub(" ", shown).split())


def _stop(shown: str, plain: str) -> bool | None:
    """Whether a person must read a text that asks for no more; None: it does not ask for that."""
    if _only_stops(plain):
        return False
    parts = [part for part in (_plain(part) for part in _BREAK.split(shown)) if part]
    if parts and _only_stops(parts[0]):
        return True
    if any(_is_stop(part) for part in parts) or _is_stop(_without_pictures(plain)):
        return True
    words = _without_greeting(plain.split())
    if words and _is_stop(words[0]) and not _of_something_else(words[1:]):
        return True
    straight = shown.replace("’", "'")
    if _ASKS_FOR_NO_MORE.search(straight) and not _ASKS_FOR_MORE.search(straight):
        return True
    return None


def _of_something_else(words: list[str]) -> bool:
    """Whether what follows "stop" says that somebody or something else is to stop: him, or it, dad."""
    return bool(set(words[:1]) & _NOT_THE_TEXTS) or (words[:1] == ["it"] and bool(set(words[1:]) - _POLITE))


def _only_stops(plain: str) -> bool:
    """Whether a text or a part of one says stop, and nothing else that means anything."""
    if plain in _ALONE or _is_stop(plain) or _TWICE.fullmatch(plain):
        return True
    telling_words = [word for word in plain.split() if word not in _POLITE]
    stops = [word for word in telling_words if _is_stop(word)]
    return (bool(stops) and len(stops) == len(telling_words)) or " ".join(telling_words) in _ALONE


def _is_stop(word: str) -> bool:
    return word in _FIRST_WORD or _LONG_DRAWN.fullmatch(word) is not None


def _without_pictures(plain: str) -> str:
    return "".join(sign for sign in plain if unicodedata.category(sign) != "So").strip()


def _without_greeting(words: list[str]) -> list[str]:
    while words and words[0] in _POLITE:
        words = words[1:]
    return words
