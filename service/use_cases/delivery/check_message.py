"""Check a message a last time, in its claim: whether it is still called for, to whom it goes, and where."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import Clock
from notifications.message import Channel, Decision, Hold, Later, Message, OutboxRow, Purpose, Send
from notifications.outbox.told_anew import told_anew
from service.domain.calendar import local_day
from service.domain.facts import Facts
from service.domain.last_check import (
    alert_wanted,
    ask_wanted,
    asking,
    lines_wanted,
    problem_line_wanted,
    problem_wanted,
    still_wanted,
)
from service.domain.obligations.obligation import Obligation
from service.domain.own_id import NO_PLAN, OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.asked_texts import DueCheckIn, check_ins_of
from service.domain.telling.contact import Allowed, Reason, Refused, may_tell
from service.domain.telling.gathered import GATHERED, PROBLEMS, also_late, gathered_email
from service.domain.telling.problems import PROBLEM
from service.domain.telling.records import NOTHING_TOLD, DigestLine
from service.domain.telling.wording import sender_words
from service.store import digest_lines, obligations, persons
from service.use_cases.delivery.alert_access import ABOUT_CODES, BOTTOM_LINE, give_access, note_unreachable
from service.use_cases.delivery.bad_address import ADDRESS_REFUSED, check_address_refused
from service.use_cases.delivery.rate_limits import Going, going_of, keep_to_rate_limits
from service.use_cases.delivery.undeliverable import TEMPLATE
from service.use_cases.delivery.word_family_text import UNCHECKED, TextAbout, is_answered_by, word_family_text
from service.use_cases.looks.look_at_plan import PlanFacts, facts_of_all, fellows_of
from service.use_cases.looks.unsend_check_in import unsend_check_in
from service.use_cases.operations.notify_operator import OPERATIONS, Directories, check_operations
from service.use_cases.policies.follow import follow

CHECK_IN = "check_in"
SEEN_BY_EXCEPTION = "seen_by_exception"
_TOLD_AGAIN = frozenset({BOTTOM_LINE, "reminder", "overdue"})


@dataclass(frozen=True, slots=True)
class _Claimed:
    """What the claimed messages are about, read for all of them at once."""

    facts: Mapping[OwnId, PlanFacts]
    lines: Mapping[str, Sequence[DigestLine]]  # by the name of the email that they went into
    overdue: Mapping[OwnId, Sequence[Obligation]]  # what those owe to whom such an email goes
    told_anew: Collection[str]  # the ids of messages that were told again since
    alone: Collection[OwnId]  # who is asked by a number that serves nobody and nothing else
    directories: Directories

    def facts_of(self, authority: str | None, plan: str | None) -> PlanFacts | None:
        """All that is known of a plan; None where there is no such plan. Without one, of the authority's people."""
        return self.facts.get(OwnId(str(authority), plan or NO_PLAN))


@dataclass(frozen=True, slots=True)
class MessageCheck:
    """The last check, which is asked in each claim, about all that is claimed.

    Every link leads to the sign-in page and carries nothing; that of an alert leads to its page, and is one person's.
    `only_to`: addresses, domains (`@example.org`) and numbers, in lower case, that alone are written to; none: all are.
    `channels`: those that are set up. Nothing waits for one that is not, where another one serves in its place.
    """

    book: PolicyBook
    clock: Clock
    public_url: str | None = None
    only_to: Collection[str] = ()
    channels: Collection[Channel] = tuple(Channel)

    async def __call__(self, session: AsyncSession, rows: Sequence[OutboxRow]) -> list[Decision]:
        """Of each message, in their order, whether it is to go now, to whom, and with what."""
        now = self.clock.now()
        await follow(session, self.book)
        claimed = await _read(session, self.book, rows)
        answers = [(row, await self._still_wanted(session, row, claimed, now)) for row in rows]
        going = await going_of(session, answers, claimed.directories, now)
        return [await self._decide(session, row, decision, going, now) for row, decision in answers]

    async def _still_wanted(self, session: AsyncSession, row: OutboxRow, claimed: _Claimed, now: datetime) -> Decision:
        """What the facts say of a message."""
        if (ask_alone := _ALONE.get(row.message.template)) is not None:
            return await ask_alone(session, self.book, row, claimed.directories, now)
        ask = _ABOUT_PLANS.get(row.message.template, check_plan_message)
        return await ask(session, self.book, row, claimed, now)

    async def _decide(
        self, session: AsyncSession, row: OutboxRow, answer: Decision, going: Going, now: datetime
    ) -> Decision:
        decision = await self._may_go(session, row, answer, going, now) if isinstance(answer, Send) else answer
        if isinstance(decision, Hold):
            await unsend_check_in(session, row.message, decision.reason, now, worker_knows=False)
        if not isinstance(decision, Send):
            return decision
        going.add(row, decision)
        words = sender_words(self.book, row.message.authority)
        send = replace(decision, context={**words, **decision.context, "link": self.public_url})
        if row.message.template != BOTTOM_LINE:
            return send
        return await give_access(session, row.message, send, self.public_url, self.channels, now)

    async def _may_go(
        self, session: AsyncSession, row: OutboxRow, decision: Send, going: Going, now: datetime
    ) -> Decision:
        if self.only_to and not _is_listed(decision.address, self.only_to):
            return Hold(Reason.NOT_LISTED)
        channel = row.message.channel
        if channel not in self.channels and channel.spec.without in self.channels:
            await note_unreachable(session, self.book, row.message, now)
            return Hold(Reason.NO_CHANNEL)
        if is_answered_by(going.with_it(row, decision), row):
            return Hold(Reason.OUTDATED)
        return await keep_to_rate_limits(session, self.book, row, decision, going, now)


