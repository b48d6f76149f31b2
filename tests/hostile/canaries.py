"""Invented data of persons that must be seen in the database and in messages alone, and a scanner that finds it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

NAME, STREET, WORDS = "Ottoline Kestrelmoor", "Wrenlow Terrace", "plumtree hiding place"
NUMBER, EMAIL, BORN = "+447700900417", "ottoline.k@wrenlow.example.org", "2011-03-29"
_PATTERNS = {
    "name": r"ottoline|kestrelmoor",
    "street": r"wrenlow",
    "words": r"plumtree|hiding place",
    "number": r"7700\W?900\W?417",
    "born": r"2011-0?3-29|29[/. ]0?3[/. ]2011",
}
_WRITTEN_OUT = re.compile(r"\\u([0-9a-f]{4})", re.IGNORECASE)


def found_in(text: str) -> list[str]:
    """Which of them a text holds, as they are or as an address or JSON writes them."""
    plain = _WRITTEN_OUT.sub(lambda code: chr(int(code[1], 16)), unquote_plus(text))
    both = f"{text}\n{plain}"
    return [name for name, pattern in _PATTERNS.items() if re.search(pattern, both, re.IGNORECASE)]


def leaks(places: dict[str, Iterable[str]]) -> dict[str, list[str]]:
    """The lines with one of them, by the place where they were seen."""
    found = {place: [line for line in lines if found_in(line)] for place, lines in places.items()}
    return {place: lines for place, lines in found.items() if lines}
