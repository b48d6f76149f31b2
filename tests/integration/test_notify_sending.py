"""Email and texts against a stand-in for GOV.UK Notify over HTTP: what is asked of it, what is known when it fails."""

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from werkzeug.datastructures import Headers, ImmutableMultiDict

from config.clock import ManualClock, SystemClock
from notifications.errors import (
    ContentRefused,
    DeliveryError,
    Misconfigured,
    RefusesUs,
    TryLater,
    Undeliverable,
    Unknown,
)
from notifications.message import Channel, Content
from tests.contract.notify_double import (
    HANG,
    HANG_UP,
    LOSE,
    SECRET,
    SENDERS,
    SERVICE,
    TEMPLATES,
    NotifyDouble,
    notify_double,
)
from tests.contract.outgoing import ADDRESSES, NOW, outgoing, sought
from tests.contract.request import Request
from tests.machine_clock import LEFT_OUT, SUMMER_NIGHT, TWICE, YEARS_END, held, machine_in

EMAIL, SMS = Channel.EMAIL, Channel.SMS
# Notify's published description, where it stands beside the checkout; the project does not carry it.
DESCRIPTION = Path(__file__).parents[3] / "shared" / "apis" / "notify.openapi.json"


class Described:
    """A request as openapi-core wants to see it."""

    content_type = "application/json"
    host_url = "https://api.notifications.service.gov.uk"

    def __init__(self, request: Request) -> None:
        self.method = request.method.lower()
        self.path = request.path
        self.parameters = RequestParameters(
            header=Headers(request.headers), query=ImmutableMultiDict(request.query.items())
        )
        self.body = request.body.encode()


@cache
def description() -> OpenAPI:
    """Notify's own description, read once."""
    said = json.loads(DESCRIPTION.read_text())
    for path in said["paths"].values():
        for operation in path.values():
            operation.pop("callbacks", None)  # they are not written as OpenAPI has them, and are not asked about here
    return OpenAPI.from_dict(said)


def check_against_the_description(request: Request) -> str:
    """Hold a request against Notify's own description; where that is not there, say that only our copy was used."""
    if not DESCRIPTION.is_file():
        return f"{DESCRIPTION} is not there: only the facts that are copied here were checked"
    description().validate_request(Described(request))
    return "checked against the description"


def check_against_our_copy(channel: Channel, request: Request) -> None:
    """The facts of the description that we rely on."""
    reached, shortest, longest = {EMAIL: ("email_address", 5, 250), SMS: ("phone_number", 7, 15)}[channel]
    assert (request.method, request.path) == ("POST", f"/v2/notifications/{channel.value}")
    assert request.headers["content-type"] == "application/json"
    assert request.json.keys() == {reached, "template_id", "personalisation", "reference"}
    assert shortest <= len(request.json[reached]) <= longest
    assert all(isinstance(request.json[name], str) for name in (reached, "template_id", "reference"))
    assert all(isinstance(value, str) for value in request.json["personalisation"].values())


async def sent(double: NotifyDouble, channel: Channel, **changed: Any) -> Request:
    """The request that this message makes."""
    await double.sender(channel).send(outgoing(channel, **changed))
    return double.requests[-1]


@pytest.mark.parametrize("channel", SENDERS)
async def test_the_request_is_one_that_notify_describes(
    channel: Channel, record_property: Callable[[str, object], None]
) -> None:
    async with notify_double() as double:
        request = await sent(double, channel)
    check_against_our_copy(channel, request)
    how = check_against_the_description(request)
    record_property("description", how)
    logging.getLogger(__name__).warning(how)


async def test_what_is_asked_is_as_notify_describes(record_property: Callable[[str, object], None]) -> None:
    async with notify_double() as double:
        await double.sender().look_up(sought(outgoing(SMS)))
        double.gets("+447700900456", "1", NOW)
        await double.texts_sender().received_since(NOW)
    asked = [(one.method, one.path, set(one.query)) for one in double.requests]
    assert asked == [
        ("GET", "/v2/notifications", {"reference", "template_type"}),
        ("GET", "/v2/received-text-messages", set()),
        ("GET", "/v2/received-text-messages", {"older_than"}),
    ]
    for request in double.requests:
        record_property("description", check_against_the_description(request))


