"""The last check, at the moment of sending: do the facts still call for it, and for whom; may that person be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.calendar import Calendar, local_day
from service.domain.events.event import Event
from service.domain.events.vocabulary import SINGLE_ROLES
from service.domain.facts import Facts
from service.domain.keys.ledger import ReplyKey
from service.domain.keys.messages import TextKey
from service.domain.obligations.obligation import Obligation, Standing, standing_of
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from service.domain.telling.alerts import LATE, has_acknowledged, settled
from service.domain.telling.check_ins import ANSWER_WITHIN, check_in_series
from service.domain.telling.contact import Allowed, Channel, Reason, Refused, may_tell
from service.domain.telling.notices import causes, initials_for
from service.domain.telling.recipients import Reach, Recipient
from service.domain.telling.records import DigestLine, Notice
from service.domain.telling.wording import item


@dataclass(frozen=True, slots=True)
class Wanted:
    """It is to go, to this person at this address, saying this."""

    person: str
    address: str
    context: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Unwanted:
    """It is not to go any more; why."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotNow:
    """It may go, but not at this hour."""

    until: datetime


Verdict = Wanted | Unwanted | NotNow
OUTDATED = Unwanted(Reason.OUTDATED.value)


def still_wanted(
    book: PolicyBook, events: Sequence[Event], directory: Directory, notice: Notice, now: datetime
) -> Verdict:
    """Whether one plan's notice is still to go now. A digest is asked for line by line, with `line_wanted`."""
    facts = Facts.of(events, directory, local_day(now))
    if facts is None:
        return OUTDATED
    if notice.purpose in ("check_in", "reply"):
        return _family(facts, notice, now)
    if notice.purpose == "alert":
        return _check_in_alert(facts, notice, now) if _check_in(notice) else _alert(book, facts, notice, now)
    calendar = book.versions(facts.authority)[-1].calendar
    if not calendar.routine_hours(now):
        return NotNow(calendar.routine_from(now))
    standing = standing_of(facts, book, now)
    if notice.purpose == "notice":
        return _notice(book, facts, standing, notice, now)
    return _rungs(book, calendar, facts, standing, notice, now)


def line_wanted(
    book: PolicyBook, events: Sequence[Event], directory: Directory, line: DigestLine, now: datetime
) -> Verdict:
    """Whether a digest's line is still true, and its person still the one to be told."""
    facts = Facts.of(events, directory, local_day(now))
    if facts is None:
        return OUTDATED
    calendar = book.versions(facts.authority)[-1].calendar
    if not calendar.routine_hours(now):
        return NotNow(calendar.routine_from(now))
    live = {one.key: one for one in standing_of(facts, book, now).obligations if one.live}
    one = live.get(line.obligation)
    if one is None:
        return OUTDATED
    told = _resolve(facts, line.role, [one], line.channel, now)
    if told is None or told.person != line.person:
        # Who has handed it over is told nothing more; the next rung reaches the successor.
        return OUTDATED
    return _addressed(facts, told, item(one, book, calendar, initials_for(facts, told), now), now)


def _alert(book: PolicyBook, facts: Facts, notice: Notice, now: datetime) -> Verdict:
    wanted = {about.get("alert") for about in notice.about}
    breach = next((fact for fact in facts.ever("bottom_line.breached") if fact.id in wanted), None)
    if breach is None:
        return OUTDATED
    line = book.in_force(facts.authority, breach.day).bottom_line
    if settled(breach, facts, line, now):
        return OUTDATED
    holder = facts.holder(notice.role, now)
    people: set[object] = {
        fact.get("by") for fact in facts.ever("alert.acknowledged") if fact.get("alert") == breach.id
    }
    if holder is None or has_acknowledged(holder, people, facts, now):
        return OUTDATED
    told = facts.directory.acts_at(holder, now)
    kind = facts.directory.persons[told].kind
    return _addressed(facts, Recipient(told, notice.role, notice.channel, kind), _lateness(notice, now), now)


