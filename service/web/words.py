"""The words of the pages for kinds, statuses, events and moments, in the language of their readers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime

from notifications.channels.spec import Channel, ChannelSpec
from service.domain.calendar import local
from service.domain.events.event import Event
from service.domain.events.event_type import EventType
from service.domain.events.event_types import EVENT_TYPES
from service.domain.telling.wording import day_text, role_text

STATUS = {
    # status: its words, and the colour of its tag
    "open": ("open", "blue"),
    "overdue": ("overdue", "red"),
    "met": ("done", "green"),
    "met_late": ("done late", "amber"),
    "cancelled": ("cancelled", ""),
    "superseded": ("replaced", ""),
}
BASIS = {
    "guidance": "from the guidance",
    "reading": "our reading of the guidance",
    "local_default": "chosen here, not in the guidance",
}
ROUTE = {
    "child_in_need": "Child in need",
    "child_protection": "Child protection",
    "youth_offending": "Youth offending",
    "early_help": "Early help",
    "child_in_care": "Child in care",
    "care_leaver": "Care leaver",
    "assessment": "Assessment",
    "court": "Court",
}
RISK = {"at_risk": "at risk", "medium": "medium risk", "high": "high risk"}
PURPOSE = {
    "reminder": "Reminder",
    "digest": "Digest",
    "overdue": "Overdue",
    "escalation": "Escalation",
    "alert": "Bottom line",
    "check_in": "Check-in",
    "notice": "Notice",
    "reply": "Answer",
}
_ALERT_ABOUT_CHECK_IN = "check_in_alert"
STATE = {
    "queued": ("waiting to go", "blue"),
    "claimed": ("going", "blue"),
    "sent": ("sent", "green"),
    "unknown": ("outcome unknown", "amber"),
    "held": ("held for a person", "amber"),
    "withheld": ("held back by a rule", ""),
    "withdrawn": ("no longer needed", ""),
    "undeliverable": ("could not be delivered", "red"),
    "failed": ("failed", "red"),
}
MEETING = {
    "initial": "Initial meeting",
    "review": "Review",
    "progress_check": "Progress check",
    "child_in_need_review": "Child in need review",
    "child_in_care_review": "Children in care review",
    "child_protection_conference": "Child protection conference",
}
_TERMS = ("kind", "tool")


def purpose(value: str, template: str) -> str:
    """The purpose of a message in words; an alert about a check-in is told apart from one about a bottom line."""
    return "Check-in alert" if template == _ALERT_ABOUT_CHECK_IN else PURPOSE[value]


def by_channel(value: str) -> ChannelSpec:
    """What is known of a channel, with its words."""
    return Channel(value).spec


def day(value: date | None) -> str:
    """A day as `Fri 18 Dec 2026`; a dash for None."""
    return day_text(value) if value else "–"


def short_day(value: date | None) -> str:
    """A day as `Fri 18 Dec`; a dash for None."""
    return f"{value:%a} {value.day} {value:%b}" if value else "–"


def moment(value: datetime) -> str:
    """A moment as `Fri 18 Dec, 08:30`, local time."""
    return f"{short_day(local(value).date())}, {local(value):%H:%M}"


def local_date(value: datetime) -> date:
    """The local day of a moment."""
    return local(value).date()


def day_of(value: datetime) -> str:
    """The local day of a moment, as `Fri 18 Dec 2026`."""
    return day(local(value).date())


def clock_time(value: datetime) -> str:
    """A moment as `08:30`, local time."""
    return f"{local(value):%H:%M}"


def of_policy(text: str) -> str:
    """A sentence about a policy for those who read rules and write none: the term of policy files is said in words."""
    plain = re.sub("local defaults", "choices of this policy", text, flags=re.IGNORECASE)
    plain = re.sub("local default", "choice of this policy", plain, flags=re.IGNORECASE)
    return f"A {plain}" if plain.startswith("choice") else plain


def pace(speed: float) -> str:
    """The speed of a clock in words; `speed` is the number of its seconds in a real second."""
    named = {1: "as fast as real time", 60: "an hour a minute", 1440: "a day a minute"}
    return named.get(int(speed), f"{speed:g} times as fast as real time")


def opening(text: str) -> str:
    """The first words of a text, as a mail program shows them."""
    return " ".join(text.split())[:120]


def machine(value: datetime) -> str:
    """A moment for a `datetime` attribute."""
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def role(value: str) -> str:
    """A role in words: `hub_team_manager` → `Hub team manager`."""
    return role_text(value).replace("hub ", "Hub ")


def in_days(days: int) -> str:
    """`tomorrow`, `in 5 days`."""
    return "tomorrow" if days == 1 else f"in {days} days"


def plural(count: int, singular: str, plural_form: str | None = None) -> str:
    """`1 message`, `2 messages`."""
    return f"{count} {singular if count == 1 else plural_form or singular + 's'}"


def said(event: Event, names: Mapping[str, str]) -> str:
    """An event in a few words. Free text that people wrote is not repeated."""
    event_type = EVENT_TYPES[event.type]
    data = event.raw.get("data")
    fields = {key: str(value) for key, value in data.items()} if isinstance(data, dict) else {}
    shown = {key: _readable(key, value, names, event_type) for key, value in fields.items()}
    return event_type.on_pages.format_map(_Gaps(shown))


class _Gaps(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def _readable(key: str, value: str, names: Mapping[str, str], event_type: EventType) -> str:
    if key in event_type.persons:
        return names.get(value, value)
    if key in ("role", "by_role"):
        return role(value)
    if key in _TERMS:
        return value.replace("_", " ")
    if key == "meeting":
        return MEETING.get(value, value.replace("_", " ").capitalize())
    if key.endswith("_on"):
        return day(date.fromisoformat(value))
    return value