async def _read(session: AsyncSession, book: PolicyBook, rows: Sequence[OutboxRow]) -> _Claimed:
    emails = [row.message for row in rows if row.message.template in GATHERED]
    # What is said of a duty is worded anew, in `lines_wanted`.
    lines = await digest_lines.lines_in(session, emails, with_items=[PROBLEMS])
    overdue = await obligations.overdue_of_persons(session, {OwnId(mail.authority, mail.person) for mail in emails})
    plans = {OwnId(line.authority, line.plan or NO_PLAN) for of_email in lines.values() for line in of_email}
    one_by_one = {*_ALONE, *GATHERED, CHECK_IN}
    about_one = (row.message for row in rows if row.message.template not in one_by_one)
    plans |= {OwnId(message.authority, message.plan or NO_PLAN) for message in about_one}
    texts = [row.message for row in rows if row.message.template == CHECK_IN]
    plans |= {plan for text in texts for plan in _asked_for(text)}
    alone = await persons.with_number_alone(session, {OwnId(text.authority, text.person) for text in texts})
    repeated = await told_anew(session, rows, _TOLD_AGAIN)
    alerting = any(row.message.purpose is Purpose.ALERT for row in rows)  # an alert goes on by what was told of it
    facts = await facts_of_all(session, book, plans, with_ledgers=alerting)
    return _Claimed(facts, lines, overdue, repeated, alone, Directories(session, book))


def _is_listed(address: str, listed: Collection[str]) -> bool:
    address = address.lower()
    return address in listed or f"@{address.rpartition('@')[2]}" in listed


async def check_plan_message(
    session: AsyncSession, book: PolicyBook, row: OutboxRow, claimed: _Claimed, now: datetime
) -> Decision:
    """One plan's message: its facts are asked again, as they are at this moment."""
    plan_facts = claimed.facts_of(row.message.authority, row.message.plan)
    if plan_facts is None or row.id in claimed.told_anew:
        return Hold(Reason.OUTDATED)
    if row.message.template == PROBLEM:
        return problem_wanted(book, plan_facts.for_alerts(now), row.message, now)
    if plan_facts.awaits is not None:
        return alert_wanted(book, plan_facts.for_alerts(now), plan_facts.ledger, row.message, now)
    past = plan_facts.ledger if row.message.purpose is Purpose.ALERT else NOTHING_TOLD
    decision = still_wanted(book, plan_facts.events, plan_facts.directory, row.message, now, past)
    facts = Facts.of(plan_facts.events, plan_facts.directory, local_day(now)) if row.message.family else None
    if facts is not None and isinstance(decision, Send):
        return await word_family_text(session, book, row, decision, _text_about(book, facts, now), now)
    return decision


async def check_check_in(
    session: AsyncSession, book: PolicyBook, row: OutboxRow, claimed: _Claimed, now: datetime
) -> Decision:
    """A text that asks a person, for one plan or several: the facts of all of them are asked again."""
    plans_facts = await _facts_of_all(session, book, row.message, claimed, now)
    due = asking(plans_facts, row.message)
    decision = ask_wanted(due, row.message, now)
    if not isinstance(decision, Send):
        return decision
    about = _text_about(book, due[0].facts, now, due)
    alone = OwnId(row.message.authority, decision.person) in claimed.alone
    return await word_family_text(session, book, row, decision, replace(about, alone=alone), now)


async def _facts_of_all(
    session: AsyncSession, book: PolicyBook, text: Message, claimed: _Claimed, now: datetime
) -> list[Facts]:
    """The facts of the plans for which a text asks, and of all others that check in with the person."""
    for plan in _asked_for(text):
        plan_facts = claimed.facts.get(plan)
        facts = Facts.of(plan_facts.events, plan_facts.directory, local_day(now)) if plan_facts else None
        if plan_facts is not None and facts is not None:
            fellows = await fellows_of(session, book, plan, plan_facts, now)
            return [facts, *(fellow.facts for fellow in fellows)]
    return []