def _lateness(notice: Notice, now: datetime) -> Mapping[str, object]:
    """What an alert says, with how late it is by now: it may have waited since it was decided."""
    waited, minutes = now - notice.at, notice.context.get("minutes")
    since = minutes + int(waited.total_seconds() // 60) if isinstance(minutes, int) and minutes else minutes
    return {**notice.context, "minutes": since, "late": bool(notice.context.get("late")) or waited > LATE}


def _check_in(notice: Notice) -> bool:
    return any("check_in" in about for about in notice.about)


def _family(facts: Facts, notice: Notice, now: datetime) -> Verdict:
    """A text to family: still agreed, still allowed, still inside the window. It is never sent late instead."""
    if notice.purpose == "check_in" and not _still_asked(facts, notice, now):
        return OUTDATED
    if notice.purpose == "reply" and _long_ago(facts, notice, now):
        return OUTDATED
    answers = notice.template == "reply_stop" if notice.purpose == "reply" else None
    answer = may_tell(facts, notice.person, "sms", now, answers=answers)
    if isinstance(answer, Refused):
        return Unwanted(answer.reason.value)
    return Wanted(notice.person, answer.address, notice.context)


def _still_asked(facts: Facts, notice: Notice, now: datetime) -> bool:
    agreements = {about.get("check_in") for about in notice.about}
    theirs = [
        series
        for series in check_in_series(facts)
        if series.person == notice.person and series.started.id in agreements
    ]
    today = local_day(now)
    return facts.ended is None and any(series.ends_before is None or today < series.ends_before for series in theirs)


def _long_ago(facts: Facts, notice: Notice, now: datetime) -> bool:
    """Whether what this answers was written so long ago that an answer would only puzzle, or come at a wrong hour."""
    return any(
        now - (reply.moment or reply.time) > ANSWER_WITHIN
        for reply in facts.ever("check_in.replied")
        if str(TextKey(str(ReplyKey(facts.plan, reply.uid)))) == notice.key
    )


def _check_in_alert(facts: Facts, notice: Notice, now: datetime) -> Verdict:
    """To the role's present holder or cover, else to who stands next; never to whoever held it before."""
    told = Reach(facts, now, now).routine(notice.role, facts.holder(notice.role, now), "alert", notice.channel)
    return OUTDATED if told is None else _addressed(facts, told, notice.context, now)


def _notice(book: PolicyBook, facts: Facts, standing: Standing, notice: Notice, now: datetime) -> Verdict:
    if _check_in(notice):
        told = _resolve(facts, notice.role, [], notice.channel, now)
        return OUTDATED if told is None else _addressed(facts, told, notice.context, now)
    events = {about.get("event") for about in notice.about}
    policy = book.in_force(facts.authority, facts.opened.day)
    known = causes(facts, policy, standing.moved, 0)
    cause = next((one for one in known if one.fact.id in events and one.template == notice.template), None)
    if cause is None:
        return OUTDATED
    told = _resolve(facts, cause.role, [], notice.channel, now)
    return OUTDATED if told is None else _addressed(facts, told, notice.context, now)


def _rungs(
    book: PolicyBook, calendar: Calendar, facts: Facts, standing: Standing, notice: Notice, now: datetime
) -> Verdict:
    live = [one for one in standing.obligations if one.key in notice.obligations and one.live]
    if notice.purpose == "reminder":
        live = [one for one in live if local_day(now) <= one.due_on]
    if not live:
        return OUTDATED
    told = _resolve(facts, notice.role, live, notice.channel, now)
    if told is None:
        return OUTDATED
    initials = initials_for(facts, told)
    items = [item(one, book, calendar, initials, now) for one in live]
    return _addressed(facts, told, {**notice.context, "initials": initials, "items": items}, now)


def _resolve(facts: Facts, role: str, live: Sequence[Obligation], channel: Channel, now: datetime) -> Recipient | None:
    """Who stands for a role now: its present holder, or whom the obligation itself names; by the message's channel."""
    named = [(role, one.responsible) for one in live if one.responsible_role == role]
    named += [(role, one.chair) for one in live if one.chair_role == role]
    if not named and role not in SINGLE_ROLES:
        # Whom the facts named has nothing more to do with the plan: whoever stands there now is told.
        named = [(one.responsible_role, one.responsible) for one in live]
    role, person = named[0] if named else (role, facts.holder(role, now))
    return Reach(facts, now, now).routine(role, person, "reminder", channel)


def _addressed(facts: Facts, told: Recipient, context: Mapping[str, object], now: datetime) -> Verdict:
    answer = may_tell(facts, told.person, told.channel, now)
    if isinstance(answer, Refused):
        return Unwanted(answer.reason.value)
    assert isinstance(answer, Allowed)  # noqa: S101 - the other of the two
    return Wanted(told.person, answer.address, context)
