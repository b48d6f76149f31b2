"""Reports that are written for people alone: who failed, and for good or for now, by flufl.bounce or by the words."""

import re
from dataclasses import dataclass
from email.message import Message as Mail

from flufl.bounce import all_failures

_LONGEST = 8_000  # letters: what comes after is the message that was sent back
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_FOR_NOW = re.compile(
    r"delay(ed)?\b|warning|(still|keep|continue|will) (be )?(try|retr)|not yet been delivered", re.IGNORECASE
)
_FOR_GOOD = re.compile(
    r"undeliver|(could not|couldn.?t|cannot|can.?t|was not|wasn.?t|not) (be )?delivered|unable to deliver|delivery "
    r"(\w+ ){0,4}fail|fail\w* (\w+ ){0,3}deliver|failure notice|returned (mail|to sender)|rejected|permanent|did not "
    r"reach|user unknown|no such user|does not exist",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PlainFailure:
    """Whom a report in words is about."""

    addresses: frozenset[str]  # in lower case
    permanent: bool


def failure_in(mail: Mail, text: str) -> PlainFailure | None:
    """What a report in words says. `text`: what a person reads of it. None: it is no such report."""
    if (failure := _by_library(mail)) is not None:
        return failure
    subject, words = str(mail.get("Subject", "")), text[:_LONGEST]
    permanent = _FOR_GOOD.search(f"{subject}\n{words}") is not None
    if not permanent and not _FOR_NOW.search(f"{subject}\n{words}"):
        return None
    for_now = _FOR_NOW.search(subject) is not None
    return PlainFailure(frozenset(address.lower() for address in _ADDRESS.findall(words)), permanent and not for_now)


def _by_library(mail: Mail) -> PlainFailure | None:
    try:
        temporary, permanent = all_failures(mail)
    except Exception:  # noqa: BLE001 - it is made for email that nobody sends on purpose; what it raises teaches nothing
        return None
    failed = permanent or temporary
    if not failed:
        return None
    names = (bytes(name).decode("utf-8", "replace") for name in failed)
    return PlainFailure(frozenset(name.strip().strip("<>").lower() for name in names), bool(permanent))
