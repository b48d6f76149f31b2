"""The words of the pages for kinds, statuses, events and moments, in the language of their readers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from service.domain.calendar import local
from service.domain.events.event import Event
from service.domain.telling.wording import role_text

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
    "local_default": "local default",
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
CHANNEL = {"email": "email", "sms": "text"}
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
# The words for each type of event. {by} and its like are persons' names, {on} and its like are days.
_EVENTS = {
    "plan.opened": "Plan opened",
    "role.assigned": "{person} is now {role}",
    "role.ended": "{person} is no longer {role}",
    "screening.completed": "Screening completed",
    "hub.consulted": "The Hub was consulted",
    "assessment.started": "Assessment started",
    "assessment.completed": "Assessment completed",
    "section47.completed": "Section 47 enquiry completed",
    "meeting.held": "{meeting} held",
    "meeting.uploaded": "The meeting’s record is on the file",
    "visits.agreed": "Visits agreed: every {every}, by the {by_role}",
    "visit.recorded": "Visit by {by}",
    "visit.shared": "The visit was shared with the social worker",
    "action.agreed": "Action agreed, to be done by {due_on}",
    "action.completed": "Action completed",
    "review_date.set": "Review date set to {review_on}",
    "plan.agreed": "Plan agreed",
    "plan.uploaded": "The plan is on the file",
    "plan.summarised": "The case summary holds the plan",
    "plan.shared": "{with} has a copy of the plan: {how}",
    "plan.signed": "{by} signed the plan",
    "plan.declined": "{by} declined to sign the plan",
    "plan.withheld": "The plan is withheld from {from}",
    "plan.reviewed": "Plan reviewed by {by}",
    "plan.not_followed": "Somebody cannot follow the plan",
    "risk.changed": "Risk has gone {direction}",
    "circumstances.changed": "Circumstances have changed",
    "incident.recorded": "Incident: {kind}",
    "timeline.started": "Timeline started",
    "network.agreed": "Network agreed",
    "network_meetings.agreed": "Network meetings agreed: every {every}",
    "tool.completed": "Completed again: {tool}",
    "ending.planned": "The end is planned for {ends_on}",
    "ending.told": "Everybody has been told that it ends",
    "contact.decided": "A decision on contact was recorded",
    "check_ins.started": "Check-ins agreed, at {at}",
    "check_ins.stopped": "Check-ins stopped",
    "check_in.replied": "{person} answered a check-in",
    "bottom_line.breached": "Bottom line crossed",
    "alert.acknowledged": "{by} acknowledged the alert",
    "alert.closed": "{by} closed the alert",
    "hub.notified": "{by} told the Hub’s service manager",
    "plan.ended": "Plan ended",
    "event.withdrawn": "An entry was withdrawn",
}
_PERSONS = ("by", "person", "who", "chair", "reported_by", "with", "from")
_TERMS = ("kind", "tool")


def purpose(value: str, template: str) -> str:
    """The purpose of a message in words; an alert about a check-in is told apart from one about a bottom line."""
    return "Check-in alert" if template == _ALERT_ABOUT_CHECK_IN else PURPOSE[value]


def day(value: date | None) -> str:
    """A day as `Fri 18 Dec 2026`; a dash for None."""
    return f"{value:%a} {value.day} {value:%b %Y}" if value else "–"


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


def plural(count: int, singular: str, plural_form: str | None = None) -> str:
    """`1 message`, `2 messages`."""
    return f"{count} {singular if count == 1 else plural_form or singular + 's'}"


def said(event: Event, names: Mapping[str, str]) -> str:
    """An event in a few words, without any free text that people wrote."""
    data = event.raw.get("data")
    fields = {key: str(value) for key, value in data.items()} if isinstance(data, dict) else {}
    for key, value in fields.items():
        fields[key] = _readable(key, value, names)
    template = _EVENTS.get(event.type, event.type.replace(".", " ").replace("_", " ").capitalize())
    return template.format_map(_Gaps(fields))


class _Gaps(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "somebody" if key in _PERSONS else "…"


def _readable(key: str, value: str, names: Mapping[str, str]) -> str:
    if key in _PERSONS:
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
