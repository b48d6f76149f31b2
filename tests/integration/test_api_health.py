"""Whether it lives, whether it can work, and figures."""

import httpx2
import pytest
from sqlalchemy import update

from config.database import transaction
from service.sentinel.finding import AuditFinding
from service.sentinel.keep import beat, keep
from service.store.tables import plan as plans
from service.tick_health import TickHealth
from tests.databases import ON_SQLITE
from tests.world import World


@ON_SQLITE
async def test_it_answers_without_a_token(http: httpx2.AsyncClient) -> None:
    http.headers.pop("Authorization")
    assert (await http.get("/healthz")).json() == {"status": "ok"}
    assert (await http.get("/readyz")).json() == {
        "status": "ok",
        "database": "ok",
        "ticks": "ok",
        "sentinel": "ok",
        "plans_failing": [],
        "events_waiting": 0,
        "findings": {},
    }


async def test_a_tick_that_only_fails_makes_it_unready_until_it_comes_to_an_end(
    world: World, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    elapsed = [0.0]
    tick_health = TickHealth(lambda: elapsed[0])
    monkeypatch.setattr(world.service.tick_health, "failing", tick_health.failing)
    answers = []
    for elapsed[0] in (0.0, 30.0, 61.0):
        tick_health.failed("bounces")
        answers.append((await http.get("/readyz")).json()["ticks"])
    tick_health.succeeded("bounces")
    answers.append((await http.get("/readyz")).json()["ticks"])
    assert answers == ["ok", "ok", "nothing but faults: bounces; see tick_failed in the log", "ok"]


@ON_SQLITE
async def test_a_tick_that_hangs_makes_it_unready(
    world: World, http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    elapsed = [0.0]
    tick_health = TickHealth(lambda: elapsed[0])
    monkeypatch.setattr(world.service.tick_health, "ages", tick_health.ages)
    tick_health.expect(["look", "email-1"])
    elapsed[0] = 61
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()["ticks"]) == (503, "no step for too long: look; restart the service")


async def test_a_database_behind_the_program_makes_it_unready(world: World, http: httpx2.AsyncClient) -> None:
    async with transaction(world.service.sessions) as session:
        connection = await session.connection()
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert "planwatch db upgrade" in answer.json()["database"]


async def test_a_plan_that_fails_is_shown_without_its_name(world: World, http: httpx2.AsyncClient) -> None:
    async with transaction(world.service.sessions) as session:
        fault = {"fault": "KeyError in x.py:1 (f)", "fault_count": 3, "fault_at": world.clock.now()}
        await session.execute(update(plans).values(fault))
    answer = await http.get("/readyz")
    assert answer.json()["plans_failing"] == [{"fault": "KeyError in x.py:1 (f)", "running": 3}]
    assert "P-1001" not in answer.text


async def found(world: World, code: str) -> None:
    """Have the auditor look, and find something."""
    now = world.clock.now()
    async with transaction(world.service.sessions) as session:
        await keep(session, [AuditFinding(code, "P-1001", "P-1001: x")], [], now)
        await beat(session, "sentinel-1", now, now)


@ON_SQLITE
async def test_what_the_auditor_finds_is_shown_by_code_without_its_name(world: World, http: httpx2.AsyncClient) -> None:
    await found(world, "plan_failing")
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()["findings"]) == (200, {"plan_failing": 1})
    assert "P-1001" not in answer.text


@ON_SQLITE
@pytest.mark.parametrize("code", ["urgent_unsent", "no_worker"])
async def test_what_keeps_the_whole_from_its_work_makes_it_unready(
    world: World, http: httpx2.AsyncClient, code: str
) -> None:
    await found(world, code)
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert answer.json()["sentinel"].startswith(code)


@ON_SQLITE
async def test_an_auditor_that_looks_no_more_makes_it_unready(world: World, http: httpx2.AsyncClient) -> None:
    await found(world, "plan_failing")
    world.clock.advance(seconds=91)
    answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert "has not looked since 2026-01-05 09:00Z" in answer.json()["sentinel"]


async def test_figures_are_honest(world: World, http: httpx2.AsyncClient) -> None:
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    await world.receive("visit.recorded", "P-0", by="w-sw")
    text = (await http.get("/metrics")).text
    assert "planwatch_plans 1.0" in text
    assert "planwatch_events_waiting 1.0" in text
    assert 'planwatch_messages_waiting{channel="sms",lane="urgent",state="queued"} 2.0' in text
    assert 'planwatch_messages_last_hour{channel="email",purpose="alert",state="queued"} 2.0' in text
    assert 'planwatch_intake_total{outcome="waiting"} 1.0' in text
    assert "P-1001" not in text