async def test_a_text_carries_number_words_and_the_id_that_stays() -> None:
    async with notify_double() as double:
        request = await sent(double, SMS)
    said = {"body": "P-1001: social worker visit\n.\n"}
    known = {"phone_number": ADDRESSES["mobile"], "template_id": TEMPLATES[SMS], "reference": "b" * 32}
    assert request.json == known | {"personalisation": said}


async def test_an_email_carries_subject_and_text_without_what_would_be_set_in_another_way() -> None:
    content = Content("P-1: late", "Late:\n\n    P-1: visit\n    due today\n", "<p>Late</p>")
    async with notify_double() as double:
        request = await sent(double, EMAIL, content=content)
    assert request.json["email_address"] == ADDRESSES[EMAIL]
    assert request.json["personalisation"] == {"subject": "P-1: late", "body": "Late:\n\nP-1: visit\ndue today"}


async def test_each_request_is_signed_with_our_key_and_the_time() -> None:
    clock = ManualClock(NOW)
    async with notify_double() as double:
        with pytest.raises(Misconfigured):
            await double.sender(clock=clock).send(outgoing(SMS))  # by a clock that is wrong
        token = double.requests[0].headers["authorization"].removeprefix("Bearer ")
        await double.sender().send(outgoing(SMS))
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    said = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_iat": False})
    assert said == {"iss": SERVICE, "iat": int(NOW.timestamp())}
    assert len(double.taken) == 1


@pytest.mark.parametrize("moment", [*TWICE, LEFT_OUT + timedelta(hours=1), YEARS_END, SUMMER_NIGHT])
async def test_a_request_is_signed_with_the_machines_own_time_whatever_local_clocks_do(moment: datetime) -> None:
    async with notify_double() as double:
        with machine_in("Europe/London"), held(moment):
            await double.sender(clock=SystemClock()).send(outgoing(SMS))
    token = double.requests[0].headers["authorization"].removeprefix("Bearer ")
    said = jwt.decode(token, SECRET, algorithms=["HS256"], options={"verify_iat": False})
    assert said["iat"] == int(moment.timestamp())


async def test_another_key_is_refused_and_our_own_is_shown_nowhere() -> None:
    async with notify_double() as double:
        sender = double.sender(key=f"planwatch-tests-{SERVICE}-{uuid4()}")
        with pytest.raises(Misconfigured, match="refuses us") as raised:
            await sender.send(outgoing(SMS))
    assert SECRET not in f"{sender!r} {raised.value}"


