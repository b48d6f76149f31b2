"""What a mail server's refusal is about, by its enhanced status code (RFC 3463), and where that is silent its words.

Who is to blame decides what follows. A bad address is never written to again. A refusal of us says nothing about the
recipient, and what is not understood is not the recipient's fault either.
"""

import re
from enum import Enum, auto

_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_QUOTED = re.compile(r"<[^<>]*>|\S+@\S+")  # addresses: what stands in a name means nothing


class Blame(Enum):
    """What a refusal is about."""

    ADDRESS = auto()  # there is no such recipient
    MAILBOX = auto()  # it is full, or is not served at the moment
    CONTENT = auto()  # this text, whoever it is for
    OURS = auto()  # our account, sender, network or rate
    UNCLEAR = auto()


_BY_CODE: dict[tuple[int, int], Blame] = {
    **dict.fromkeys([(1, 1), (1, 2), (1, 3), (1, 4), (1, 6), (1, 10), (2, 1)], Blame.ADDRESS),
    **dict.fromkeys([(2, 0), (2, 2), (3, 1), (3, 2)], Blame.MAILBOX),
    **dict.fromkeys([(2, 3), (3, 4)], Blame.CONTENT),
    **dict.fromkeys([(1, 7), (1, 8), (1, 9), (4, 5), (5, 3)], Blame.OURS),
}
_BY_SUBJECT = {6: Blame.CONTENT, 7: Blame.OURS}
_SAYS_NOTHING = {(0, 0), (1, 0), (5, 0), (5, 1), (4, 1)}  # servers use these for anything: the words tell

_NOBODY = re.compile(r"(no such|unknown) (user|recipient|mailbox)|user unknown|does not exist", re.IGNORECASE)

_OF_US = (
    r"relay\w* (access )?(is |was )?(denied|prohibited|not )",
    r"(unable|not (permitted|allowed|authori[sz]ed)) to relay",
    r"send(er|ing)\b|(spf|dkim|dmarc|ptr|helo)\b|authenticat|\bsign in|\blog ?in\b|reverse dns|client host",
    r"(black|block|deny)[- ]?list|spamhaus|\brbl\b|dnsbl|reputation|banned|suspended",
    r"\brate\b|too (many|much|fast)|throttl",
)
_OF_THE_ADDRESS = (
    r"(no such|unknown|invalid|bad|non-?existent) (user|recipient|mailbox|address|account|person|local)",
    r"(user|recipient|mailbox|address|account)( \w+){0,3} (unknown|not found|invalid|disabled|unavailable|inactive)",
    r"(recipient|address|mailbox)( \w+){0,3} rejected|(does not|doesn'?t|not) exist|no mailbox|user_?unknown",
)
# The first that fits counts. Refusals of us often name the recipient as well.
_BY_WORDS: tuple[tuple[Blame, tuple[str, ...]], ...] = (
    (Blame.OURS, _OF_US),
    (Blame.ADDRESS, _OF_THE_ADDRESS),
    (
        Blame.MAILBOX,
        (r"(mailbox|inbox|account|user)( \w+){0,3} (full|quota)|over ?quota|quota exceeded|out of storage",),
    ),
    (Blame.CONTENT, (r"too (big|large|long)|size (limit )?exceed|exceeds \w+ size|virus|malware|attachment",)),
    (Blame.OURS, (r"spam|policy|permi(t|ssion)|denied|limit|quota|block|relay|refused|abuse|listed|authori[sz]",)),
)


def enhanced_code(text: str) -> str | None:
    """The first enhanced status code in a server's words, such as 5.1.1."""
    match = _CODE.search(_QUOTED.sub(" ", text))
    return match[0] if match else None


def blame_of(code: str | None, words: str = "") -> Blame:
    """What a refusal is about. `code`: enhanced; None where the server gave none."""
    by_words = _by_words(words)
    if code is None:
        return by_words
    subject, detail = (int(part) for part in code.split(".")[1:])
    if (subject, detail) in _SAYS_NOTHING:
        return by_words
    if subject == 7 and _NOBODY.search(words):  # a policy that knows no such recipient
        return Blame.ADDRESS
    return _BY_CODE.get((subject, detail)) or _BY_SUBJECT.get(subject, Blame.UNCLEAR)


def _by_words(words: str) -> Blame:
    words = _QUOTED.sub(" ", words).lower()
    return next((blame for blame, patterns in _BY_WORDS if _any(patterns, words)), Blame.UNCLEAR)


def _any(patterns: tuple[str, ...], words: str) -> bool:
    return any(re.search(pattern, words) for pattern in patterns)
