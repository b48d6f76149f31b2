"""Check a message a last time, in its claim: whether it is still called for, to whom it goes, and where."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import Clock
from notifications.message import Hold, Later, OutboxRow, Send, State
from notifications.outbox import outbox
from service.domain.facts import Facts
from service.domain.last_check import NotNow, Unwanted, Wanted, line_wanted, still_wanted
from service.domain.policy import PolicyBook
from service.domain.telling.contact import Allowed, Reason, Refused, may_tell
from service.domain.telling.digest import digest
from service.domain.telling.recipients import FALLBACK
from service.domain.telling.records import DigestLine, Notice
from service.store import digest_lines, plans
from service.use_cases.delivery.rate_limits import keep_to_rate_limits
from service.use_cases.delivery.undeliverable import TEMPLATE
from service.use_cases.delivery.word_family_text import UNCHECKED, WORKER, word_family_text
from service.use_cases.looks.look_at_plan import PlanFacts, facts_of_plan
from service.use_cases.looks.send_digests import overdue_items
from service.use_cases.looks.unsend_check_in import unsend_check_in
from service.use_cases.operations.notify_operator import OPERATIONS, check_operations

Answer = Send | Hold | Later
_TOLD_AGAIN = frozenset({"bottom_line", "reminder", "overdue"})
_ON_ITS_WAY_OR_GONE = (State.QUEUED, State.CLAIMED, State.SENT, State.UNKNOWN)
LastCheck = Callable[[AsyncSession, OutboxRow], Awaitable[Answer]]


def last_check(
    book: PolicyBook, clock: Clock, public_url: str | None = None, only_to: Collection[str] = ()
) -> LastCheck:
    """The function that is asked in each claim. Every link leads to the sign-in page and carries nothing.

    `only_to`: addresses, domains (`@example.org`) and numbers, in lower case, that alone are written to; none: all are.
    """

    async def check(session: AsyncSession, row: OutboxRow) -> Answer:
        ask = _BY_TEMPLATE.get(row.message.template, check_notice)
        answer = await ask(session, book, row, clock.now())
        if isinstance(answer, Send) and only_to and not _is_listed(answer.address, only_to):
            answer = Hold(Reason.NOT_LISTED)
        if isinstance(answer, Send):
            answer = await keep_to_rate_limits(session, book, row, answer, clock.now())
        if isinstance(answer, Hold):
            await unsend_check_in(session, row.message, answer.reason, clock.now(), told=False)
        if isinstance(answer, Send):
            return replace(answer, context={**answer.context, "link": public_url})
        return answer

    return check


def _is_listed(address: str, listed: Collection[str]) -> bool:
    address = address.lower()
    return address in listed or f"@{address.rpartition('@')[2]}" in listed


async def check_notice(session: AsyncSession, book: PolicyBook, row: OutboxRow, now: datetime) -> Answer:
    """One plan's message: its facts are asked again, as they are at this moment."""
    known = await _known_of(session, book, str(row.message.plan))
    if known is None or await _told_anew(session, row):
        return Hold(Reason.OUTDATED)
    answer = _in_words(still_wanted(book, known.events, known.directory, notice_of(row), now), known)
    facts = Facts.of(known.events, known.directory) if row.message.family else None
    if facts is not None and isinstance(answer, Send):
        worker = next(iter(_holders(facts, WORKER, now)), None)
        return await word_family_text(session, book, row, answer, worker, now)
    return answer


async def _told_anew(session: AsyncSession, row: OutboxRow) -> bool:
    """Whether the same was told again since, and is on its way or has gone: after a gap one message is enough."""
    mine = row.message
    if mine.template not in _TOLD_AGAIN:
        return False
    newer = await outbox.recent(session, plan=mine.plan, person=mine.person, states=_ON_ITS_WAY_OR_GONE)
    same = (one.message for one in newer if one.message.at > mine.at)
    return any((one.template, one.channel, one.about) == (mine.template, mine.channel, mine.about) for one in same)