REFUSALS = [
    (400, "ValidationError", "phone_number Too many digits", Undeliverable),
    (400, "ValidationError", "phone_number Not a UK mobile number", Undeliverable),
    (400, "ValidationError", "email_address Not a valid email address", Undeliverable),
    (400, "BadRequestError", "Cannot send to international mobile numbers", RefusesUs),
    (400, "BadRequestError", "Cannot send to this recipient when service is in trial mode", RefusesUs),
    (400, "BadRequestError", "Can’t send to this recipient using a team-only API key", RefusesUs),
    (400, "BadRequestError", "Template not found", RefusesUs),
    (400, "BadRequestError", "Template has been deleted", RefusesUs),
    (400, "BadRequestError", "Missing personalisation: body", RefusesUs),
    (400, "ValidationError", "template_id is not a valid UUID", RefusesUs),
    (400, "BadRequestError", "Content for template has a character count greater than the limit", ContentRefused),
    (400, "BadRequestError", "Emails cannot be longer than 2000000 bytes. Yours is more", ContentRefused),
    (400, "BadRequestError", "something new", RefusesUs),
    (401, "AuthError", "Unauthorized: authentication token must be provided", RefusesUs),
    (403, "AuthError", "Invalid token: API key not found", RefusesUs),
    (404, "NotFound", "no", RefusesUs),
    (302, "", "", RefusesUs),
    (408, "", "", Unknown),
    (429, "RateLimitError", "Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds", TryLater),
    (500, "Exception", "Internal server error", Unknown),
    (502, "", "", Unknown),
    (503, "", "", Unknown),
    (504, "", "", Unknown),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind", "words", "error"), REFUSALS)
async def test_a_refusal_says_what_is_certain(status: int, kind: str, words: str, error: type[DeliveryError]) -> None:
    async with notify_double() as double:
        double.refuse(status, kind, words)
        with pytest.raises(DeliveryError) as raised:
            await double.sender().send(outgoing(SMS))
    assert type(raised.value) is error
    assert len(double.requests) == 1


async def test_words_that_name_somebody_are_not_repeated() -> None:
    async with notify_double() as double:
        double.refuse(400, "+447700900456", "phone_number +447700900456 of Ada is not good")
        with pytest.raises(Undeliverable) as raised:
            await double.sender().send(outgoing(SMS))
    assert "Ada" not in str(raised.value)
    assert "7700" not in str(raised.value)


@pytest.mark.parametrize("channel", SENDERS)
async def test_a_clock_that_is_wrong_is_told_as_such(channel: Channel) -> None:
    async with notify_double() as double:
        double.refuse(403, "AuthError", "Error: Your system clock must be accurate to within 30 seconds")
        with pytest.raises(Misconfigured, match="our clock"):
            await double.sender(channel).send(outgoing(channel))


@pytest.mark.parametrize(
    ("words", "header", "wait"),
    [
        ("Exceeded rate limit", "7", timedelta(seconds=7)),
        ("Exceeded rate limit", "soon", timedelta(seconds=15)),
        ("Exceeded send limits (50) for today", "", timedelta(minutes=5)),
    ],
)
async def test_it_waits_for_as_long_as_notify_asks(words: str, header: str, wait: timedelta) -> None:
    async with notify_double() as double:
        double.refuse(429, "TooManyRequestsError", words, **{"Retry-After": header})
        with pytest.raises(TryLater) as raised:
            await double.sender().send(outgoing(SMS))
    assert raised.value.retry_after == wait


@pytest.mark.parametrize("instead", [HANG, HANG_UP, LOSE])
async def test_no_answer_is_unknown_and_not_asked_again(instead: str) -> None:
    async with notify_double() as double:
        double.instead = instead
        with pytest.raises(Unknown):
            await double.sender().send(outgoing(SMS))
        assert len(double.requests) == 1


@pytest.mark.parametrize("answer", ["<html>hello</html>", {"reference": "b"}, "[]", {"id": None}, {"id": ""}])
async def test_an_answer_that_cannot_be_read_is_unknown(answer: object) -> None:
    async with notify_double() as double:
        double.answer(201, answer)
        with pytest.raises(Unknown):
            await double.sender().send(outgoing(SMS))


ENTRY = {"id": "n-1", "created_at": "2026-12-18T08:30:00.000000Z", "user_number": "447700900456", "content": "1"}


@pytest.mark.parametrize(
    "answer",
    [
        "<html>",
        "[]",
        {},
        {"received_text_messages": {}},
        {"received_text_messages": [1]},
        {"received_text_messages": [{key: value for key, value in ENTRY.items() if key != "content"}]},
        {"received_text_messages": [ENTRY | {"created_at": "yesterday"}]},
    ],
)
async def test_a_list_that_cannot_be_read_is_no_list(answer: object) -> None:
    async with notify_double() as double:
        double.answer(200, answer)
        with pytest.raises(TryLater):
            await double.texts_sender().received_since(NOW)


async def test_a_list_without_an_end_is_given_up() -> None:
    async with notify_double() as double:
        double.answer(200, {"received_text_messages": [ENTRY]})
        with pytest.raises(TryLater, match="100 pages"):
            await double.texts_sender().received_since(NOW)
        assert len(double.requests) == 100


async def test_a_moment_without_an_offset_is_utc_and_a_number_is_made_international() -> None:
    async with notify_double() as double:
        double.answer(200, {"received_text_messages": [ENTRY | {"created_at": "2026-12-18 08:29:59.123456"}]})
        assert await double.texts_sender().received_since(NOW) == []
        double.answer(200, {"received_text_messages": [ENTRY, ENTRY | {"created_at": "2026-12-18 08:00:00"}]})
        [one] = await double.texts_sender().received_since(NOW)
    assert (one.provider_id, one.number, one.text, one.at) == ("n-1", "+447700900456", "1", NOW)
