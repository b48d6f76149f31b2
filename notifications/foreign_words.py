"""What others say, made fit to be kept: no character that a database or a log refuses, and no more than has room.

A provider's words are not ours to choose. Whatever they hold, writing down how an attempt ended must not fail: the
message would go again.
"""

import re

#: Letters of a provider's id for a message: as many as the column holds.
LONGEST_ID = 200
# Half of a surrogate pair is no character; NUL and the other control signs are none that anybody reads.
_NOT_KEPT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u2028\u2029]")
_IN_ITS_PLACE = "\ufffd"


def cleaned(text: str, longest: int = LONGEST_ID) -> str:
    """One line of a provider's own words, of at most so many letters."""
    return _NOT_KEPT.sub(_IN_ITS_PLACE, text)[:longest]
