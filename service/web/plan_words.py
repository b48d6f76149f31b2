"""A plan in words for its page: what happened, what was sent and why not, its people, its picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from notifications.message import OutboxRow
from service.domain.calendar import local_day
from service.domain.events.event import Event
from service.domain.events.event_types import EVENT_TYPES
from service.domain.obligations.obligation import Obligation, Status
from service.domain.policy import PolicyBook
from service.domain.telling.contact import Allowed, Refused
from service.domain.telling.ladder import LadderRung
from service.domain.telling.wording import due_text, role_text, rule_of
from service.use_cases.overviews.plan_sheet import PersonOnPlan, PlanSheet
from service.web import words
from service.web.timeline_picture import Stretch

_DOT = {"red": "late", "green": "done"}
_KIND = {"red": "late", "amber": "today", "green": "done", "blue": "note"}
_WHY_NOT: Mapping[str, str] = {
    "never_contact": "never to be contacted",
    "excluded": "excluded from the plan",
    "withheld_person": "the plan is kept from them",
    "poses_risk": "poses a risk to the child",
    "victim": "a victim of what the plan is about",
    "flag_undecided": "a flag is up, and no manager has approved contact",
    "opted_out": "asked for no more texts",
    "no_contact_decision": "nobody has decided that they may be contacted",
    "no_address": "no address is recorded",
    "outside_window": "not at this hour",
    "unannounced": "it would announce an unannounced visit",
    "outdated": "no longer true when it was to go",
    "too_many": "too many messages in a short time",
    "not_listed": "only listed recipients are sent anything",
    "no_channel": "no such channel is set up",
}


@dataclass(frozen=True, slots=True)
class PlanHappening:
    """An entry of what has happened. `entry` is the code of an event that was recorded on a page."""

    at: datetime
    title: str
    detail: str
    kind: str
    link: str | None
    struck: bool


@dataclass(frozen=True, slots=True)
class SentLine:
    """A message as a row: what, to whom, how it went, and why it was held back, if it was."""

    id: str
    at: datetime
    subject: str
    to: str
    role: str
    way: str
    state: str
    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody on the plan: how to reach them safely, or why not to."""

    id: str
    name: str
    roles: str
    kind: str
    ways: Sequence[str]
    warning: str
    away: str


@dataclass(frozen=True, slots=True)
class ComingLine:
    """What will be told while nothing is recorded."""

    at: datetime
    subject: str
    label: str
    to: str


def why_not(reason: str) -> str:
    """Why something was held back, in words."""
    return _WHY_NOT.get(reason, reason.replace("_", " "))


def happenings(sheet: PlanSheet, path: str, source: str) -> list[PlanHappening]:
    """What was recorded, the newest first. What was recorded on pages (`source`) can be looked at and withdrawn."""
    return [_happening(event, sheet, path, source) for event in sheet.recorded]


def _happening(event: Event, sheet: PlanSheet, path: str, source: str) -> PlanHappening:
    day = getattr(event.data, "on", None)
    is_late = isinstance(day, date) and day != local_day(event.time)
    kind = _DOT.get(EVENT_TYPES[event.type].colour, "" if EVENT_TYPES[event.type].done else "quiet")
    link = f"{path}/entries/{event.id}" if event.source == source and event.type != "event.withdrawn" else None
    detail = f"of {words.short_day(day)}, recorded later" if is_late and isinstance(day, date) else ""
    return PlanHappening(
        event.time, words.said(event, sheet.names), detail, kind, link, event.uid not in sheet.standing
    )


def sent_lines(sheet: PlanSheet) -> list[SentLine]:
    """What was sent, is waiting, or was held back, the newest first."""
    lines = [_sent(row, sheet.names) for row in sheet.messages]
    checked = {row.id for row in sheet.messages}
    held = [record for record in sheet.overview.withheld if record.key not in checked]
    lines += [
        SentLine("", record.at, words.PURPOSE[record.purpose], sheet.names.get(record.to, record.to), "", "",
                 "held back", "", why_not(record.reason))
        for record in held
    ]  # fmt: skip
    return sorted(lines, key=lambda line: line.at, reverse=True)


