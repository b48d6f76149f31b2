"""How many parts a text message takes: GSM 03.38's alphabet where it suffices, UCS-2 otherwise."""

import unicodedata
from collections.abc import Iterable

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"  # an escape and a letter each
_COST = {**dict.fromkeys(_BASIC, 1), **dict.fromkeys(_EXTENDED, 2)}
_GSM_ONE, _GSM_MANY = 160, 153
_UCS2_ONE, _UCS2_MANY = 70, 67
_PLAIN = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "})


def sms_parts(text: str) -> int:
    """The number of parts that a provider would cut this text into; 0 for an empty one."""
    if all(letter in _COST for letter in text):
        return _parts((_COST[letter] for letter in text), _GSM_ONE, _GSM_MANY)
    return _parts((len(letter.encode("utf-16-be", "surrogatepass")) // 2 for letter in text), _UCS2_ONE, _UCS2_MANY)


def first_fitting(texts: Iterable[str]) -> str:
    """The first of these texts, which go from the fullest to the barest, that is one part; else the last."""
    text = ""
    for text in texts:
        if sms_parts(text) <= 1:
            return text
    return text


def gsm7(text: str) -> str:
    """The text in GSM 03.38's alphabet: accents that it lacks are dropped, other strangers become a question mark."""
    return "".join(letter if letter in _COST else _likeness(letter) for letter in text.translate(_PLAIN))


def _likeness(letter: str) -> str:
    base = unicodedata.normalize("NFKD", letter)[0]
    return base if base in _COST else "?"


def _parts(costs: Iterable[int], single_part: int, each_part: int) -> int:
    units = list(costs)
    if sum(units) <= single_part:
        return min(1, len(units))
    parts, room = 0, 0
    for cost in units:
        if cost > room:  # a letter of two units is never cut in half
            parts, room = parts + 1, each_part
        room -= cost
    return parts
