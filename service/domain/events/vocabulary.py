"""The closed word lists of the contract: roles, routes, kinds of person, meeting and incident; and the field types."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema

from service.domain.calendar import INTERVAL, Interval
from service.domain.events.addresses import email_address, phone_number, phone_number_as_stored
from service.domain.events.moments import instead_of

SingleRole = Literal[
    "social_worker", "key_professional", "team_manager", "service_manager", "hub_team_manager", "hub_service_manager",
    "service_lead", "iro", "duty_iro", "day_team", "emergency_duty_team", "on_call_manager", "head_of_service",
    "configuration_owner", "network_lead",
]  # fmt: skip
SharedRole = Literal["parent", "carer", "child", "network_member", "agency"]
SINGLE_ROLES: frozenset[str] = frozenset(get_args(SingleRole))
SHARED_ROLES: frozenset[str] = frozenset(get_args(SharedRole))
ROLE_NAME = r"^[a-z][a-z0-9_]{1,59}$"
Route = Literal[
    "child_in_need", "child_protection", "youth_offending", "early_help", "child_in_care", "care_leaver", "assessment",
    "court",
]  # fmt: skip
Service = Literal["social_care", "youth_offending", "early_help"]
Risk = Literal["at_risk", "medium", "high"]
Flag = Literal["forced_marriage", "honour_based_abuse", "coercive_control", "domestic_abuse"]
Incident = Literal[
    "missing", "self_harm", "domestic_abuse", "substance_use", "mental_health_crisis", "harmful_sexual_behaviour",
    "other",
]  # fmt: skip
MeetingKind = Literal[
    "initial", "review", "progress_check", "network", "child_in_need_review", "core_group",
    "child_protection_conference", "child_in_care_review", "strategy", "family_group_conference",
]  # fmt: skip
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
PersonKind = Literal["worker", "partner", "family", "child"]

DayOrMoment = TypeVar("DayOrMoment", date, datetime)
_LONGEST_MOMENT = 40


class Authorities(frozenset[str]):
    """The authorities that have a policy, and the roles that their policies declare beside those of the contract."""

    roles: frozenset[str] = frozenset()

    @classmethod
    def declaring(cls, names: Iterable[str], roles: Iterable[str]) -> Authorities:
        """These authorities, with these roles."""
        authorities = cls(names)
        authorities.roles = frozenset(roles)
        return authorities


@dataclass(frozen=True, slots=True)
class EventReading:
    """How an event is read: one that was taken before is not held to rules that came later; and the declared roles."""

    stored: bool = False
    roles: frozenset[str] = frozenset()


AS_STORED = EventReading(stored=True)

# A day outside these years is a slip of somebody's pen or clock. Sums that start near the calendar's ends would leave
# it, and a plan whose sums fail is a plan that nobody is told of.
EARLIEST_YEAR, LATEST_YEAR = 1900, 2199
EARLIEST_RECORD = 2000


def iso_day(value: object) -> date:
    """`2026-11-30` → a date; ValueError says what is expected."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return _within(date.fromisoformat(value))
    raise ValueError("is not a date; write it like 2026-11-30")


def iso_moment(value: object) -> datetime:
    """An ISO 8601 moment with an offset → an aware datetime; ValueError says what is expected."""
    moment = _moment(value) if isinstance(value, str) and 10 < len(value) <= _LONGEST_MOMENT else None
    if moment is None or moment.tzinfo is None:
        raise ValueError(instead_of(value))
    return _within(moment)


def recorded_at(value: object) -> datetime:
    """When an event was recorded, as `iso_moment`; ValueError also for the dates of clocks that were never set."""
    moment = iso_moment(value)
    if moment.year < EARLIEST_RECORD:
        raise ValueError(f"lies before the year {EARLIEST_RECORD}: the clock that wrote it is wrong")
    return moment


def _moment(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError:  # whose words would repeat the value
        return None


def _within(day: DayOrMoment) -> DayOrMoment:
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise ValueError(f"lies outside the years {EARLIEST_YEAR} to {LATEST_YEAR}")
    return day


def clock_time(value: object) -> time:
    """`HH:MM` → a local time; ValueError says what is expected."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{2}:[0-9]{2}", value):
        return time.fromisoformat(value)
    raise ValueError("is not a time of day; write it like 18:00")


def interval(value: object) -> Interval:
    """`3 weeks` → an interval; ValueError says what is expected."""
    if isinstance(value, Interval):
        return value
    return Interval.parse(value if isinstance(value, str) else "")


def one_line(text: str) -> str:
    """A text without line breaks and other control characters, which mean something to mail and logs; or ValueError."""
    if not text.isprintable() and _BREAKS.search(text):  # as a rule all of it can be printed, which is seen at once
        raise ValueError("holds a line break or another control character")
    return text


def is_stored(info: ValidationInfo) -> bool:
    """Whether what is read was taken before, under the rules of its day."""
    return isinstance(info.context, EventReading) and info.context.stored


def _role(name: str, info: ValidationInfo) -> str:
    """A role of the contract, or one that a policy declares; ValueError names the nearest."""
    roles = (
        SINGLE_ROLES | SHARED_ROLES | (info.context.roles if isinstance(info.context, EventReading) else frozenset())
    )
    if name in roles or is_stored(info):
        return name
    nearest = difflib.get_close_matches(name, sorted(roles), n=1)
    hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
    raise ValueError(f"is no role of the contract, and none that a policy declares{hint}")


def _phone(value: object, info: ValidationInfo) -> str:
    return phone_number_as_stored(value) if is_stored(info) else phone_number(value)


def _email(value: object, info: ValidationInfo) -> str:
    return str(value) if is_stored(info) else email_address(value)


def initials(text: str, info: ValidationInfo) -> str:
    """Up to four capital letters, with dots or blanks between them; or ValueError: a name may stand nowhere."""
    letters = unicodedata.normalize("NFC", one_line(text)).strip()
    if is_stored(info):
        return letters
    if not _INITIALS.fullmatch(letters) or not all(letter in ". " or letter.isupper() for letter in letters):
        raise ValueError("are initials: one to four capital letters, like J.H.; a name may stand nowhere")
    return letters


_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_INITIALS = re.compile(r"[^\W\d_](?:[. ]{0,2}[^\W\d_]){0,3}\.?")

_ANY_ROLE = [{"enum": [*get_args(SingleRole), *get_args(SharedRole)]}, {"type": "string", "pattern": ROLE_NAME}]
Role = Annotated[str, AfterValidator(_role), WithJsonSchema({"anyOf": _ANY_ROLE})]
Day = Annotated[date, BeforeValidator(iso_day)]
Moment = Annotated[datetime, BeforeValidator(iso_moment)]
ClockTime = Annotated[
    time, BeforeValidator(clock_time), WithJsonSchema({"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$"})
]
Every = Annotated[Interval, BeforeValidator(interval), WithJsonSchema({"type": "string", "pattern": INTERVAL})]
Phone = Annotated[str, BeforeValidator(_phone)]
Email = Annotated[str, BeforeValidator(_email)]
Initials = Annotated[str, AfterValidator(initials)]
