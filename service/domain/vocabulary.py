"""The closed word lists of the contract: roles, routes, kinds of person, meeting and incident; and the field types."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator

from service.domain.calendar import Interval

SingleRole = Literal[
    "social_worker", "key_professional", "team_manager", "service_manager", "hub_team_manager", "hub_service_manager",
    "service_lead", "iro", "duty_iro", "day_team", "emergency_duty_team", "on_call_manager", "head_of_service",
    "configuration_owner", "network_lead",
]  # fmt: skip
SharedRole = Literal["parent", "carer", "child", "network_member", "agency"]
Role = Literal[SingleRole, SharedRole]
SINGLE_ROLES: frozenset[str] = frozenset(get_args(SingleRole))
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


def iso_day(value: object) -> date:
    """`2026-11-30` → a date; ValueError says what is expected."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return date.fromisoformat(value)
    raise ValueError("is not a date; write it like 2026-11-30")


def iso_moment(value: object) -> datetime:
    """An ISO 8601 moment with an offset → an aware datetime; ValueError says what is expected."""
    if isinstance(value, str) and len(value) > 10:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment
    raise ValueError("is not a moment with an offset; write it like 2026-11-30T18:40:00+00:00")


def clock_time(value: object) -> time:
    """`HH:MM` → a local time; ValueError says what is expected."""
    if isinstance(value, str) and re.fullmatch(r"\d\d:\d\d", value):
        return time.fromisoformat(value)
    raise ValueError("is not a time of day; write it like 18:00")


def interval(value: object) -> Interval:
    """`3 weeks` → an interval; ValueError says what is expected."""
    if isinstance(value, Interval):
        return value
    return Interval.parse(value if isinstance(value, str) else "")


def phone_number(value: object) -> str:
    """A telephone number → its international form; ValueError says what is expected (and never repeats the number)."""
    digits = re.sub(r"[ ()\-.]", "", value) if isinstance(value, str) else ""
    digits = re.sub(r"^00", "+", digits)
    digits = re.sub(r"^0", "+44", digits)
    if re.fullmatch(r"\+[1-9]\d{6,14}", digits):
        return digits
    raise ValueError("is not a telephone number; write it like +447700900123")


def email_address(value: object) -> str:
    """One plain address; ValueError says what is expected (and never repeats the address)."""
    part = r"[^\s@,;:<>\"()\\\x00-\x1f]"
    if isinstance(value, str) and re.fullmatch(f"{part}{{1,64}}@{part}{{1,250}}", value):
        return value
    raise ValueError("is not an email address; write it like name@example.org")


Day = Annotated[date, BeforeValidator(iso_day)]
Moment = Annotated[datetime, BeforeValidator(iso_moment)]
ClockTime = Annotated[time, BeforeValidator(clock_time)]
Every = Annotated[Interval, BeforeValidator(interval)]
Phone = Annotated[str, BeforeValidator(phone_number)]
Email = Annotated[str, BeforeValidator(email_address)]
