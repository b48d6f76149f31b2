"""Bind a text to the check-in that it answers: by its letters, else by what was asked last, else a person reads it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import OutboxRow, State
from notifications.outbox import outbox
from service.domain.events.replies import ReplyMeaning, meaning_of
from service.domain.policy import PolicyBook
from service.use_cases.delivery.phones import CODES, Line, lines_of

_UNPLACED = "(it is not known which check-in this answers)"
_LETTERS = re.compile(rf"(?<![^\W\d])({'|'.join(CODES)})(?![^\W\d])", re.IGNORECASE)
_MAY_HAVE_GONE = (State.CLAIMED, State.SENT, State.UNKNOWN, State.HELD)
_TEXTS_SEARCHED = 30  # of each line: more than a month of them, asked daily


@dataclass(frozen=True, slots=True)
class Bound:
    """What a text says to one person's check-ins on one plan."""

    line: Line
    text: str


@dataclass(frozen=True, slots=True)
class _Asked:
    line: Line
    at: datetime
    said: str


async def bind(
    session: AsyncSession, book: PolicyBook, number: str, text: str, now: datetime, at: datetime
) -> list[Bound]:
    """Whose check-ins a text answers that came from a number `at` a moment. Empty: there never were any with it."""
    lines = await lines_of(session, book, number, now)
    current = [line for line in lines if line.active] or lines
    asked = [one for line in lines for one in await _asked(session, line, number)]
    code, rest = _taken_apart(text, asked)
    if meaning_of(rest) is ReplyMeaning.STOP:
        return [Bound(line, rest) for line in current]  # no more to this number, whoever holds it
    if len(current) <= 1 and code is None:
        return [Bound(line, text) for line in current]
    # What was asked after it came is not what it answers; a provider's clock that is slow is no reason to ask nobody.
    meant = _meant(code, [one for one in asked if one.at <= at] or asked)
    if meant is not None:
        return [Bound(meant, rest)]
    return [Bound(line, _to_be_read(text)) for line in current]


def _meant(code: str | None, asked: Sequence[_Asked]) -> Line | None:
    """The check-in that was asked with these letters, else the last that was asked and is not answered."""
    newest_first = sorted(asked, key=lambda one: one.at, reverse=True)
    if code is not None:
        return next(one.line for one in newest_first if code in _codes_in(one.said))
    open_ones = (one.line for one in newest_first if one.line.replied is None or one.line.replied < one.at)
    return next(open_ones, None)


def _taken_apart(text: str, asked: Sequence[_Asked]) -> tuple[str | None, str]:
    """The letters in a text that stood in one of ours, and the text without them; None where it is not one alone."""
    ours = {code for one in asked for code in _codes_in(one.said)}
    found = {match.upper() for match in _LETTERS.findall(text)} & ours
    if len(found) != 1:
        return None, text
    code = found.pop()
    return code, " ".join(_LETTERS.sub(lambda match: " " if match[0].upper() == code else match[0], text).split())


def _codes_in(said: str) -> set[str]:
    """The letters in a text of ours: they stand before the 1 and the 2."""
    return {code for code in CODES if f"{code}1" in said and f"{code}2" in said}


def _to_be_read(text: str) -> str:
    """The text as nobody takes it for an answer."""
    return text if meaning_of(text) is ReplyMeaning.UNCLEAR else f"{text} {_UNPLACED}"


async def _asked(session: AsyncSession, line: Line, number: str) -> list[_Asked]:
    rows = await outbox.recent(
        session, plan=line.plan, person=line.person, states=_MAY_HAVE_GONE, limit=_TEXTS_SEARCHED
    )
    return [one for row in rows if (one := _as_asked(row, line, number)) is not None]


def _as_asked(row: OutboxRow, line: Line, number: str) -> _Asked | None:
    if row.message.template != "check_in" or row.address != number:
        return None
    if row.content is None or row.first_attempt_at is None:
        return None
    return _Asked(line, row.first_attempt_at, row.content.text)


def readable(body: Mapping[str, str]) -> str:
    """What a text says, without what cannot be shown; an empty one says that it is."""
    said = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", " ", body.get("Body", "")).strip()
    return said[:1600] or "(a text without words)"
