"""Text messages against a stand-in for Twilio over HTTP: what is asked of it, and what is known when it fails."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers

from notifications.errors import (
    Blocked,
    ContentRefused,
    DeliveryError,
    RefusesUs,
    TryLater,
    Undeliverable,
    Unknown,
)
from notifications.message import Channel
from tests.contract.outgoing import NOW, outgoing
from tests.contract.request import Request
from tests.contract.twilio_double import ACCOUNT, HANG, HANG_UP, NUMBER, TOKEN, TwilioDouble, twilio_double

SMS = Channel.SMS
# Twilio's published description, where it stands beside the checkout; the project does not carry it.
DESCRIPTION = Path(__file__).parents[3] / "shared" / "apis" / "twilio_messages.openapi.json"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


class Described:
    """A request as openapi-core wants to see it."""

    content_type = "application/x-www-form-urlencoded"
    host_url = "https://api.twilio.com"

    def __init__(self, request: Request) -> None:
        self.method = request.method.lower()
        self.path = request.path
        self.parameters = RequestParameters(header=Headers(request.headers))
        self.body = request.body.encode()


def check_against_the_description(request: Request) -> str:
    """Hold a request against Twilio's own description; where that is not there, say that only our copy was used."""
    if not DESCRIPTION.is_file():
        return f"{DESCRIPTION} is not there: only the facts that are copied here were checked"
    OpenAPI.from_dict(json.loads(DESCRIPTION.read_text())).validate_request(Described(request))
    return "checked against the description"


def check_against_our_copy(request: Request) -> None:
    """The facts of the description that we rely on."""
    assert (request.method, request.path) == ("POST", PATH)
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert {"To", "From", "Body"} <= request.form.keys() <= {"To", "From", "Body", "StatusCallback", "ValidityPeriod"}
    assert len(request.form["Body"]) <= 1600
    assert 1 <= int(request.form.get("ValidityPeriod", 1)) <= 36_000


async def sent(double: TwilioDouble, **changed: object) -> Request:
    """The request that this message makes."""
    await double.sender(public_url="https://plans.example.org").send(outgoing(SMS, **changed))
    return double.requests[-1]


@pytest.mark.parametrize("minutes", [None, 1, 90, 6000])
async def test_the_request_is_one_that_twilio_describes(
    minutes: int | None, record_property: Callable[[str, object], None]
) -> None:
    valid_until = None if minutes is None else NOW + timedelta(minutes=minutes)
    async with twilio_double() as double:
        request = await sent(double, valid_until=valid_until)
    check_against_our_copy(request)
    how = check_against_the_description(request)
    record_property("description", how)
    logging.getLogger(__name__).warning(how)


async def test_it_carries_number_text_and_our_account() -> None:
    async with twilio_double() as double:
        request = await sent(double)
    assert (request.form["From"], request.form["To"]) == (NUMBER, "+447700900456")
    assert request.form["Body"] == "P-1001: social worker visit\n.\n"
    assert request.login == f"{ACCOUNT}:{TOKEN}"


async def test_it_goes_by_the_proxy_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with twilio_double() as proxy, twilio_double() as twilio:
        monkeypatch.setenv("http_proxy", f"http://us:word@127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        sender = proxy.sender(base_url="http://twilio.example.org")
        for _ in range(2):
            await sender.send(outgoing(SMS))
        await twilio.sender().send(outgoing(SMS))
    assert [request.headers["host"] for request in proxy.requests] == ["twilio.example.org"] * 2
    assert [request.headers["proxy-authorization"] for request in proxy.requests] == ["Basic dXM6d29yZA=="] * 2
    assert len(twilio.requests) == 1


async def test_it_gives_twilios_id_back() -> None:
    async with twilio_double() as double:
        assert await double.sender().send(outgoing(SMS)) == f"SM{1:032x}"


async def test_twilio_is_told_where_to_report_by_the_attempts_id_alone() -> None:
    async with twilio_double() as double:
        request = await sent(double)
    assert request.form["StatusCallback"] == f"https://plans.example.org/v1/twilio/status?attempt={'a' * 32}"
    assert "_" not in str(urlsplit(request.form["StatusCallback"]).hostname)


async def test_without_a_public_address_it_reports_nothing() -> None:
    async with twilio_double() as double:
        await double.sender().send(outgoing(SMS))
        assert double.requests[0].form.keys() == {"To", "From", "Body"}


@pytest.mark.parametrize(("left", "seconds"), [(90, 90), (0.2, 1), (100_000, 36_000)])
async def test_it_is_not_delivered_after_its_time(left: float, seconds: int) -> None:
    async with twilio_double() as double:
        request = await sent(double, valid_until=NOW + timedelta(seconds=left))
    assert int(request.form["ValidityPeriod"]) == seconds


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, 21211, Undeliverable),
        (400, 21610, Blocked),
        (400, 21614, Undeliverable),
        (400, 21612, Undeliverable),
        (400, 29999, RefusesUs),
        (400, 21617, ContentRefused),
        (400, 21606, RefusesUs),
        (400, 21608, RefusesUs),
        (401, 20003, RefusesUs),
        (403, 20403, RefusesUs),
        (404, 20404, RefusesUs),
        (302, None, RefusesUs),
        (429, 20429, TryLater),
        (400, 21611, TryLater),
        (408, None, Unknown),
        (500, 20500, Unknown),
        (502, None, Unknown),
        (503, 20503, Unknown),
        (504, None, Unknown),
    ],
)
async def test_a_refusal_says_what_is_certain(status: int, code: int | None, error: type[DeliveryError]) -> None:
    async with twilio_double() as double:
        double.refuse(status, code)
        with pytest.raises(DeliveryError) as raised:
            await double.sender().send(outgoing(SMS))
    assert type(raised.value) is error
    assert len(double.requests) == 1


@pytest.mark.parametrize(("header", "wait"), [("7", timedelta(seconds=7)), ("soon", None)])
async def test_it_waits_for_as_long_as_twilio_asks(header: str, wait: timedelta | None) -> None:
    async with twilio_double() as double:
        double.refuse(429, 20429, **{"Retry-After": header})
        with pytest.raises(TryLater) as raised:
            await double.sender().send(outgoing(SMS))
    assert raised.value.retry_after == wait


@pytest.mark.parametrize("instead", [HANG, HANG_UP])
async def test_no_answer_is_unknown_and_not_asked_again(instead: str) -> None:
    async with twilio_double() as double:
        double.instead = instead
        with pytest.raises(Unknown):
            await double.sender().send(outgoing(SMS))
        assert len(double.requests) == 1


@pytest.mark.parametrize("answer", ["<html>hello</html>", {"status": "queued"}, "[]"])
async def test_an_answer_that_cannot_be_read_is_unknown(answer: object) -> None:
    async with twilio_double() as double:
        double.answer = answer
        with pytest.raises(Unknown):
            await double.sender().send(outgoing(SMS))
