"""POST /v1/events: what is answered to whom."""

import json
from datetime import timedelta

import httpx2
import pytest

from config.database import reading
from service.store import events, problems
from tests.databases import ON_SQLITE
from tests.world import World

SINGLE = {"Content-Type": "application/cloudevents+json"}
BATCH = {"Content-Type": "application/cloudevents-batch+json; charset=utf-8"}


async def post(http: httpx2.AsyncClient, body: object, headers: dict[str, str] = SINGLE) -> httpx2.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await http.post("/v1/events", content=content, headers=headers)


async def stored(world: World) -> int:
    async with reading(world.service.sessions) as session:
        return (await events.counts(session))[0]


async def test_an_event_is_stored_when_it_is_answered(world: World, http: httpx2.AsyncClient) -> None:
    before = await stored(world)
    answer = await post(http, world.event("visit.recorded", by="w-sw"))
    assert (answer.status_code, answer.json()) == (
        202,
        {"accepted": 1, "duplicates": 0, "waiting": 0, "rejected": [], "warnings": []},
    )
    assert await stored(world) == before + 1


async def test_of_a_batch_the_good_ones_go_in(world: World, http: httpx2.AsyncClient) -> None:
    bad = world.event("visit.recorded", id="bad-1", by=7)
    answer = await post(http, [world.event("visit.recorded", by="w-sw"), bad], BATCH)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert [(one["id"], one["field"]) for one in answer.json()["rejected"]] == [("bad-1", "data.by")]


@ON_SQLITE
async def test_one_that_cannot_be_taken_names_event_and_field(world: World, http: httpx2.AsyncClient) -> None:
    answer = await post(http, world.event("visit.recorded", id="bad-1", by=7))
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert (problem["status"], problem["event"], problem["field"]) == (422, "bad-1", "data.by")
    assert "bad-1" in problem["detail"]


async def test_a_conflict_is_a_409_and_a_duplicate_is_not(world: World, http: httpx2.AsyncClient) -> None:
    event = world.event("visit.recorded", by="w-sw")
    await post(http, event)
    assert (await post(http, event)).json()["duplicates"] == 1
    answer = await post(http, event | {"data": {"by": "w-kp"}})
    assert (answer.status_code, answer.json()["field"]) == (409, "id")


@ON_SQLITE
async def test_a_batch_without_events_is_taken(http: httpx2.AsyncClient) -> None:
    assert (await post(http, [], BATCH)).status_code == 202


@ON_SQLITE
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic d2U6cGFzcw=="])
async def test_without_a_good_token_nothing_is_read(world: World, http: httpx2.AsyncClient, header: str) -> None:
    before = await stored(world)
    answer = await post(http, world.event("visit.recorded", by="w-sw"), SINGLE | {"Authorization": header})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert await stored(world) == before


@ON_SQLITE
async def test_another_authoritys_event_is_a_403(world: World, http: httpx2.AsyncClient) -> None:
    data = {"authority": "bradford", "name": "N", "kind": "worker"}
    answer = await post(http, world.event("person.recorded", "w-b", **data))
    assert (answer.status_code, answer.json()["field"]) == (403, "data.authority")


