"""Bind a text to the check-in that it answers: by its code letters, else the last one asked. Else a person reads it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from notifications.message import OutboxRow, State
from notifications.outbox import outbox
from service.domain.events.replies import ReplyMeaning, meaning_of
from service.domain.policy import PolicyBook
from service.domain.telling.asked_texts import check_ins_of
from service.domain.telling.check_ins import ANSWER_WITHIN
from service.use_cases.delivery.phones import CODES, Line, lines_of

_UNPLACED = "(it is not known which check-in this answers)"
_LETTERS = re.compile(rf"(?<![^\W\d])({'|'.join(CODES)})(?![^\W\d])", re.IGNORECASE)
_MAY_HAVE_GONE = (State.CLAIMED, State.SENT, State.UNKNOWN, State.HELD)
_TEXTS_SEARCHED = 30  # of each line: a month of daily check-ins


@dataclass(frozen=True, slots=True)
class BoundText:
    """What a text says, bound to one person's check-ins on one plan."""

    line: Line
    text: str


@dataclass(frozen=True, slots=True)
class _Question:
    line: Line
    at: datetime
    content: str


async def bind(
    session: AsyncSession, book: PolicyBook, number: str, text: str, now: datetime, at: datetime
) -> list[BoundText]:
    """The check-ins that a text answers. It came from a number `at` a moment (aware, UTC). Empty: there are none."""
    lines = await lines_of(session, book, number, now)
    current = [line for line in lines if line.active] or lines
    questions = [question for line in lines for question in await _questions(session, line, number)]
    code, rest = _split(text, questions)
    if meaning_of(rest) is ReplyMeaning.STOP:
        return [BoundText(line, rest) for line in current]  # no more texts to this number, whoever has it
    if len(current) <= 1 and code is None:
        return [BoundText(line, text) for line in current]
    # A text does not answer a question that was asked later. If a provider's clock is slow, all questions count.
    earlier = [question for question in questions if question.at <= at] or questions
    answered_lines = _with_letters(code, earlier) if code is not None else _last_asked(earlier, at)
    if len(answered_lines) == 1:
        return [BoundText(answered_lines[0], rest)]
    return [BoundText(line, _to_be_read(text)) for line in answered_lines or current]


def _with_letters(code: str, questions: Sequence[_Question]) -> list[Line]:
    """The line that was asked with these code letters last."""
    asked_so = [question for question in questions if code in _codes_in(question.content)]
    return [max(asked_so, key=lambda question: question.at).line] if asked_so else []


def _last_asked(questions: Sequence[_Question], at: datetime) -> list[Line]:
    """The line asked last that is not answered; where councils ask of one number at a time, the last of each.

    Of two councils only one may have asked within the two hours of an answer: then it is that one's.
    """
    unanswered = [
        question for question in questions if question.line.replied is None or question.line.replied < question.at
    ]
    still_open = [question for question in unanswered if question.at + ANSWER_WITHIN >= at]
    in_order = sorted(still_open or unanswered, key=lambda question: question.at)
    return list({question.line.authority: question.line for question in in_order}.values())


def _split(text: str, questions: Sequence[_Question]) -> tuple[str | None, str]:
    """The code in a text that stood in one of ours, and the text without it. None: there is not exactly one."""
    our_codes = {code for question in questions for code in _codes_in(question.content)}
    codes = {match.upper() for match in _LETTERS.findall(text)} & our_codes
    if len(codes) != 1:
        return None, text
    code = codes.pop()
    return code, " ".join(_LETTERS.sub(lambda match: " " if match[0].upper() == code else match[0], text).split())


def _codes_in(content: str) -> set[str]:
    """The code letters in a text of ours. They stand before the 1 and the 2."""
    return {code for code in CODES if f"{code}1" in content and f"{code}2" in content}


def _to_be_read(text: str) -> str:
    """The text, marked where it could be taken for an answer, so that a person reads it."""
    return text if meaning_of(text) is ReplyMeaning.UNCLEAR else f"{text} {_UNPLACED}"


async def _questions(session: AsyncSession, line: Line, number: str) -> list[_Question]:
    rows = await outbox.recent(
        session, authority=line.authority, person=line.person, states=_MAY_HAVE_GONE, limit=_TEXTS_SEARCHED
    )
    return [question for row in rows if (question := _as_question(row, line, number)) is not None]


def _as_question(row: OutboxRow, line: Line, number: str) -> _Question | None:
    if row.message.template != "check_in" or row.address != number:
        return None
    if line.plan not in {plan for plan, _ in check_ins_of(row.message)}:
        return None
    if row.content is None or row.first_attempt_at is None:
        return None
    return _Question(line, row.first_attempt_at, row.content.text)


def readable(body: Mapping[str, str]) -> str:
    """The words of a text, at most 1600 characters, without control characters. An empty text gets a note instead."""
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", " ", body.get("Body", "")).strip()
    return text[:1600] or "(a text without words)"