def _asked_for(text: Message) -> list[OwnId]:
    """The plans for which a text asks, in their order."""
    return list(dict.fromkeys(OwnId(str(text.authority), reference) for reference, _ in check_ins_of(text)))


def _text_about(book: PolicyBook, facts: Facts, now: datetime, due: Sequence[DueCheckIn] = ()) -> TextAbout:
    lead = book.at(facts.authority, now).lead
    worker = next(_holders(book, facts, lead, now), None)
    return TextAbout(facts.plan, lead, worker, frozenset(check_in.facts.plan for check_in in due))


async def check_gathered(
    session: AsyncSession, book: PolicyBook, row: OutboxRow, claimed: _Claimed, now: datetime
) -> Decision:
    """A digest, or its like: lines that are no longer true are dropped; without a line there is no email."""
    kept: list[DigestLine] = []
    refused: Hold = Hold(Reason.OUTDATED)
    to: Send | None = None
    for line, decision in _decided(book, claimed, claimed.lines[row.message.name], now):
        if isinstance(decision, Later):
            return decision
        if isinstance(decision, Hold):
            refused = decision
            continue
        to = to or decision
        kept.append(replace(line, item=decision.context))
    if to is None:
        return refused
    person = OwnId(row.message.authority, row.message.person)
    late = also_late(claimed.overdue[person], person, kept, book, now)
    return replace(to, context=gathered_email(kept, late, now).context)


def _decided(
    book: PolicyBook, claimed: _Claimed, lines: Sequence[DigestLine], now: datetime
) -> Iterator[tuple[DigestLine, Decision]]:
    """What the facts say of each line, plan by plan; nothing of lines about a plan that there is not."""
    for plan, group in groupby(lines, key=attrgetter("authority", "plan")):
        of_plan = list(group)
        if (plan_facts := claimed.facts_of(*plan)) is None:
            continue
        if of_plan[0].template == PROBLEMS:
            facts = plan_facts.for_alerts(now)
            yield from ((line, problem_line_wanted(book, facts, line, now)) for line in of_plan)
        else:
            decisions = lines_wanted(book, plan_facts.events, plan_facts.directory, of_plan, now)
            yield from zip(of_plan, decisions, strict=True)


async def check_word(
    session: AsyncSession, book: PolicyBook, row: OutboxRow, claimed: _Claimed, now: datetime
) -> Decision:
    """Word of something that happened, which no later fact makes untrue: that somebody could not be reached, say."""
    del session
    plan_facts = claimed.facts_of(row.message.authority, row.message.plan) if row.message.plan else None
    # That an alert did not reach somebody is told as long as the alert itself.
    facts = plan_facts.for_alerts(now) if plan_facts else None
    if facts is None or not (facts.introduced or row.message.urgent):
        return Hold(Reason.OUTDATED)
    calendar = book.at(facts.authority, now).calendar
    if not row.message.urgent and not calendar.routine_hours(now):
        return Later(calendar.routine_from(now))
    # Who could not be reached was told to one who could: that choice stands. Else it is whoever has the role by now.
    unchecked = row.message.template == UNCHECKED
    persons = list(_holders(book, facts, row.message.role, now)) if unchecked else [row.message.person]
    verdicts = [(person, may_tell(facts, person, row.message.channel, now)) for person in persons]
    for person, verdict in verdicts:
        if isinstance(verdict, Allowed):
            language = facts.directory.persons[person].language
            return Send(person, verdict.address, row.message.context, language)
    refused = [verdict.reason for _, verdict in verdicts if isinstance(verdict, Refused)]
    return Hold(refused[0] if refused else Reason.NO_ADDRESS)


def _holders(book: PolicyBook, facts: Facts, role: str, now: datetime) -> Iterator[str]:
    """Who has a role now, or stands in for who has; after them, those to whom it falls."""
    candidates = dict.fromkeys((role, *book.at(facts.authority, now).fallbacks))
    holders = (facts.holder(candidate, now) for candidate in candidates)
    return (facts.directory.acts_at(holder, now) for holder in holders if holder is not None)


_AskAboutPlans = Callable[[AsyncSession, PolicyBook, OutboxRow, _Claimed, datetime], Awaitable[Decision]]
# What is asked with the plans that were read for all messages at once; for a template that is missing, the plan's own.
_ABOUT_PLANS: Mapping[str, _AskAboutPlans] = {
    **dict.fromkeys(GATHERED, check_gathered),
    CHECK_IN: check_check_in,
    TEMPLATE: check_word,
    **dict.fromkeys(ABOUT_CODES, check_word),
    UNCHECKED: check_word,
    SEEN_BY_EXCEPTION: check_word,
}
_AskAlone = Callable[[AsyncSession, PolicyBook, OutboxRow, Directories, datetime], Awaitable[Decision]]
# What is asked message by message, of an authority's people.
_ALONE: Mapping[str, _AskAlone] = {
    OPERATIONS: check_operations,
    ADDRESS_REFUSED: check_address_refused,
}
