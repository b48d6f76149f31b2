"""The doctor and the database: whether it can be used, and what stands in it that somebody has to know."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Table, delete
from sqlalchemy.ext.asyncio import AsyncSession

from cli.doctor.database import check_database, clock_skew_result, standby_results
from cli.doctor.report import CheckResult
from cli.doctor.service import (
    check_auditor,
    check_canary,
    check_processes,
    check_roles,
    check_suspensions,
    check_tokens,
)
from config.database import make_engine, make_sessions, transaction
from notifications.tables import interruption
from service.domain.calendar import local_day
from service.store.credentials import token
from service.store.tables import canary, digest_line, event, finding, ledger, obligation, plan, plan_person, process
from tests.integration.test_doctor import marks, nobodys_port, settings
from tests.machine_clock import YEARS_END, held
from tests.world import World

NOW = YEARS_END
SessionCheck = Callable[[AsyncSession], Awaitable[Sequence[CheckResult]]]


@pytest.fixture
def stored(migrated_file: Path, tmp_path: Path) -> str:
    """The address of a file of SQLite."""
    (tmp_path / "planwatch.db").write_bytes(migrated_file.read_bytes())
    return f"sqlite+aiosqlite:///{tmp_path}/planwatch.db"


async def asked(url: str, check: SessionCheck, *rows: tuple[Table, dict[str, object]]) -> list[str]:
    """How the lines of a check are marked at that moment, once these rows are there."""
    engine = make_engine(url)
    async with transaction(make_sessions(engine)) as session:
        for table, row in rows:
            await session.execute(table.insert().values(**row))
        with held(NOW):
            results = await check(session)
    await engine.dispose()
    return marks(results)


def seen(kind: str, ago: float) -> tuple[Table, dict[str, object]]:
    """A process that gave a sign of life some seconds ago."""
    moment = NOW - timedelta(seconds=ago)
    return process, {"id": f"{kind}-{ago}", "kind": kind, "started_at": moment, "seen_at": moment}


def stopped(kind: str, until: timedelta | None = None) -> tuple[Table, dict[str, object]]:
    """A hold or a pause."""
    row = {"kind": kind, "cause": "person", "reason": "", "by": "root", "since": NOW}
    return interruption, row | {"until": NOW + until if until else None}


def found_by_auditor(code: str) -> tuple[Table, dict[str, object]]:
    """Something that it finds."""
    return finding, {"code": code, "key": "k", "detail": "3", "since": NOW, "seen_at": NOW}


async def test_a_database_that_is_up_to_date_is_asked_for_all_the_rest(database: str) -> None:
    results = await checked(database)
    names = [result.check for result in results]
    kinds = ["postgresql", "standby", "clocks"] if "postgresql" in database else []
    assert names == ["database", *kinds, "sending", "processes", "auditor", "tokens", "roles", "in force", "events"]
    assert [result for result in results if result.fails] == []


async def test_one_that_is_empty_is_to_be_brought_up_to_date(empty_database: str) -> None:
    [result] = await checked(empty_database)
    assert (marks([result]), "planwatch db upgrade" in str(result.remedy)) == (["FAIL"], True)


async def test_one_that_is_not_there_fails_and_is_not_made(tmp_path: Path) -> None:
    results = await checked(f"sqlite+aiosqlite:///{tmp_path}/none.db")
    results += await checked(f"postgresql+asyncpg://nobody:password@127.0.0.1:{nobodys_port()}/none")
    assert marks(results) == ["FAIL", "FAIL"]
    assert ("password" in str(results), (tmp_path / "none.db").exists()) == (False, False)


async def checked(url: str) -> list[CheckResult]:
    return [*await check_database(settings(database_url=url))]


@pytest.mark.parametrize(("copies", "mark"), [
    ([], "look"), ([("sync", 0.1)], "ok"), ([("async", 0.1)], "look"), ([("async", 0.0), ("quorum", 0.0)], "ok"),
    ([("sync", 11.0)], "look"), ([(None, 0.0)], "ok"),
])  # fmt: skip
def test_a_second_copy_is_there_is_synchronous_and_is_not_behind(
    copies: list[tuple[str | None, float]], mark: str
) -> None:
    assert marks([*standby_results(copies)]) == [mark]


@pytest.mark.parametrize(("skew", "mark"), [(1.9, "ok"), (-2.1, "FAIL"), (3600.0, "FAIL")])
def test_clocks_agree_within_two_seconds(skew: float, mark: str) -> None:
    assert marks([clock_skew_result(skew)]) == [mark]


async def test_a_hold_fails_and_a_pause_is_looked_at_until_they_are_over(stored: str) -> None:
    over = stopped("hold", until=-timedelta(seconds=1))
    assert await asked(stored, check_suspensions, over) == ["ok"]
    assert await asked(stored, check_suspensions, stopped("pause")) == ["look"]
    assert await asked(stored, check_suspensions, stopped("hold")) == ["FAIL", "look"]


def canary_that(arrived_at: datetime | None, ago: int = 0) -> tuple[Table, dict[str, object]]:
    """What planwatch wrote to itself some minutes ago."""
    sent_at = NOW - timedelta(minutes=ago)
    return canary, {"slot": sent_at, "mark": f"{ago}", "sent_at": sent_at, "arrived_at": arrived_at}


async def test_it_is_said_when_the_last_canary_arrived_or_that_none_has(stored: str) -> None:
    assert await asked(stored, check_canary) == []
    assert await asked(stored, check_canary, canary_that(None)) == ["look"]
    assert await asked(stored, check_canary, canary_that(NOW, ago=10)) == ["ok"]


async def test_a_worker_that_is_missed_fails_and_one_that_was_never_there_does_not(stored: str) -> None:
    assert await asked(stored, check_processes, seen("web", 1), seen("sentinel", 1)) == ["look"]
    assert await asked(stored, check_processes, seen("both", 61)) == ["FAIL"]
    assert await asked(stored, check_processes, seen("work", 59)) == ["ok"]


async def test_an_auditor_that_has_not_looked_for_90_seconds_fails(stored: str) -> None:
    assert await asked(stored, check_auditor) == ["look"]
    assert await asked(stored, check_auditor, seen("sentinel", 91)) == ["FAIL"]
    assert await asked(stored, check_auditor, seen("sentinel", 90)) == ["ok"]


async def test_a_finding_fails_where_it_silences_the_heartbeat(stored: str) -> None:
    rows = [seen("sentinel", 1), found_by_auditor("urgent_unsent"), found_by_auditor("role_vacant")]
    assert await asked(stored, check_auditor, *rows) == ["ok", "look", "FAIL"]


async def test_a_token_that_ends_soon_or_has_ended_and_is_sent_is_looked_at(stored: str) -> None:
    today = local_day(NOW)
    row = {"hash": "x", "authority": "dudley", "created_at": NOW}
    assert await asked(stored, check_tokens) == ["ok"]
    soon = (token, row | {"name": "soon", "ends_on": today + timedelta(days=29)})
    assert await asked(stored, check_tokens, soon) == ["look"]
    sent = (token, row | {"name": "sent", "hash": "y", "revoked_at": NOW, "refused_at": NOW})
    assert await asked(stored, check_tokens, sent) == ["look", "look"]


async def test_a_role_that_nobody_holds_is_told_where_there_are_plans(world: World) -> None:
    async with transaction(world.service.sessions) as session:
        before = {result.finding for result in await check_roles(session)}
        await session.execute(delete(event).where(event.c.type == "role.assigned", event.c.about == "authority"))
        [after] = await check_roles(session)
        for table in (digest_line, obligation, ledger, plan_person, plan):
            await session.execute(delete(table))
        assert marks(await check_roles(session)) == ["ok"]
    assert "team_manager" in after.finding
    assert "team_manager" not in str(before)
