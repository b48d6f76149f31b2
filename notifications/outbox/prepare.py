"""Claimed messages made ready: checked a last time, and worded. Whoever claimed them writes down what follows."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.catalogue.render import TemplateFault, render
from notifications.errors import ContentRefused, DeliveryError, TooLate
from notifications.message import Content, Decision, Hold, Later, OutboxRow, Outgoing, Phase, Send, State
from notifications.outbox.claim import Claim
from notifications.providers.sender import Sender
from notifications.retry import Verdict

# Asked about several claimed messages at once, it decides in their order. What it lets go counts, where it matters to a
# later one of them, as if it had gone: none of them is on record yet.
LastCheck = Callable[[AsyncSession, Sequence[OutboxRow]], Awaitable[list[Decision]]]

_log = structlog.get_logger(__name__)

_SHORTEST_WAIT = timedelta(seconds=1)  # a "later" that is now already must not go round and round


@dataclass(frozen=True, slots=True)
class Ready:
    """To be handed over: what a sender needs, and the claim that it happens under, which counts the attempt."""

    claim: Claim
    outgoing: Outgoing
    sender: Sender | None  # None: nobody is set up for this channel
    before: Claim  # as it was before the attempt was counted

    def attempt(self) -> dict[str, object]:
        """The record of the attempt."""
        row = self.claim.row
        whose = {"message_id": row.id, "authority": row.message.authority}
        record = {"id": self.outgoing.attempt_id, "n": row.attempts, "phase": Phase.STARTED, **whose}
        provider = self.sender.name if self.sender else None
        who = {"provider": provider, "worker": self.claim.worker, "person": row.sent_to}
        return record | who | {"started_at": self.outgoing.started_at}


@dataclass(frozen=True, slots=True)
class Unsent:
    """Not to be handed over, for good or not yet; the error, where a person must be told of it."""

    verdict: Verdict
    error: DeliveryError | None = None


class MakeReady:
    """Asks the last check, inside the claim's transaction, and words what may go."""

    def __init__(self, last_check: LastCheck, tell_time: Callable[[datetime], str], secret: bytes) -> None:
        self._last_check = last_check
        self._tell_time = tell_time
        self._secret = secret

    async def __call__(
        self,
        session: AsyncSession,
        claims: Sequence[Claim],
        sender_for: Callable[[OutboxRow], Sender | None],
        now: datetime,
    ) -> list[Ready | Unsent]:
        """What follows for each claim, in their order. Whatever the last check raises comes through."""
        in_time = [claim for claim in claims if not _is_outdated(claim.row, now)]
        checked = await self._last_check(session, [claim.row for claim in in_time]) if in_time else []
        decisions = {claim.row.id: decision for claim, decision in zip(in_time, checked, strict=True)}
        return [self._made(claim, decisions.get(claim.row.id), sender_for, now) for claim in claims]

    def _made(
        self, claim: Claim, decision: Decision | None, sender_for: Callable[[OutboxRow], Sender | None], now: datetime
    ) -> Ready | Unsent:
        """What follows from a decision; None: the message is past its time. What cannot be worded is an `Unsent`."""
        row = claim.row
        match decision:
            case None:
                return Unsent(Verdict(_ended(row, State.WITHHELD), reason="outdated"), TooLate("outdated"))
            case Hold(reason):
                return Unsent(Verdict(State.WITHHELD, reason=reason))
            case Later(at):
                return Unsent(Verdict(_waiting(row), again_at=max(at, now + _SHORTEST_WAIT)))
            case Send():
                try:
                    content = self._content(row, decision)
                except TemplateFault as fault:
                    verdict = Verdict(_ended(row, State.FAILED), reason=str(fault))
                    return Unsent(verdict, ContentRefused(str(fault)))
                return self._ready(claim, decision, content, sender_for(row), now)
            case unexpected:
                assert_never(unexpected)

    def _ready(self, claim: Claim, send: Send, content: Content, sender: Sender | None, now: datetime) -> Ready:
        row, message = claim.row, claim.row.message
        outgoing = Outgoing(
            channel=message.channel,
            key=message.key,
            attempt_id=secrets.token_hex(16),
            message_id=row.seen_as(self._secret),
            address=send.address,
            content=content,
            urgent=message.urgent,
            started_at=now,
            valid_until=message.valid_until,
            before_data=_nothing_to_record,
        )
        counted = replace(
            row,
            attempts=row.attempts + 1,
            first_attempt_at=row.first_attempt_at or now,
            content=content.without(send.secrets),  # they are not recorded
            sent_to=send.person,
            address=send.address,
            outside_id=outgoing.message_id,
        )
        return Ready(replace(claim, row=counted), outgoing, sender, claim)

    def _content(self, row: OutboxRow, send: Send) -> Content:
        """The text. An urgent one that cannot be rendered becomes a bare one that says so, rather than nothing."""
        message = row.message
        repeats = {"may_repeat_of": self._tell_time(row.unknown_since)} if row.unknown_since else {}
        try:
            return render(message.template, message.channel, {**send.context, **repeats}, send.language)
        except TemplateFault as fault:
            _log.warning("template_fault", message_id=row.id, template=fault.template)
            if not message.urgent or message.family:
                raise
        bare = {"plan": message.plan, "initials": None, "urgent": True, "link": send.context.get("link")}
        return render("fallback", message.channel, bare | repeats)


def _is_outdated(row: OutboxRow, now: datetime) -> bool:
    return row.message.valid_until is not None and row.message.valid_until <= now


def _waiting(row: OutboxRow) -> State:
    return State.QUEUED if row.unknown_since is None else State.UNKNOWN


def _ended(row: OutboxRow, state: State) -> State:
    # What may have gone before is for a person to know.
    return state if row.unknown_since is None else State.HELD


async def _nothing_to_record() -> None:
    """What stands in an `Outgoing` until the attempt puts its own record there."""
