"""Pull texts: ask the providers for texts that were not pushed to us, so that silence means that nobody answered."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from config.clock import Clock
from config.database import Sessions, reading, transaction
from notifications.errors import DeliveryError
from notifications.message import Channel, Purpose, ReceivedText
from notifications.outbox import outbox
from notifications.providers.sender import CanBePulled, Senders
from service.domain.calendar import local
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.asked_texts import check_ins_of
from service.store import inbound, plans, pulls
from service.store.chunks import chunks
from service.store.inbound import Inbound
from service.store.pulls import Pull
from service.use_cases.operations.notify_operator import OperationsCode, notify_operator
from service.use_cases.texts.receive_text import understand_text

EVERY = timedelta(seconds=60)
_PAUSE = timedelta(seconds=50)  # a little less than `EVERY`: ticks are not exact to the millisecond
_OVERLAP = timedelta(minutes=10)  # a provider may list a text a little after it received it
_BEGINNING = timedelta(days=3)  # how far back the very first pull reaches
_LIMIT = 120.0  # real seconds for a provider's whole answer
_TOLD_AFTER = timedelta(minutes=15)
# A check-in may have been queued this long before its two hours ended: it may itself have been most of a day late.
_QUEUED_BEFORE = timedelta(days=1)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pulling:
    """What one process needs to ask its providers."""

    sessions: Sessions
    book: PolicyBook
    clock: Clock
    providers: Mapping[str, CanBePulled]


def can_be_pulled(senders: Senders) -> dict[str, CanBePulled]:
    """The providers of texts that can be asked for received texts, by name."""
    return {sender.name: sender for sender in senders.get(Channel.SMS, ()) if isinstance(sender, CanBePulled)}


async def pull_texts(pulling: Pulling, *, pause: timedelta = _PAUSE) -> bool:
    """Ask each provider that was not asked within the last `pause`. True: all of them answered.

    Their texts are stored, each once, and understood. Only then are a provider's texts covered until the moment at
    which it was asked. When a provider fails, the others are asked all the same.
    """
    await _expect(pulling)
    all_answered = True
    for name, provider in pulling.providers.items():
        all_answered &= await _pull(pulling, name, provider, pause)
    return all_answered


async def _expect(pulling: Pulling) -> None:
    async with reading(pulling.sessions) as session:
        stored = {pull.provider for pull in await pulls.standing(session)}
    if stored != set(pulling.providers):
        async with transaction(pulling.sessions) as session:
            await pulls.expect(session, pulling.providers)


async def _pull(pulling: Pulling, name: str, provider: CanBePulled, pause: timedelta) -> bool:
    began = pulling.clock.now()
    async with transaction(pulling.sessions) as session:
        pull = await pulls.begin(session, name, began, pause)
    if pull is None:
        return True
    try:
        async with asyncio.timeout(_LIMIT):
            received = await provider.received_since((pull.covered_until or began - _BEGINNING) - _OVERLAP)
    except (DeliveryError, TimeoutError) as error:
        await _failed(pulling, name, error)
        return False
    await _store(pulling, name, received)
    while await understand_text(pulling.sessions, pulling.book, pulling.clock.now()):
        pass
    await _covered(pulling, pull, began)
    return True


async def _store(pulling: Pulling, name: str, received: Sequence[ReceivedText]) -> None:
    """Keep what was got, in its order: what comes later is understood later."""
    now = pulling.clock.now()
    ordered = sorted(received, key=lambda text: (text.at, text.provider_id))
    new = [_as_it_came(name, text, now + timedelta(microseconds=number)) for number, text in enumerate(ordered)]
    stored = 0
    for chunk in chunks(new):
        async with transaction(pulling.sessions) as session:
            stored += await inbound.add_all(session, chunk)
    if stored:
        _log.info("texts_pulled", provider=name, texts=stored)


def _as_it_came(name: str, received: ReceivedText, now: datetime) -> Inbound:
    return Inbound(
        name, received.provider_id, {"From": received.number, "Body": received.text, "At": received.at.isoformat()}, now
    )


async def _covered(pulling: Pulling, pull: Pull, until: datetime) -> None:
    async with transaction(pulling.sessions) as session:
        await pulls.covered(session, pull.provider, until)
        before = pull.covered_until or until - _BEGINNING
        if until - before > 2 * EVERY:  # after a gap: plans that waited for a conclusion are looked at now
            texts = await outbox.put_between(session, Purpose.CHECK_IN, before - _QUEUED_BEFORE, until)
            waiting = {OwnId(text.authority, plan) for text in texts for plan, _ in check_ins_of(text)}
            await plans.mark_due(session, waiting, pulling.clock.now())


async def _failed(pulling: Pulling, name: str, error: Exception) -> None:
    """Note the failure. It is told when it lasts, because nobody can say meanwhile who has not answered."""
    now = pulling.clock.now()
    fault = f"{type(error).__name__}: {error}".rstrip(": ")
    _log.warning("pull_failed", provider=name, fault=fault)
    async with transaction(pulling.sessions) as session:
        since = await pulls.failed(session, name, fault, now)
        if now - since > _TOLD_AFTER:
            figures = {"provider": name, "since": f"{local(since):%Y-%m-%d %H:%M}"}
            occasion = f"{name} {since.isoformat()}"
            await notify_operator(session, pulling.book, OperationsCode.PULL, occasion, now, figures=figures)
