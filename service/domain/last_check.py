"""The last check, at the moment of sending: do the facts still call for it, and for whom; may that person be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from notifications.message import Channel, Decision, Hold, Later, Message, Purpose, Send
from service.domain.calendar import Calendar, local_day
from service.domain.events.event import Event
from service.domain.events.vocabulary import SINGLE_ROLES
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.keys.key import names
from service.domain.keys.ledger import CheckInKey, ReplyKey
from service.domain.keys.messages import AskedAtKey, TextKey
from service.domain.obligations.obligation import Obligation, Status, live_among, standing_of
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from service.domain.telling.alerts import LATE, acknowledgements
from service.domain.telling.asked_texts import DueCheckIn, check_ins_of, falling_on, may_ask
from service.domain.telling.check_ins import ANSWER_WITHIN, check_in_series
from service.domain.telling.contact import Allowed, Reason, Refused, may_tell
from service.domain.telling.ladder import WEEKLY_LIST
from service.domain.telling.notices import causes
from service.domain.telling.recipients import Reach, Recipient, initials_for
from service.domain.telling.records import NOTHING_TOLD, DigestLine, Ledger
from service.domain.telling.rung_messages import recipients_of
from service.domain.telling.slips import slips_of
from service.domain.telling.wording import item

# What a ladder tells, which a policy may let go at any hour.
AT_ANY_HOUR = (Purpose.REMINDER, Purpose.OVERDUE, Purpose.ESCALATION)
OUTDATED = Hold(Reason.OUTDATED.value)
# What an alert says that an older version decided: then it said no more than this.
_SINCE_28_NOVEMBER: Mapping[str, object] = {"times": 1, "by_text": True, "vacant": [], "awaited": False}


def still_wanted(
    book: PolicyBook, events: Sequence[Event], directory: Directory, message: Message, now: datetime,
    ledger: Ledger = NOTHING_TOLD,
) -> Decision:  # fmt: skip
    """Whether one plan's message is still to go now. A digest is asked for plan by plan, with `lines_wanted`."""
    facts = Facts.for_alerts(events, directory, local_day(now))
    if facts is not None and message.purpose is Purpose.ALERT and not _check_in(message):
        return alert_wanted(book, facts, ledger, message, now)
    if facts is None or not facts.introduced:
        return OUTDATED
    if message.purpose is Purpose.CHECK_IN:
        return asks_wanted([facts], message, now)
    if message.purpose is Purpose.REPLY:
        return _reply(facts, message, now)
    if message.purpose is Purpose.ALERT:
        return _check_in_alert(reach_of(book, facts, now), message)
    calendar = book.at(facts.authority, now).calendar
    if not (message.urgent and message.purpose in AT_ANY_HOUR) and not calendar.routine_hours(now):
        return Later(calendar.routine_from(now))
    if message.purpose is Purpose.NOTICE:
        return _notice(book, facts, message, now)
    return _rungs(book, calendar, facts, message, now)


def lines_wanted(
    book: PolicyBook, events: Sequence[Event], directory: Directory, lines: Sequence[DigestLine], now: datetime
) -> list[Decision]:
    """Of lines about one plan, in their order: whether each is still true, and its person still the one to be told."""
    facts = Facts.of(events, directory, local_day(now))
    if facts is None:
        return [OUTDATED] * len(lines)
    calendar = book.at(facts.authority, now).calendar
    if not calendar.routine_hours(now):
        return [Later(calendar.routine_from(now))] * len(lines)
    live = live_among(facts, book, {line.obligation or "" for line in lines}, now)
    duties = {obligation.key: obligation for obligation in live}
    reach = reach_of(book, facts, now)
    return [_line(reach, book, calendar, line, duties.get(line.obligation or "")) for line in lines]


def _line(
    reach: Reach, book: PolicyBook, calendar: Calendar, line: DigestLine, obligation: Obligation | None
) -> Decision:
    """What becomes of a line, with its obligation as it stands; None: nobody has to do that any more."""
    if obligation is None or (line.template == WEEKLY_LIST and obligation.status is not Status.OVERDUE):
        return OUTDATED
    recipient = _resolve(reach, line.role, [obligation], line.channel)
    if recipient is None or recipient.person != line.person:
        # Who has handed it over is told nothing more; the next rung reaches the successor.
        return OUTDATED
    words = item(obligation, book, calendar, initials_for(reach.facts, recipient), reach.now)
    return _addressed(reach.facts, recipient.person, recipient.channel, words, reach.now)