def _sent(row: OutboxRow, names: Mapping[str, str]) -> SentLine:
    message, (state, colour) = row.message, words.STATE[row.state]
    return SentLine(
        id=row.id,
        at=row.settled_at or message.at,
        subject=words.purpose(message.purpose, message.template),
        to=names.get(row.sent_to or message.person, message.person),
        role=role_text(message.role),
        way=message.channel.spec.word,
        state=state,
        kind=_KIND.get(colour, ""),
        why=why_not(row.reason) if row.reason else "",
    )


def people_lines(sheet: PlanSheet) -> list[PersonLine]:
    """The people of the plan: those who work on it, then the family."""
    lines = [_person(member, sheet.names) for member in sheet.people]
    return [*(line for line in lines if line.kind != "family"), *(line for line in lines if line.kind == "family")]


def _person(member: PersonOnPlan, names: Mapping[str, str]) -> PersonLine:
    person = member.person
    ways, refused = [], []
    for channel, verdict in member.reach.items():
        if isinstance(verdict, Allowed):
            ways.append(f"{channel.spec.word.capitalize()}: {verdict.address}")
        elif isinstance(verdict, Refused):
            refused.append(verdict.reason.value)
    window = person.decision.window if person.decision else None
    if window is not None and ways:
        ways.append(f"only {', '.join(window.days)}, {window.from_:%H:%M} to {window.until:%H:%M}")
    barring = [reason for reason in dict.fromkeys(refused) if reason not in ("no_address", "outside_window")]
    hours = "not at this hour" if "outside_window" in refused else ""
    warning = why_not(barring[0]) if barring else hours
    return PersonLine(
        id=person.id,
        name=names.get(person.id, person.id),
        roles=", ".join(role_text(role) for role in member.roles),
        kind="family" if person.is_family else person.kind,
        ways=ways,
        warning=warning,
        away=_away(member, names),
    )


def _away(member: PersonOnPlan, names: Mapping[str, str]) -> str:
    if member.away is None:
        return ""
    cover = member.away.cover
    return (
        f"away until {words.day(member.away.last_day)}, {'cover ' + names.get(cover, cover) if cover else 'no cover'}"
    )


def coming_lines(sheet: PlanSheet, book: PolicyBook) -> list[ComingLine]:
    """What will be told while nothing is recorded, the soonest first."""
    return [_coming(duty, rung, book) for duty, rung in sheet.coming]


def _coming(duty: Obligation, rung: LadderRung, book: PolicyBook) -> ComingLine:
    roles = [*([duty.responsible_role] if rung.own else []), *rung.roles]
    subject = "Weekly list" if rung.listed else words.PURPOSE[rung.purpose.value]
    return ComingLine(rung.moment, subject, rule_of(book, duty).label, ", ".join(role_text(role) for role in roles))


def stretches(sheet: PlanSheet, book: PolicyBook) -> list[Stretch]:
    """The duties as the picture draws them."""
    days: dict[str, list[date]] = {}
    for duty, rung in sheet.coming:
        days.setdefault(duty.key, []).append(local_day(rung.moment))
    return [_stretch(duty, book, sheet.names, tuple(days.get(duty.key, ()))) for duty in sheet.overview.obligations]


def _stretch(duty: Obligation, book: PolicyBook, names: Mapping[str, str], told_on: tuple[date, ...]) -> Stretch:
    label = rule_of(book, duty).label
    person = names.get(duty.about or "")
    lane = f"{label[:1].upper()}{label[1:]}{f', {person}' if person else ''}"
    is_off, is_late = duty.status in (Status.CANCELLED, Status.SUPERSEDED), duty.status is Status.OVERDUE
    state, _ = words.STATUS[duty.status.value]
    met = f", on {words.day(duty.met_on)}" if duty.met_on else ""
    spoken = f"open since {words.day(duty.opened_on)}, due {due_text(duty, rule_of(book, duty))}, {state}{met}"
    return Stretch(lane, duty.opened_on, duty.due_on, duty.met_on, duty.live, is_off, is_late, spoken, told_on)
