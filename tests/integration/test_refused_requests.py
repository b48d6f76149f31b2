"""Strangers at the door: refused, counted and limited, and whoever shows a good token beside them is served."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from config.settings import Settings
from service.api.application import make_application
from service.refused_requests import MOST_FAILURES, RefusedRequests
from service.use_cases.intake.create_token import create_token
from service.web.acknowledge import acknowledge_router
from tests.contract.forgeries import PUBLIC, SIGN
from tests.databases import ON_SQLITE
from tests.world import World, book

pytestmark = ON_SQLITE
ONE = {"Content-Type": "application/cloudevents+json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
INBOUND = "/v1/twilio/inbound"
OTHERS = ("198.51.100.8", 1)


@pytest.fixture
def moment() -> list[float]:
    """The seconds that have passed."""
    return [0.0]


@pytest.fixture
def app(world: World, moment: list[float]) -> FastAPI:
    """The application with every way in from outside."""
    settings = Settings(
        public_url=PUBLIC,
        allowed_hosts=("planwatch.example.org",),
        twilio_account_sid="AC1",
        twilio_auth_token=SecretStr("twilio-token"),
        twilio_from="+447700900123",
        notify_callback_token=SecretStr("n" * 20),
    )
    refused = RefusedRequests(lambda: moment[0])
    service = replace(world.service, settings=settings, refused_requests=refused)
    made = make_application(service)
    made.include_router(acknowledge_router(service))
    return made


@pytest.fixture
async def good(world: World) -> dict[str, str]:
    """The header of a good token."""
    token = await create_token(world.service.sessions, book(), "dudley", world.clock.now(), "case-system")
    return ONE | {"Authorization": f"Bearer {token.secret}"}


def caller(app: FastAPI, client: tuple[str, int] = ("198.51.100.7", 1)) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app, client=client)
    return httpx2.AsyncClient(transport=transport, base_url="http://planwatch.example.org")


async def unknown_token(http: httpx2.AsyncClient) -> httpx2.Response:
    return await http.post("/v1/events", json={}, headers=ONE | {"Authorization": "Bearer guessed"})


async def no_token(http: httpx2.AsyncClient) -> httpx2.Response:
    return await http.post("/v1/events", json={}, headers=ONE)


async def forged(http: httpx2.AsyncClient) -> httpx2.Response:
    return await http.post(INBOUND, content="MessageSid=SM1", headers=FORM | {"X-Twilio-Signature": "forged"})


async def unsigned(http: httpx2.AsyncClient) -> httpx2.Response:
    return await http.post(INBOUND, content="MessageSid=SM1", headers=FORM)


async def wrong_callback(http: httpx2.AsyncClient) -> httpx2.Response:
    return await http.post("/v1/notify/received", json={}, headers={"Authorization": "Bearer guessed"})


async def guessed_link(http: httpx2.AsyncClient) -> httpx2.Response:
    return await http.get("/a/guessed")


Attempt = Callable[[httpx2.AsyncClient], Awaitable[httpx2.Response]]


@pytest.mark.parametrize(
    ("attempt", "status", "kind"),
    [
        (no_token, 401, "token_missing"),
        (unknown_token, 401, "token_unknown"),
        (forged, 403, "signature_forged"),
        (unsigned, 403, "signature_forged"),
        (wrong_callback, 403, "callback_token_wrong"),
        (guessed_link, 404, "link_unknown"),
    ],
)
async def test_who_fails_too_often_in_a_minute_is_told_to_come_back_later(
    app: FastAPI, moment: list[float], attempt: Attempt, status: int, kind: str
) -> None:
    async with caller(app) as http, caller(app, OTHERS) as neighbour:
        answers = [await attempt(http) for _ in range(MOST_FAILURES + 2)]
        assert [answer.status_code for answer in answers] == [status] * MOST_FAILURES + [429, 429]
        assert answers[-1].headers["retry-after"] == "60"
        assert (await attempt(neighbour)).status_code == status
        moment[0] = 60.0
        assert (await attempt(http)).status_code == status
        figures = (await http.get("/metrics")).text
    assert f'planwatch_refused_total{{kind="{kind}"}} {MOST_FAILURES + 4}.0' in figures
    assert 'planwatch_answers_total{status="429"} 2.0' in figures


async def test_a_good_token_and_a_true_signature_are_served_beside_them(
    world: World, app: FastAPI, good: dict[str, str]
) -> None:
    async with caller(app) as http:
        for _ in range(MOST_FAILURES + 1):
            last = await unknown_token(http)
        assert last.status_code == 429
        breach = world.event("bottom_line.breached", bottom_line="x", at=world.now_text())
        assert (await http.post("/v1/events", json=breach, headers=good)).status_code == 202
        form = {"MessageSid": "SM1", "From": "+447700900199", "Body": "STOP"}
        signed = FORM | {"X-Twilio-Signature": SIGN(PUBLIC + INBOUND, form)}
        answer = await http.post(INBOUND, content=str(httpx2.QueryParams(form)), headers=signed)
        assert answer.status_code == 200


async def test_a_good_token_does_not_wait_for_its_turn_in_vain_among_hundreds_of_bad_ones(
    world: World, app: FastAPI, good: dict[str, str]
) -> None:
    breach = world.event("bottom_line.breached", bottom_line="x", at=world.now_text())
    async with caller(app) as http:
        *bad, taken = await asyncio.gather(
            *(unknown_token(http) for _ in range(200)), http.post("/v1/events", json=breach, headers=good)
        )
    assert {answer.status_code for answer in bad} == {401, 429}
    assert taken.status_code == 202


async def test_refused_events_are_counted_and_their_token_is_not_limited(
    world: World, app: FastAPI, good: dict[str, str]
) -> None:
    first = world.event("visit.recorded", id="v-1", by="w-sw")
    conflict = first | {"data": {"by": "w-kp"}}
    elsewhere = world.event("person.recorded", "w-b", authority="bradford", name="N", kind="worker")
    async with caller(app) as http:
        statuses = [
            (await http.post("/v1/events", json=event, headers=good)).status_code
            for event in (first, *[conflict] * (MOST_FAILURES + 1), elsewhere, {}, first)
        ]
        figures = (await http.get("/metrics")).text
    assert statuses == [202, *[409] * (MOST_FAILURES + 1), 403, 422, 202]
    for kind, number in (("event_conflict", MOST_FAILURES + 1), ("authority_forbidden", 1), ("event_faulty", 1)):
        assert f'planwatch_refused_total{{kind="{kind}"}} {number}.0' in figures


async def test_an_ended_token_and_a_foreign_host_are_counted(world: World, app: FastAPI) -> None:
    now = world.clock.now()
    token = await create_token(world.service.sessions, book(), "dudley", now, "ended", date(2026, 1, 5))
    world.clock.advance(hours=15)
    async with caller(app) as http:
        await http.post("/v1/events", json={}, headers={"Authorization": f"Bearer {token.secret}"})
        assert (await http.get("/v1/events", headers={"Host": "example.com"})).status_code == 421
        figures = (await http.get("/metrics")).text
    assert 'planwatch_refused_total{kind="token_ended"} 1.0' in figures
    assert 'planwatch_refused_total{kind="host_unknown"} 1.0' in figures
