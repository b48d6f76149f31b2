"""The first lines of a new policy: the facts of a document, laid down as a commented file and its table of cases."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from string import Template

from service.domain.calendar import Calendar, Interval
from service.policy_tools.warnings import review_day

_NONE_STATED = "none stated"
_TEMPLATES = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Question:
    """A fact that a new policy needs. `default` None: it must be said; a text in braces is worked out."""

    name: str
    words: str
    check: Callable[[str], str | None]
    default: str | None = None

    def default_on(self, today: date) -> str | None:
        """What is taken where nothing is said on a day."""
        if self.default is None:
            return None
        in_a_year = today.replace(year=today.year + 1, day=min(today.day, 28))
        return self.default.format(today=today, in_a_year=in_a_year)

    def fault(self, answer: str) -> str | None:
        """Why an answer is of no use; None: it is."""
        return self.check(answer)


def _pattern(pattern: str, detail: str) -> Callable[[str], str | None]:
    return lambda answer: None if re.fullmatch(pattern, answer) else detail


def _text(answer: str) -> str | None:
    return None if 3 <= len(answer.strip()) <= 120 and answer.isprintable() else "is not from 3 to 120 letters long"


def _day(answer: str) -> str | None:
    try:
        date.fromisoformat(answer)
    except ValueError:
        return "is not a date; write it like 2026-11-30"
    return None


def _review_day(answer: str) -> str | None:
    try:
        review_day(answer)
    except ValueError as fault:
        return str(fault)
    return None


def _clock(answer: str) -> str | None:
    if answer == _NONE_STATED:
        return None
    try:
        Interval.parse(answer)
    except ValueError as fault:
        return f"{fault}; or '{_NONE_STATED}' where the document gives no number"
    return None


QUESTIONS = (
    Question(
        "authority", "The council's short name in events: small letters, digits and _",
        _pattern("[a-z][a-z0-9_]{1,59}", "is no short name: small letters, digits and _"),
    ),
    Question("council", "The council's name, as it stands in every email", _text),
    Question("help-line", "Whom its workers ask about planwatch: a desk, with a number or an address", _text),
    Question("document", "The title of the guidance document", _text),
    Question("issued", "When it was issued, in its own words", _text, _NONE_STATED),
    Question("review-by", "By when it is to be reviewed: 2027-04-30, April 2027", _review_day, _NONE_STATED),
    Question("in-force-from", "The day from which the policy holds", _day, "{today}"),
    Question("read-again", "The day on which somebody reads the document again", _day, "{in_a_year}"),
    Question("visit-every", "How often the social worker visits: 4 weeks, 10 working days", _clock, _NONE_STATED),
    Question("review-every", "How often the plan is reviewed: 6 weeks, 3 months", _clock, _NONE_STATED),
    Question("copies-within", "Within how long everybody named in the plan has a copy", _clock, _NONE_STATED),
)  # fmt: skip
# What is taken where the document gives no number: the council's to set otherwise.
_LOCAL_DEFAULTS: Mapping[str, str] = {
    "visit-every": "4 weeks", "review-every": "3 months", "copies-within": "5 working days"
}  # fmt: skip


def policy_text(facts: Mapping[str, str]) -> str:
    """The file: it says what it knows, and in comments what is left to do."""
    words = {name: json.dumps(answer, ensure_ascii=False) for name, answer in facts.items()}
    words |= {name: _number(facts, name) for name in _LOCAL_DEFAULTS}
    words |= {f"{name}-basis": _basis(facts, name) for name in _LOCAL_DEFAULTS}
    words |= {name: facts[name] for name in ("authority", "in-force-from", "read-again")}
    return _filled("new_policy.yaml", words)


def cases_text(facts: Mapping[str, str]) -> str:
    """The table that stands beside it: a case for each of its clocks."""
    start = Calendar().add_working_days(date.fromisoformat(facts["in-force-from"]), 5)
    words = {name: _due(start, _number(facts, name)).isoformat() for name in _LOCAL_DEFAULTS}
    days = {
        "authority": facts["authority"],
        "start": start.isoformat(),
        "until": (start + timedelta(days=1)).isoformat(),
    }
    return _filled("new_policy.test.yaml", {**words, **days})


def _filled(name: str, words: Mapping[str, str]) -> str:
    """A template of a file, with the words in the places that are named in it."""
    text = (_TEMPLATES / name).read_text(encoding="utf-8")
    return Template(text).substitute({key.replace("-", "_"): word for key, word in words.items()})


def _number(facts: Mapping[str, str], name: str) -> str:
    return _LOCAL_DEFAULTS[name] if facts[name] == _NONE_STATED else facts[name]


def _basis(facts: Mapping[str, str], name: str) -> str:
    return "local_default" if facts[name] == _NONE_STATED else "guidance"


def _due(start: date, clock: str) -> date:
    return Calendar().add(start, Interval.parse(clock))
