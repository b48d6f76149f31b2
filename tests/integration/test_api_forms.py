"""The forms in which events come over HTTP, as the CloudEvents library writes them; hosts, redirects and headers."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx2
import pytest
from cloudevents.core.bindings.http import HTTPMessage, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

from service.api.application import make_application
from tests.world import World

VISIT = {
    "id": "e-1",
    "source": "/dudley/library",
    "type": "visit.recorded",
    "subject": "P-1001",
    "time": datetime.fromisoformat("2026-01-05T09:00:00+00:00"),
}


@pytest.fixture
def database(tmp_path: Path) -> str:
    """One file: nothing here depends on the kind of database."""
    return f"sqlite:///{tmp_path}/world.db"


@pytest.fixture
async def public(world: World, http: httpx2.AsyncClient) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with a token of a service that people reach under an address of its own."""
    settings = world.service.settings.model_copy(
        update={"public_url": "https://planwatch.example.org", "allowed_hosts": ("also.example.org",)}
    )
    app = make_application(replace(world.service, settings=settings))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(
        transport=transport, base_url="https://planwatch.example.org", headers=http.headers
    ) as client:
        yield client


def visit(**attributes: object) -> CloudEvent:
    return CloudEvent(VISIT | attributes, {"by": "w-sw", "on": "2026-01-05"})


async def send(http: httpx2.AsyncClient, message: HTTPMessage) -> httpx2.Response:
    return await http.post("/v1/events", content=message.body, headers=dict(message.headers))


async def test_structured_and_binary_are_the_same_event(http: httpx2.AsyncClient) -> None:
    assert (await send(http, to_structured_event(visit()))).json()["accepted"] == 1
    answer = await send(http, to_binary_event(visit()))
    assert (answer.status_code, answer.json()["duplicates"]) == (202, 1)


async def test_what_is_wrong_in_a_binary_event_is_named_as_in_any_other(http: httpx2.AsyncClient) -> None:
    unknown = await send(http, to_binary_event(visit(type="visit.recored")))
    assert (unknown.status_code, unknown.json()["field"]) == (422, "type")
    nothing = await http.post("/v1/events", headers={"ce-specversion": "1.0", "ce-id": "e-2"})
    assert (nothing.status_code, nothing.json()["field"]) == (422, "source")
    plain = await http.post("/v1/events", json={"id": "e-3"})
    assert plain.status_code == 415
    assert "ce-id" in plain.json()["detail"]


async def test_attributes_in_headers_are_percent_encoded(http: httpx2.AsyncClient) -> None:
    answer = await send(http, to_binary_event(visit(id="über 1")))
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    again = await send(http, to_structured_event(visit(id="über 1")))
    assert again.json()["duplicates"] == 1


async def test_the_handshake_of_event_grid_is_answered_without_a_token(http: httpx2.AsyncClient) -> None:
    asks = {"WebHook-Request-Origin": "eventgrid.example.org", "WebHook-Request-Rate": "120", "Authorization": ""}
    answer = await http.options("/v1/events", headers=asks)
    assert answer.status_code == 200
    assert answer.headers["webhook-allowed-origin"] == "eventgrid.example.org"
    assert answer.headers["allow"] == "POST, OPTIONS"
    forged = await http.options("/v1/events", headers={"WebHook-Request-Origin": "a b"})
    assert "webhook-allowed-origin" not in forged.headers


async def test_another_host_is_refused_and_none_is_repeated(public: httpx2.AsyncClient) -> None:
    assert (await public.get("/v1/openapi.json")).status_code == 200
    for host in ("also.example.org", "planwatch:8000", "10.0.0.7:8000", "[::1]:8000"):
        assert (await public.get("/v1/openapi.json", headers={"Host": host})).status_code == 200
    for host in ("evil.example.org", "planwatch.example.org.evil.example.org", "a]b.c"):
        refused = await public.get("/v1/openapi.json", headers={"Host": host})
        assert refused.status_code == 421
        assert "PLANWATCH_ALLOWED_HOSTS" in refused.json()["detail"]
        assert host not in refused.text
    # Monitoring asks under whatever name the machine has.
    assert (await public.get("/healthz", headers={"Host": "pod-7.cluster.example.org"})).status_code == 200


async def test_nothing_is_redirected(public: httpx2.AsyncClient) -> None:
    for path in ("/v1/events/", "/healthz/", "//v1/events"):
        assert (await public.post(path, headers={"Host": "planwatch.example.org"})).status_code in (404, 405)


async def test_every_answer_has_the_careful_headers(public: httpx2.AsyncClient) -> None:
    answers = [await public.get(path) for path in ("/healthz", "/nowhere", "/v1/openapi.json")]
    answers.append(await public.post("/v1/events"))
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "referrer-policy" in answer.headers


async def test_head_says_that_it_lives(http: httpx2.AsyncClient) -> None:
    answer = await http.head("/healthz")
    assert (answer.status_code, answer.content) == (200, b"")