@ON_SQLITE
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b'{"id":NaN}', 400),
        (b'{"id":1e999}', 400),
        (b'{"id":"a","id":"b"}', 400),
        (b'{"id":"\\ud800"}', 400),
        (b"[" * 100_000, 400),
        (b'"text"', 422),
        (b"null", 422),
        (b"[]", 422),
        (b"{" + b" " * 262_144 + b"}", 413),
    ],
)
async def test_what_is_no_event_is_told_so(http: httpx2.AsyncClient, body: bytes, status: int) -> None:
    answer = await post(http, body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status


@ON_SQLITE
async def test_a_batch_is_a_list_of_at_most_four_megabytes(http: httpx2.AsyncClient) -> None:
    assert (await post(http, {}, BATCH)).status_code == 422
    assert (await post(http, b"[" + b" " * 4_194_304 + b"]", BATCH)).status_code == 413


@ON_SQLITE
@pytest.mark.parametrize("kind", ["text/plain", "application/json", ""])
async def test_other_types_are_a_415(http: httpx2.AsyncClient, kind: str) -> None:
    answer = await post(http, {}, {"Content-Type": kind})
    assert answer.status_code == 415
    assert "cloudevents+json" in answer.headers["accept-post"]


@ON_SQLITE
async def test_a_compressed_body_is_a_415(http: httpx2.AsyncClient) -> None:
    assert (await post(http, b"x", SINGLE | {"Content-Encoding": "gzip"})).status_code == 415


@ON_SQLITE
async def test_other_paths_and_methods_are_problems_too(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/nowhere")).headers["content-type"] == "application/problem+json"
    assert (await http.get("/v1/events")).status_code == 405


@ON_SQLITE
async def test_a_fault_of_ours_says_nothing_of_its_inside(
    world: World, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(world.service), "receive", _break)
    answer = await post(http, world.event("visit.recorded", by="w-sw"))
    assert answer.status_code == 500
    assert "secret" not in answer.text


async def _break(*given: object) -> None:
    raise RuntimeError("secret")


@ON_SQLITE
async def test_an_event_wakes_the_clock(world: World, http: httpx2.AsyncClient) -> None:
    world.service.woken.clear()
    await post(http, world.event("bottom_line.breached", bottom_line="x", at=world.now_text()))
    await world.service.woken.wait()


async def test_the_answer_warns_of_what_is_plain_at_once(world: World, http: httpx2.AsyncClient) -> None:
    by_nobody = world.event("visit.recorded", id="v-1", by="W-SW", concern=False)
    marked = world.event("role.assigned", id="r-1", role="parent", person="w-sw", posesRisk=True)
    unknown = world.event("visit.recorded", "P-9", id="v-2", by="w-sw")
    warnings = (await post(http, [by_nobody, marked, unknown], BATCH)).json()["warnings"]
    assert {(one["id"], one["field"], one["code"]) for one in warnings} == {
        ("v-1", "data.by", "refers_to_nothing"),
        ("r-1", "data.posesRisk", "field_unknown"),
        ("v-2", "subject", "not_introduced"),
    }
    assert (await post(http, [by_nobody, marked, unknown], BATCH)).json()["warnings"] == []


async def test_the_answer_warns_of_a_breach_that_is_still_to_come(world: World, http: httpx2.AsyncClient) -> None:
    later = (world.clock.now() + timedelta(days=30)).isoformat()
    ahead = world.event("bottom_line.breached", id="b-1", bottom_line="x", at=later)
    (warning,) = (await post(http, ahead)).json()["warnings"]
    assert (warning["id"], warning["field"], warning["code"]) == ("b-1", "data.on", "time_ahead")


@ON_SQLITE
@pytest.mark.parametrize(
    ("record", "warned"),
    [
        ({"prefers": "sms", "email": "a@example.org"}, ["preference_kept"]),
        ({"prefers": "email", "kind": "family", "email": "a@example.org"}, ["preference_kept"]),
        ({"prefers": "email", "email": "a@example.org"}, []),
        ({"prefers": "sms", "kind": "family", "email": "a@example.org"}, []),
        ({"prefers": "sms"}, []),
    ],
)
async def test_the_answer_warns_of_a_preference_that_changes_nothing(
    world: World, http: httpx2.AsyncClient, record: dict[str, str], warned: list[str]
) -> None:
    usual = {"authority": "dudley", "name": "A", "kind": "worker", "mobile": "07700 900444"}
    answer = (await post(http, world.event("person.recorded", "p-7", **usual | record))).json()
    assert [warning["code"] for warning in answer["warnings"]] == warned
    async with reading(world.service.sessions) as session:
        assert await problems.recent(session) == []
