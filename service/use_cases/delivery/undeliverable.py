"""Undeliverable: what did not reach a person is told to another, and an alert goes on by its other channel at once."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import Clock
from notifications.errors import DeliveryError, RefusesUs
from notifications.message import Channel, Message, OutboxRow, Purpose, State
from notifications.outbox import outbox
from notifications.outbox.ending import Undelivered
from service.domain.facts import Facts
from service.domain.keys.messages import InsteadKey, UnaskedKey, UndeliverableKey
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.asked_texts import check_ins_of
from service.domain.telling.contact import Allowed, Reason, may_tell
from service.domain.telling.recipients import Recipient, initials_for
from service.domain.telling.records import Problem
from service.domain.telling.wording import role_text
from service.store import digest_lines, problems
from service.use_cases.looks.look_at_plan import facts_of
from service.use_cases.looks.unsend_check_in import unsend_check_in
from service.use_cases.operations.tell_of_refusal import tell_of_refusal

TEMPLATE = "undeliverable"
# Who is told, the first who can be: whoever looks after the person's work, then whoever looks after the addresses.
_TOLD = ("team_manager", "service_manager", "configuration_owner")
# A sibling in one of these says nothing about its channel; a refused one does, and is not tried again.
_NEVER_TRIED = frozenset({State.FAILED, State.WITHHELD, State.WITHDRAWN})
_GOES_AGAIN = frozenset({State.QUEUED, State.UNKNOWN})
_WHAT_BECAME_OF_IT = {State.UNDELIVERABLE: "refused", State.HELD: "unknown"}


def undelivered(book: PolicyBook, clock: Clock) -> Undelivered:
    """The function that is told of each message that did not surely go, and of each refusal of us."""

    async def tell(session: AsyncSession, row: OutboxRow, error: DeliveryError) -> None:
        now = clock.now()
        if isinstance(error, RefusesUs):
            await tell_of_refusal(session, book, row, error, now)
        if row.state in _GOES_AGAIN:
            return
        await problems.add(session, [_problem(row, now)])
        if row.state is not State.HELD:  # of that one it is not known whether it went
            await unsend_check_in(session, row.message, Reason.OUTDATED, now, worker_knows=True)
        for plan in await _plans_of(session, row):  # where there is none, a problem is all that is left
            if (facts := await _facts(session, book, plan, now)) is not None:
                await outbox.put(session, await _instead(session, row, facts, now), now)
                await outbox.put(session, _notices(row, book.at(facts.authority, now).lead, facts, now), now)

    return tell


def _problem(row: OutboxRow, now: datetime) -> Problem:
    message = row.message
    detail = f"{message.channel.value} to the {role_text(message.role)} ({message.person}): {row.state.value}"
    return Problem(str(UndeliverableKey(message.key)), now, message.authority, message.plan, TEMPLATE, detail)


async def _plans_of(session: AsyncSession, row: OutboxRow) -> list[OwnId]:
    """The plans on which it is told: all for which a text asked, else one."""
    return [OwnId(row.message.authority, plan) for plan in await _references_of(session, row)]


async def _references_of(session: AsyncSession, row: OutboxRow) -> list[str]:
    if row.message.purpose is Purpose.CHECK_IN:
        return list(dict.fromkeys(plan for plan, _ in check_ins_of(row.message)))
    if row.message.plan is not None:
        return [row.message.plan]
    lines = (await digest_lines.lines_in(session, [row.message]))[row.message.name]
    return [line.plan for line in lines if line.plan is not None][:1]


async def _facts(session: AsyncSession, book: PolicyBook, plan: OwnId, now: datetime) -> Facts | None:
    plan_facts = await facts_of(session, book, plan)
    return None if plan_facts is None else plan_facts.for_alerts(now)


async def _instead(session: AsyncSession, row: OutboxRow, facts: Facts, now: datetime) -> list[Message]:
    """An alert by its other channel, once, unless that one is on its way, has gone, or was refused, already."""
    message, other = row.message, row.message.channel.spec.instead
    if other is None or not message.urgent or _is_instead(message.key) or message.template == TEMPLATE:
        return []
    if not isinstance(may_tell(facts, message.person, other, now), Allowed):
        return []
    siblings = outbox.recent(session, authority=message.authority, plan=message.plan, person=message.person)
    for sibling in await siblings:
        same = (sibling.message.about, sibling.message.at) == (message.about, message.at)
        if same and sibling.message.channel is other and sibling.state not in _NEVER_TRIED:
            return []
    kind = facts.directory.persons[message.person].kind
    initials = initials_for(facts, Recipient(message.person, message.role, other, kind))
    context = {**message.context, "initials": initials}
    return [replace(message, key=str(InsteadKey(message.key)), channel=other, context=context, at=now)]


def _is_instead(key: str) -> bool:
    try:
        InsteadKey.parse(key)
    except ValueError:
        return False
    return True


def _notices(row: OutboxRow, lead: str, facts: Facts, now: datetime) -> list[Message]:
    """The email that says so, to the first of those to be told who has an address and is not the one who failed."""
    for role in _to_be_told(row, lead):
        holder = facts.holder(role, now)
        reader = facts.directory.acts_at(holder, now) if holder else None
        if reader is None or reader == row.message.person:
            continue
        if isinstance(may_tell(facts, reader, Channel.EMAIL, now), Allowed):
            return [_notice(row, facts, role, reader, now)]
    return []


def _to_be_told(row: OutboxRow, lead: str) -> tuple[str, ...]:
    """Where the word itself did not arrive, those who come after the one whom it was for."""
    of_family, role = (lead, *_TOLD), row.message.role
    if row.message.template == TEMPLATE:
        return of_family[of_family.index(role) + 1 :] if role in of_family else _TOLD
    return of_family if row.message.family else _TOLD


def _notice(row: OutboxRow, facts: Facts, role: str, reader: str, now: datetime) -> Message:
    # On each plan for which a text asked it is told once; a message about one plan has always had this key.
    several = row.message.plan is None and row.message.purpose is Purpose.CHECK_IN
    key = UnaskedKey(row.message.key, facts.plan) if several else UndeliverableKey(row.message.key)
    return Message(
        key=str(key),
        channel=Channel.EMAIL,
        purpose=Purpose.NOTICE,
        urgent=row.message.urgent,  # that an alert did not arrive is as urgent as the alert
        plan=facts.plan,
        authority=row.message.authority,
        role=role,
        person=reader,
        about=row.message.about,
        template=TEMPLATE,
        context=_context(row, facts),
        at=now,
    )


def _context(row: OutboxRow, facts: Facts) -> dict[str, object]:
    if row.message.template == TEMPLATE:  # the next person reads what the one before was to read
        return dict(row.message.context)
    return {
        "plan": facts.plan,
        "initials": None,
        "link": None,
        "role": role_text(row.message.role),
        "channel": row.message.channel.value,
        "outcome": _WHAT_BECAME_OF_IT.get(row.state, "not_sent"),
    }