def alert_wanted(book: PolicyBook, facts: Facts | None, ledger: Ledger, message: Message, now: datetime) -> Decision:
    """Whether an alert about a bottom line is still to go: not settled, to whoever holds its role and has not acted."""
    breach = _breach(facts, message) if facts is not None else None
    # With the introduction of a plan another alert begins.
    if facts is None or breach is None or bool(message.context.get("awaited")) is not facts.awaited:
        return OUTDATED
    answers = acknowledgements(book, breach, facts, ledger, now)
    holder = facts.holder(message.role, now)
    if holder is None or answers.settled(now) or answers.by(holder, now):
        return OUTDATED
    context = {**_lateness(message, now), "breach": breach.uid}
    return _addressed(facts, facts.directory.acts_at(holder, now), message.channel, context, now)


def _breach(facts: Facts, message: Message) -> Fact | None:
    """The breach that an alert is about; of several with one id, the one that its key names."""
    ids = {about.get("alert") for about in message.about}
    breaches = [fact for fact in facts.ever("bottom_line.breached") if fact.id in ids]
    return next((fact for fact in breaches if names(message.key, fact.uid)), next(iter(breaches), None))


def _lateness(message: Message, now: datetime) -> Mapping[str, object]:
    """What an alert says, with how late it is by now: it may have waited since it was decided."""
    waited, minutes = now - message.at, message.context.get("minutes")
    since = minutes + int(waited.total_seconds() // 60) if isinstance(minutes, int) and minutes else minutes
    return {
        **_SINCE_28_NOVEMBER,
        **message.context,
        "minutes": since,
        "late": bool(message.context.get("late")) or waited > LATE,
    }


def _check_in(message: Message) -> bool:
    return any("check_in" in about for about in message.about)


def asks_wanted(plans: Sequence[Facts], message: Message, now: datetime) -> Decision:
    """Whether a text that asks a person is still to go, with the facts of all plans that check in with that person.

    It goes as long as one of them still asks, and none forbids it. It is never sent late instead.
    """
    return ask_wanted(asking(plans, message), message, now)


def ask_wanted(due: Sequence[DueCheckIn], message: Message, now: datetime) -> Decision:
    """The same, of the check-ins for which it asks."""
    match may_ask(due, message.person, now):
        case None:
            return OUTDATED
        case Refused(reason):
            return Hold(reason.value)
        case Allowed(address):
            language = due[0].facts.directory.persons[message.person].language
            return Send(message.person, address, message.context, language)


def asking(plans: Sequence[Facts], message: Message) -> list[DueCheckIn]:
    """The check-ins for which a text asks as things stand: those of when it was queued that still are, and new ones."""
    keys = set(check_ins_of(message))
    still = [
        DueCheckIn(facts, series, series.key_on(day))
        for facts in plans
        if facts.ended is None
        for series in check_in_series(facts)
        for day in {CheckInKey.parse(key).day for plan, key in keys if plan == facts.plan}
        if (facts.plan, str(series.key_on(day))) in keys and series.has_text_on(day)
    ]
    return still + [due for due in _at_its_moment(plans, message) if due not in still]


def _at_its_moment(plans: Sequence[Facts], message: Message) -> list[DueCheckIn]:
    try:
        asked_at = AskedAtKey.parse(message.key)
    except ValueError:  # older versions wrote a text for each check-in
        return []
    return falling_on(asked_at.moment, message.person, plans)


def _reply(facts: Facts, message: Message, now: datetime) -> Decision:
    """The answer to a reply: still allowed, and not about something of long ago."""
    if _long_ago(facts, message, now):
        return OUTDATED
    answers = message.template == "reply_stop"
    return _addressed(facts, message.person, Channel.SMS, message.context, now, answers=answers)


def _long_ago(facts: Facts, message: Message, now: datetime) -> bool:
    """Whether what this answers was written so long ago that an answer would only puzzle, or come at a wrong hour."""
    return any(
        now - (reply.moment or reply.time) > ANSWER_WITHIN
        for reply in facts.ever("check_in.replied")
        if str(TextKey(str(ReplyKey(facts.plan, reply.uid)))) == message.key
    )


def _check_in_alert(reach: Reach, message: Message) -> Decision:
    """To the role's present holder or cover, else to who stands next; never to whoever held it before."""
    holder = reach.facts.holder(message.role, reach.now)
    recipient = reach.routine(message.role, holder, Purpose.ALERT, message.channel)
    return _told_now(reach.facts, recipient, message, reach.now)


def _notice(book: PolicyBook, facts: Facts, message: Message, now: datetime) -> Decision:
    if _check_in(message):
        return _told_now(facts, _resolve(reach_of(book, facts, now), message.role, [], message.channel), message, now)
    events = {about.get("event") for about in message.about}
    standing = standing_of(facts, book, now)
    standing_causes = (cause for cause in causes(facts, book, standing, now) if cause.fact.id in events)
    if all(cause.template != message.template for cause in standing_causes):
        return OUTDATED
    return _told_now(facts, _resolve(reach_of(book, facts, now), message.role, [], message.channel), message, now)


def problem_wanted(book: PolicyBook, facts: Facts | None, message: Message, now: datetime) -> Decision:
    """What an event has not done, to whoever holds the role by now; at any hour, for as long as it stands."""
    events = {about.get("event") for about in message.about}
    if facts is None or not any(slip.at_once and slip.event.id in events for slip in slips_of(facts, book)):
        return OUTDATED
    return _told_now(facts, _resolve(reach_of(book, facts, now), message.role, [], message.channel), message, now)


def problem_line_wanted(book: PolicyBook, facts: Facts | None, line: DigestLine, now: datetime) -> Decision:
    """Whether what is wrong with an event still stands, and its person is still the one to be told."""
    if facts is None:
        return OUTDATED
    calendar = book.at(facts.authority, now).calendar
    if not calendar.routine_hours(now):
        return Later(calendar.routine_from(now))
    recipient = _resolve(reach_of(book, facts, now), line.role, [], line.channel)
    stands = any(slip.event.id == line.about.get("event") for slip in slips_of(facts, book))
    if not stands or recipient is None or recipient.person != line.person:
        return OUTDATED
    return _addressed(facts, recipient.person, recipient.channel, line.item, now)


def _told_now(facts: Facts, recipient: Recipient | None, message: Message, now: datetime) -> Decision:
    """What the message says, to whoever is to be told by now."""
    if recipient is None:
        return OUTDATED
    return _addressed(facts, recipient.person, recipient.channel, message.context, now)


def _rungs(book: PolicyBook, calendar: Calendar, facts: Facts, message: Message, now: datetime) -> Decision:
    live = live_among(facts, book, message.obligations or (), now)
    if message.purpose is Purpose.REMINDER:
        live = [obligation for obligation in live if obligation.status is Status.OPEN]
    else:
        live = [obligation for obligation in live if obligation.status is Status.OVERDUE]
    if message.purpose is Purpose.ESCALATION:
        recipient, live = _above(reach_of(book, facts, now), live, message)
    else:
        recipient = _resolve(reach_of(book, facts, now), message.role, live, message.channel)
    if recipient is None or not live:
        return OUTDATED
    initials = initials_for(facts, recipient)
    items = [item(obligation, book, calendar, initials, now) for obligation in live]
    context = {**message.context, "initials": initials, "items": items}
    return _addressed(facts, recipient.person, recipient.channel, context, now)


def _above(reach: Reach, live: Sequence[Obligation], message: Message) -> tuple[Recipient | None, list[Obligation]]:
    """Who stands above those who owe this by now, and what of it goes to that person."""
    role, holder = message.role, reach.facts.holder(message.role, reach.now)
    above = [
        (obligation, recipients_of(reach, obligation, role, holder, message.purpose, message.channel))
        for obligation in live
    ]
    recipient = next((people[0] for _, people in above if people), None)
    return recipient, [obligation for obligation, people in above if people and people[0] == recipient]


def _resolve(reach: Reach, role: str, live: Sequence[Obligation], channel: Channel) -> Recipient | None:
    """Who stands for a role now: its present holder, or whom the obligation itself names; by the message's channel."""
    named = [(role, obligation.responsible) for obligation in live if obligation.responsible_role == role]
    named += [(role, obligation.chair) for obligation in live if obligation.chair_role == role]
    if not named and role not in SINGLE_ROLES | reach.facts.single_roles:
        # Whom the facts named has nothing more to do with the plan: whoever stands there now is told.
        named = [(obligation.responsible_role, obligation.responsible) for obligation in live]
    role, person = named[0] if named else (role, reach.facts.holder(role, reach.now))
    return reach.routine(role, person, Purpose.REMINDER, channel)


def reach_of(book: PolicyBook, facts: Facts, now: datetime) -> Reach:
    """Who can be told now, by the authority's policy of that day."""
    return Reach(facts, book.at(facts.authority, now), now, now)


def _addressed(
    facts: Facts, person: str, channel: Channel, context: Mapping[str, object], now: datetime,
    *, answers: bool | None = None,
) -> Decision:  # fmt: skip
    """Where a person is told by a channel, in which language; or the reason why not."""
    verdict = may_tell(facts, person, channel, now, answers=answers)
    if isinstance(verdict, Refused):
        return Hold(verdict.reason.value)
    return Send(person, verdict.address, context, facts.directory.persons[person].language)
