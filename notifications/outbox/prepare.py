"""A claimed message made ready: checked a last time, rendered, frozen, and its attempt put on record."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from notifications.catalogue.render import TemplateFault, render
from notifications.errors import ContentRefused, DeliveryError, TooLate
from notifications.message import Content, Decision, Hold, Later, OutboxRow, Outgoing, Send, State
from notifications.outbox.claim import Claim, freeze
from notifications.providers.sender import Sender
from notifications.retry import Verdict

# Asked about several claimed messages at once, it decides in their order. What it lets go counts, where it matters to a
# later one of them, as if it had gone: none of them is on record yet.
LastCheck = Callable[[AsyncSession, Sequence[OutboxRow]], Awaitable[list[Decision]]]

_log = structlog.get_logger(__name__)

_SHORTEST_WAIT = timedelta(seconds=1)  # a "later" that is now already must not go round and round


@dataclass(frozen=True, slots=True)
class Ready:
    """To be handed over: what a sender needs, and the claim that it happens under."""

    claim: Claim
    outgoing: Outgoing
    sender: Sender | None  # None: nobody is set up for this channel


@dataclass(frozen=True, slots=True)
class Unsent:
    """Not to be handed over, for good or not yet; the error, where a person must be told of it."""

    verdict: Verdict
    error: DeliveryError | None = None


class MakeReady:
    """Asks the last check and writes down what follows, inside the claim's transaction."""

    def __init__(self, last_check: LastCheck, tell_time: Callable[[datetime], str], secret: bytes) -> None:
        self._last_check = last_check
        self._tell_time = tell_time
        self._secret = secret

    async def __call__(
        self, session: AsyncSession, claim: Claim, sender: Sender | None, now: datetime
    ) -> Ready | Unsent:
        """Whatever the last check raises comes through; a text that cannot be rendered is an `Unsent`."""
        row = claim.row
        if row.message.valid_until is not None and row.message.valid_until <= now:
            return Unsent(Verdict(_ended(row, State.WITHHELD), reason="outdated"), TooLate("outdated"))
        [decision] = await self._last_check(session, [row])
        if isinstance(decision, Hold):
            return Unsent(Verdict(State.WITHHELD, reason=decision.reason))
        if isinstance(decision, Later):
            return Unsent(Verdict(_waiting(row), again_at=max(decision.at, now + _SHORTEST_WAIT)))
        try:
            content = self._content(row, decision)
        except TemplateFault as fault:
            return Unsent(Verdict(_ended(row, State.FAILED), reason=str(fault)), ContentRefused(str(fault)))
        attempt_id = secrets.token_hex(16)
        outgoing = self._outgoing(row, attempt_id, decision.address, content, now)
        provider = sender.name if sender else None
        return Ready(await freeze(session, claim, decision, outgoing, provider, now), outgoing, sender)

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

    def _outgoing(self, row: OutboxRow, attempt_id: str, address: str, content: Content, now: datetime) -> Outgoing:
        return Outgoing(
            channel=row.message.channel,
            key=row.message.key,
            attempt_id=attempt_id,
            message_id=row.seen_as(self._secret),
            address=address,
            content=content,
            urgent=row.message.urgent,
            started_at=now,
            valid_until=row.message.valid_until,
            before_data=_nothing_to_record,
        )


def _waiting(row: OutboxRow) -> State:
    return State.QUEUED if row.unknown_since is None else State.UNKNOWN


def _ended(row: OutboxRow, state: State) -> State:
    # What may have gone before is for a person to know.
    return state if row.unknown_since is None else State.HELD


async def _nothing_to_record() -> None:
    """What stands in an `Outgoing` until the attempt puts its own record there."""