async def check_digest(session: AsyncSession, book: PolicyBook, row: OutboxRow, now: datetime) -> Answer:
    """A digest: lines that are no longer true are dropped; without a line there is no digest."""
    kept: list[DigestLine] = []
    refused: Hold = Hold(Reason.OUTDATED)
    to: Send | None = None
    plans_known: dict[str, PlanFacts | None] = {}
    for line in await digest_lines.in_digest(session, row.message.key):
        if line.plan not in plans_known:
            plans_known[line.plan] = await _known_of(session, book, line.plan)
        if (known := plans_known[line.plan]) is None:
            continue
        answer = _in_words(line_wanted(book, known.events, known.directory, line, now), known)
        if isinstance(answer, Later):
            return answer
        if isinstance(answer, Hold):
            refused = answer
            continue
        to = to or answer
        kept.append(replace(line, item=answer.context))
    if to is None:
        return refused
    overdue = await overdue_items(session, book, row.message.person, kept, now)
    return replace(to, context=digest(row.message.person, kept, overdue, now).context)


async def check_word(session: AsyncSession, book: PolicyBook, row: OutboxRow, now: datetime) -> Answer:
    """Word of something that happened, which no later fact makes untrue: that somebody could not be reached, say."""
    known = await _known_of(session, book, str(row.message.plan))
    facts = Facts.of(known.events, known.directory) if known else None
    if known is None or facts is None:
        return Hold(Reason.OUTDATED)
    calendar = book.versions(facts.authority)[-1].calendar
    if not row.message.urgent and not calendar.routine_hours(now):
        return Later(calendar.routine_from(now))
    # Who could not be reached was told to one who could: that choice stands. Else it is whoever has the role by now.
    told = _holders(facts, row.message.role, now) if row.message.template == UNCHECKED else [row.message.person]
    verdicts = [(person, may_tell(facts, person, "email", now)) for person in told]
    for person, verdict in verdicts:
        if isinstance(verdict, Allowed):
            return _in_words(Wanted(person, verdict.address, row.message.context), known)
    refused = [verdict.reason for _, verdict in verdicts if isinstance(verdict, Refused)]
    return Hold(refused[0] if refused else Reason.NO_ADDRESS)


def _holders(facts: Facts, role: str, now: datetime) -> list[str]:
    """Who has a role now, or stands in for who has; after them, those to whom it falls."""
    holders = (facts.holder(one, now) for one in dict.fromkeys((role, *FALLBACK)))
    return [facts.directory.acts_at(holder, now) for holder in holders if holder is not None]


_BY_TEMPLATE: Mapping[str, Callable[[AsyncSession, PolicyBook, OutboxRow, datetime], Awaitable[Answer]]] = {
    "digest": check_digest,
    TEMPLATE: check_word,
    UNCHECKED: check_word,
    OPERATIONS: check_operations,
}


async def _known_of(session: AsyncSession, book: PolicyBook, plan: str) -> PlanFacts | None:
    authority = (await plans.authorities(session, [plan])).get(plan)
    return None if authority is None else await facts_of_plan(session, book, plan, authority)


def _in_words(answer: Wanted | Unwanted | NotNow, known: PlanFacts) -> Answer:
    """The core's verdict as the outbox understands it."""
    if isinstance(answer, NotNow):
        return Later(answer.until)
    if isinstance(answer, Unwanted):
        return Hold(answer.reason)
    person = known.directory.persons[answer.person]
    return Send(answer.person, answer.address, answer.context, person.language)


def notice_of(row: OutboxRow) -> Notice:
    """A message of the outbox as the notice that it was."""
    message = row.message
    told = message.context.get("obligations", ())
    return Notice(
        key=message.key,
        plan=message.plan,
        authority=message.authority,
        role=message.role,
        person=message.person,
        channel=message.channel.value,
        purpose=message.purpose.value,
        urgent=message.urgent,
        about=message.about,
        template=message.template,
        context=message.context,
        at=message.at,
        obligations=tuple(told) if isinstance(told, list | tuple) else (),
        valid_until=message.valid_until,
    )
