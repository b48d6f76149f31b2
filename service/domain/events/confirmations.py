"""The code by which an alert is acknowledged in a text, in all honest spellings, and in no others."""

from __future__ import annotations

import re
import unicodedata

# What people put between the digits that they copy: "123 456", "123-456".
_GROUP = re.compile(r"\d(?:[ .\-\u2010-\u2015]{0,2}\d)*")
# Letters and marks around a code, such as "code 123456, thank you". A longer text is read by nobody as a code.
_LONGEST = 60
# Of a code, now and before 28 November 2026.
LENGTHS = (6, 4)
_LONGEST_NUMBER = 15  # of a telephone; more digits in a row are a list


def code_in(text: str) -> str | None:
    """The digits of the code that a short text holds: its one group of six, whatever else is counted or numbered there.

    An older code of four must be the only group of digits. None: the text holds no code, or more than one.
    """
    plain = _plain(text)
    groups = [re.sub(r"\D", "", group) for group in _GROUP.findall(plain)]
    codes = [group for group in groups if len(group) == LENGTHS[0]] or groups
    if len(plain) > _LONGEST or len(codes) != 1 or len(codes[0]) not in LENGTHS:
        return None
    return codes[0]


def tries_codes(text: str) -> bool:
    """Whether a text may be a try at a code: it holds one, or several of them, however long it is."""
    return any(_is_try(group) for group in _GROUP.findall(_plain(text)))


def _is_try(group: str) -> bool:
    runs = [len(run) for run in re.findall(r"\d+", group)]
    return sum(runs) in LENGTHS or sum(runs) > _LONGEST_NUMBER or all(run in LENGTHS for run in runs)


def _plain(text: str) -> str:
    """The text with ASCII digits and single blanks, without invisible signs."""
    letters = unicodedata.normalize("NFKC", text)
    visible = (letter for letter in letters if unicodedata.category(letter) != "Cf")
    ascii_digits = (str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in visible)
    return " ".join("".join(ascii_digits).split())
