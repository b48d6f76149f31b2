"""Callbacks of providers, once they are authenticated: stored, or spooled, and acted on at once."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from notifications.providers.report import DeliveryReport, MalformedCallback
from service.api.places import Places
from service.api.problems import ProblemError
from service.app import Service
from service.use_cases.delivery.receive_delivery_report import receive_delivery_report
from service.use_cases.delivery.undeliverable import undelivered
from service.use_cases.texts.receive_text import store_text, understand_text
from service.use_cases.texts.take_spooled import spooled_report, spooled_text

# Of their own: strangers who pose as a provider and send slowly must not keep out those who report events.
_MOST_AT_ONCE = 16
_MOST_FOR_ONE_PEER = 8


def callback_places() -> Places:
    """Room for the callbacks of one provider."""
    return Places(_MOST_AT_ONCE, _MOST_FOR_ONE_PEER)


@contextmanager
def readable() -> Iterator[None]:
    """Answer 400 to a call that cannot be read."""
    try:
        yield
    except MalformedCallback as fault:
        raise ProblemError(400, str(fault)) from None


async def take_text(service: Service, provider: str, provider_id: str, body: Mapping[str, str]) -> None:
    """Store a text that came in, and understand it. The same text again changes nothing."""
    now = service.clock.now()
    with service.spool.unless_stored(spooled_text(provider, provider_id, body, now)):
        new = await store_text(service.sessions, provider, provider_id, body, now)
    if new:
        while await understand_text(service.sessions, service.book, service.clock.now()):
            service.woken.set()


async def take_report(service: Service, report: DeliveryReport | None) -> None:
    """Keep how far a message of ours has come, in whatever order and how often this is said. None says nothing."""
    if report is None:
        return
    tell = undelivered(service.book, service.clock)
    with service.spool.unless_stored(spooled_report(report)):
        news = await receive_delivery_report(service.sessions, tell, report)
    if news:
        service.woken.set()  # an alert that has not arrived goes on another way at once
