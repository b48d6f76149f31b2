"""Twilio asked for what it has: the text that may have gone, and those that it got for us."""

import json
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from config.clock import SystemClock
from notifications.errors import DeliveryError, RefusesUs, TryLater
from notifications.message import Channel, Content, Sought
from tests.contract.outgoing import ADDRESSES, NOW, outgoing
from tests.contract.request import Request
from tests.contract.twilio_double import HANG, HANG_UP, NUMBER, TwilioDouble, twilio_double
from tests.integration.test_twilio_sending import DESCRIPTION

NAN = ADDRESSES[Channel.SMS.spec.address_field]
SOUGHT = Sought(Channel.SMS, "a" * 32, "b" * 32, NAN, Content(None, "Hi. All ok?", None), NOW)


def queued(double: TwilioDouble, text: str = "Hi. All ok?", to: str = NAN, **ago: float) -> str:
    """A text of ours that Twilio has taken and not yet sent."""
    return double.keep("outbound-api", NUMBER, to, text, NOW - timedelta(**ago))


async def test_a_text_that_it_has_queued_and_not_sent_is_found() -> None:
    async with twilio_double() as double:
        sid = queued(double)
        assert await double.sender().look_up(SOUGHT) == sid


async def test_what_it_was_handed_is_what_it_finds() -> None:
    async with twilio_double() as double:
        message = outgoing(Channel.SMS)
        sid = await double.sender().send(message)
        assert await double.sender().look_up(replace(SOUGHT, content=message.content)) == sid


@pytest.mark.parametrize("but", [{"minutes": 6}, {"text": "Hi. All OK?"}, {"to": "+447700900457"}])
async def test_older_other_and_somebody_elses_texts_are_not_it(but: dict[str, object]) -> None:
    async with twilio_double() as double:
        queued(double, **but)  # type: ignore[arg-type]  # one of the three
        assert await double.sender().look_up(SOUGHT) is None


async def test_a_clock_that_is_slow_by_minutes_does_not_hide_it() -> None:
    async with twilio_double() as double:
        sid = queued(double, minutes=4)
        assert await double.sender().look_up(SOUGHT) == sid


async def test_what_another_attempt_handed_over_is_not_it() -> None:
    async with twilio_double() as double:
        other = queued(double)
        assert await double.sender().look_up(replace(SOUGHT, other_ids=frozenset({other}))) is None
        sid = queued(double)
        assert await double.sender().look_up(replace(SOUGHT, other_ids=frozenset({other}))) == sid


async def test_it_is_looked_for_on_every_page_that_is_young_enough_and_on_no_other() -> None:
    async with twilio_double() as double:
        for _ in range(500):
            queued(double, hours=1)
        sid = queued(double)
        for number in range(250):
            queued(double, text=f"another {number}")
        assert await double.sender().look_up(SOUGHT) == sid
        assert await double.sender().look_up(replace(SOUGHT, content=Content(None, "none such", None))) is None
        assert len(double.requests) == 2 + 3


async def test_the_texts_that_it_got_are_listed_to_the_last_page() -> None:
    async with twilio_double() as double:
        sids = {double.gets(NAN, f"{number}", NOW + timedelta(seconds=number)) for number in range(2100)}
        found = await double.sender().received_since(NOW)
    assert {one.provider_id for one in found} == sids
    assert len(double.requests) == 3
    assert sorted(found, key=lambda one: one.at)[7].text == "7"


async def test_only_what_came_to_our_number_since_then_is_given() -> None:
    async with twilio_double() as double:
        double.gets(NAN, "before", NOW - timedelta(days=3))
        double.gets(NAN, "just before", NOW - timedelta(minutes=1))
        double.gets(NAN, "to another", NOW, to="+447700900124")
        double.keep("outbound-api", "+447700900124", NUMBER, "from ourselves", NOW, NOW)
        double.gets(NAN, "since", NOW)
        [found] = await double.sender().received_since(NOW)
    assert (found.number, found.text, found.at) == (NAN, "since", NOW)


@pytest.mark.parametrize(
    ("status", "error"), [(500, TryLater), (503, TryLater), (429, TryLater), (400, TryLater), (401, RefusesUs)]
)
async def test_when_it_refuses_nothing_has_become_unknown(status: int, error: type[DeliveryError]) -> None:
    async with twilio_double() as double:
        double.refuse(status)
        for asking in (double.sender().look_up(SOUGHT), double.sender().received_since(NOW)):
            with pytest.raises(DeliveryError) as raised:
                await asking
            assert type(raised.value) is error
            assert NAN not in str(raised.value)


@pytest.mark.parametrize("instead", [HANG, HANG_UP])
async def test_no_answer_is_asked_for_later(instead: str) -> None:
    async with twilio_double() as double:
        double.instead = instead
        with pytest.raises(TryLater):
            await double.sender().received_since(NOW)


@pytest.mark.parametrize("answer", ["<html>hello</html>", {"status": "queued"}, "[]", {"messages": [{"sid": 1}]}])
async def test_an_answer_that_cannot_be_read_is_no_empty_list(answer: object) -> None:
    async with twilio_double() as double:
        double.answer = answer
        with pytest.raises(TryLater):
            await double.sender().received_since(NOW)


class Described:
    """A request as openapi-core wants to see it."""

    content_type, body, host_url = "", b"", "https://api.twilio.com"

    def __init__(self, request: Request) -> None:
        self.method, self.path = request.method.lower(), request.path
        query = ImmutableMultiDict(request.query)
        self.parameters = RequestParameters(header=Headers(request.headers), query=query)


async def test_what_it_is_asked_is_what_twilio_describes() -> None:
    async with twilio_double() as double:
        await double.sender().look_up(SOUGHT)
        await double.sender().received_since(NOW)
    assert [sorted(request.query) for request in double.requests] == [
        ["From", "PageSize", "To"], ["DateSent>", "PageSize", "To"],
    ]  # fmt: skip
    if DESCRIPTION.is_file():  # the project does not carry it
        described = OpenAPI.from_dict(json.loads(DESCRIPTION.read_text()))
        for request in double.requests:
            described.validate_request(Described(request))


def dated(by: timedelta) -> dict[str, str]:
    """The headers of a provider whose clock is so far ahead of this machine's."""
    return {"Date": format_datetime(SystemClock().now() + by, usegmt=False)}


@pytest.mark.parametrize("minutes", [-7, -90, 7])
async def test_by_its_own_clock_it_is_found_however_wrong_ours_is(minutes: int) -> None:
    async with twilio_double() as double:
        double.headers = dated(timedelta(minutes=minutes))
        sid = double.keep("outbound-api", NUMBER, NAN, "Hi. All ok?", NOW + timedelta(minutes=minutes))
        assert await double.sender().look_up(SOUGHT) == sid


@pytest.mark.parametrize("minutes", [-7, 7])
async def test_that_it_has_none_is_not_believed_across_a_difference_of_the_clocks(minutes: int) -> None:
    async with twilio_double() as double:
        double.headers = dated(timedelta(minutes=minutes))
        with pytest.raises(TryLater, match="7 minutes from Twilio's"):
            await double.sender().look_up(SOUGHT)
        double.headers = dated(timedelta(0))
        assert await double.sender().look_up(SOUGHT) is None
