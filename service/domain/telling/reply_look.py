"""What replies to check-ins call for: word to the workers, one neutral answer, and word of each STOP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from notifications.message import Channel, Purpose
from service.domain.calendar import local_day
from service.domain.events.replies import ReplyMeaning, read_reply
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.keys.ledger import ReplyKey, StepKey, WithheldCheckInKey
from service.domain.people.opt_outs import Stop
from service.domain.telling.check_in_messages import About, CheckInMessages
from service.domain.telling.check_ins import ANSWER_WITHIN, CheckInSeries, check_in_series
from service.domain.telling.contact import Reason, Refused, may_tell
from service.domain.telling.plan_replies import replies_of


def look_at_replies(messages: CheckInMessages) -> None:
    """Tell the workers what has to be read, and answer once who is to be answered."""
    replies, seen = replies_of(messages.facts), messages.result.seen
    known_since, now = messages.ledger.seen, messages.now
    seen.update({name: known_since.get(name, now) for name in replies.names})
    # That all is well is told where texts have ended, perhaps those to whoever says so.
    any_stop = bool(messages.facts.directory.opt_outs.stops)
    for fact, name in zip(replies.facts, replies.names, strict=True) if any_stop else replies.to_tell:
        if name not in messages.ledger.told:
            _read(messages, fact, seen[name])


def _read(messages: CheckInMessages, fact: Fact, since: datetime) -> None:
    read, person, when = read_reply(str(fact.get("text"))), str(fact.get("person")), fact.moment or fact.time
    opt_outs = messages.facts.directory.opt_outs
    # Who had asked for no more texts is not asked: whatever comes then is no answer to a text, and somebody reads it.
    no_answer = read.meaning is ReplyMeaning.OK and bool(opt_outs.against(person, when))
    if read.meaning is ReplyMeaning.AUTOMATIC or (read.meaning is ReplyMeaning.OK and not no_answer):
        return
    reply = ReplyKey(messages.facts.plan, fact.uid)
    messages.result.told[str(reply)] = since
    if read.to_read or no_answer or read.meaning is ReplyMeaning.CALL:
        _alert(messages, reply, read.meaning, messages.about_person(person), when)
    if read.meaning in (ReplyMeaning.CALL, ReplyMeaning.STOP):
        _answer(messages, reply, fact, read.meaning)


def replies_to_tell(messages: CheckInMessages, elsewhere: Facts, person: str) -> Iterator[Fact]:
    """A person's replies on another plan that ask for a call, or have to be read, and have not been told here."""
    for fact, name in elsewhere.derive_once(replies_to_tell, lambda: list(_to_tell(elsewhere))):
        if fact.get("person") == person and messages.told_at(name) is None:
            yield fact


def _to_tell(facts: Facts) -> Iterator[tuple[Fact, str]]:
    for fact in facts.of_type("check_in.replied"):
        read = read_reply(str(fact.get("text")))
        if read.to_read or read.meaning is ReplyMeaning.CALL:
            yield fact, str(ReplyKey(facts.plan, fact.uid))


def tell_reply(messages: CheckInMessages, plan: str, fact: Fact, about: About) -> None:
    """Tell the social worker at once of a reply on another plan that asks for a call, or has to be read."""
    reply, read = ReplyKey(plan, fact.uid), read_reply(str(fact.get("text")))
    messages.result.told[str(reply)] = messages.now
    _alert(messages, reply, read.meaning, about, fact.moment or fact.time)


def _alert(messages: CheckInMessages, reply: ReplyKey, meaning: ReplyMeaning, about: About, when: datetime) -> None:
    happened = ReplyMeaning.CALL if meaning is ReplyMeaning.CALL else ReplyMeaning.UNCLEAR
    messages.alert(str(reply), (messages.reach.policy.lead,), about, happened.value, when)


def _answer(messages: CheckInMessages, reply: ReplyKey, fact: Fact, meaning: ReplyMeaning) -> None:
    """One neutral answer, to somebody who may be texted; the hour does not matter: they have just written."""
    person, stops = str(fact.get("person")), meaning is ReplyMeaning.STOP
    first_stop = stops and any(stop.uid == fact.uid for stop in messages.facts.directory.opt_outs.begins(person))
    verdict = may_tell(messages.facts, person, Channel.SMS, messages.now, answers=first_stop)
    if isinstance(verdict, Refused):
        messages.withhold(reply, person, Purpose.REPLY, verdict.reason)
    elif messages.now - (fact.moment or fact.time) > ANSWER_WITHIN:
        messages.withhold(reply, person, Purpose.REPLY, Reason.OUTDATED)
    elif first_stop or not stops:
        template = "reply_stop" if stops else "reply_call"
        about = messages.about_person(person)
        messages.say(messages.text(reply, person, Purpose.REPLY, template, about))


def tell_stops(messages: CheckInMessages) -> Mapping[str, datetime]:
    """Tell the social worker the next working morning of each person whose texts a STOP ends, once.

    Gives the persons of whom that is told, each with the moment of the first such STOP.
    """
    if not messages.facts.directory.opt_outs.stops:
        return {}
    series: dict[str, list[CheckInSeries]] = {}
    for one_series in check_in_series(messages.facts):
        series.setdefault(one_series.person, []).append(one_series)
    repliers = (str(fact.get("person")) for fact in messages.facts.ever("check_in.replied"))
    since: dict[str, datetime] = {}
    for person in dict.fromkeys((*series, *repliers)):
        for stop in messages.facts.directory.opt_outs.begins(person):
            if _concerns(messages, stop, person, series.get(person, [])):
                since.setdefault(person, stop.moment)
                _tell_stop(messages, stop, person)
    return since


def _concerns(messages: CheckInMessages, stop: Stop, person: str, series: list[CheckInSeries]) -> bool:
    """Whether a STOP is news on this plan: it was sent about it, or ends texts that were agreed on it before."""
    if stop.plan == messages.facts.plan and stop.person == person:
        return True
    begun = any(agreed.started.time <= stop.moment for agreed in series)
    return messages.facts.ended is None and begun and not _told_as_withheld(messages, stop, series)


def _told_as_withheld(messages: CheckInMessages, stop: Stop, series: list[CheckInSeries]) -> bool:
    """Whether the worker was told by a text that was held back for it, as older versions did."""
    today, told_at = local_day(messages.now), messages.ledger.told
    names = (name for agreed in series for _, name in agreed.named_in(local_day(stop.moment), today))
    return any(
        str(WithheldCheckInKey(name, Reason.OPTED_OUT.value)) in told_at and str(StepKey.untold(name)) in told_at
        for name in names
    )


def _tell_stop(messages: CheckInMessages, stop: Stop, person: str) -> None:
    reply = ReplyKey(str(stop.plan), stop.uid)
    own = stop.person == person
    # A reply on this plan was seen as such; older versions told of each reply on its own plan.
    key = str(reply.stop if own else reply.stop_for(person))
    since = messages.since(str(reply) if stop.plan == messages.facts.plan and own else key)
    messages.tell_morning(key, "check_in_stopped", messages.about_person(person), {}, since)
