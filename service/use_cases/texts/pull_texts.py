"""Pull texts: ask the providers for what they got for us while nobody listened, so that silence means silence."""

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
from service.domain.policy import PolicyBook
from service.store import inbound, plans, pulls
from service.store.chunks import chunks
from service.store.inbound import Inbound
from service.store.pulls import Pull
from service.use_cases.operations.notify_operator import OperationsCode, notify_operator
from service.use_cases.texts.receive_text import understand_text

EVERY = timedelta(seconds=60)
_PAUSE = timedelta(seconds=50)  # who comes sooner after another leaves it: timetables do not keep to the millisecond
_OVERLAP = timedelta(minutes=10)  # what a provider lists a little after it got it
_BEGINNING = timedelta(days=3)  # how far the very first pull goes back
_LIMIT = 120.0  # real seconds for a provider's whole answer
_TOLD_AFTER = timedelta(minutes=15)
# From the end of a text's two hours back to when it was wanted: it may have been late itself by most of a day.
_WANTED_BEFORE = timedelta(days=1)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pulling:
    """What it takes to ask the providers of one process."""

    sessions: Sessions
    book: PolicyBook
    clock: Clock
    providers: Mapping[str, CanBePulled]


def can_be_pulled(senders: Senders) -> dict[str, CanBePulled]:
    """The providers of texts that keep what they got for us, by name."""
    return {sender.name: sender for sender in senders.get(Channel.SMS, ()) if isinstance(sender, CanBePulled)}


async def pull_texts(pulling: Pulling, *, pause: timedelta = _PAUSE) -> bool:
    """Ask each provider that nobody has asked for a while; whether all of them said what they have.

    What one got is stored, each text once, and understood; only then are its answers known up to the moment at which
    it was asked. Where a provider fails, the others are asked all the same.
    """
    await _expect(pulling)
    good = True
    for name, provider in pulling.providers.items():
        good &= await _pull(pulling, name, provider, pause)
    return good


async def _expect(pulling: Pulling) -> None:
    async with reading(pulling.sessions) as session:
        known = {one.provider for one in await pulls.standing(session)}
    if known != set(pulling.providers):
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
    ordered = sorted(received, key=lambda one: (one.at, one.provider_id))
    new = [_as_it_came(name, one, now + timedelta(microseconds=place)) for place, one in enumerate(ordered)]
    stored = 0
    for some in chunks(new):
        async with transaction(pulling.sessions) as session:
            stored += await inbound.add_all(session, some)
    if stored:
        _log.info("texts_pulled", provider=name, texts=stored)


def _as_it_came(name: str, one: ReceivedText, now: datetime) -> Inbound:
    return Inbound(name, one.provider_id, {"From": one.number, "Body": one.text, "At": one.at.isoformat()}, now)


async def _covered(pulling: Pulling, pull: Pull, until: datetime) -> None:
    async with transaction(pulling.sessions) as session:
        await pulls.covered(session, pull.provider, until)
        before = pull.covered_until or until - _BEGINNING
        if until - before > 2 * EVERY:  # after a gap: what could not be concluded meanwhile is looked at now
            waiting = await outbox.plans_told(session, Purpose.CHECK_IN, before - _WANTED_BEFORE, until)
            await plans.mark_due(session, waiting, pulling.clock.now())


async def _failed(pulling: Pulling, name: str, error: Exception) -> None:
    """Note it; told when it lasts, because meanwhile nobody can say who has not answered."""
    now = pulling.clock.now()
    fault = f"{type(error).__name__}: {error}".rstrip(": ")
    _log.warning("pull_failed", provider=name, fault=fault)
    async with transaction(pulling.sessions) as session:
        since = await pulls.failed(session, name, fault, now)
        if now - since > _TOLD_AFTER:
            figures = {"provider": name, "since": f"{local(since):%Y-%m-%d %H:%M}"}
            occasion = f"{name} {since.isoformat()}"
            await notify_operator(session, pulling.book, OperationsCode.PULL, occasion, now, figures=figures)
