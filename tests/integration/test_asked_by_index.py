"""What ticks, looks and the sentinel ask of PostgreSQL is found by an index, however much is stored.

The planner is told to go through a whole table only where it has no other way. So what it plans here, over a few rows,
is what it can plan over millions: a question that still reads a whole table has no index.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import text

from cli.sentinel import expected_of
from jobs.agenda import Agenda, Need
from jobs.timetable import TIMETABLE
from service.sentinel.auditor import Auditor
from tests.world import World

# They grow with what is stored. All others have a row for each process, provider, council, person who signs in or day.
GROWING = {
    "attempt", "digest_line", "event", "event_wait", "ledger", "message", "obligation", "person", "person_number",
    "plan", "plan_person", "problem", "raw_inbound", "receipt", "withheld",
}  # fmt: skip
BY_INDEX = ("Index Scan", "Index Only Scan")
Asked = dict[str, Any]  # statement → its parameters


@pytest.fixture
def world(postgres_world: World) -> World:
    return postgres_world


async def test_no_table_that_grows_is_read_whole(world: World) -> None:
    service = world.service
    asked = listen(world)
    await service.receive([world.event("visit.recorded", "P-1001", by="w-sw")])
    world.clock.set(world.clock.now() + timedelta(weeks=6))  # the next visit is overdue by then
    for tick in (*TIMETABLE, *TIMETABLE):
        await tick.step(service, world.clock.now())
    await Agenda(service).calls_for(Need.LOOK, world.clock.now())
    in_ticks = dict(asked)
    await Auditor(service.sessions, world.clock, expected_of(service.book), "test").look()
    assert len(in_ticks) > 30
    assert await read_whole(world, asked) == []


def listen(world: World) -> Asked:
    """What is asked from now on."""
    asked: Asked = {}

    def note(_c: object, _u: object, statement: str, parameters: Any, _x: object, executemany: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            asked[statement] = parameters[0] if executemany else parameters

    sqlalchemy.event.listen(world.service.engine.sync_engine, "before_cursor_execute", note)
    return asked


async def read_whole(world: World, asked: Asked) -> list[str]:
    """The tables and indexes that are read from end to end, with the statement that does it."""
    found = set()
    async with world.service.engine.connect() as connection:
        partial = set(
            await connection.scalars(text("SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL"))
        )
        await connection.execute(text("SET enable_seqscan = off"))
        for statement, parameters in list(asked.items()):
            plan = (await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)).scalar_one()
            for node in nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]):
                if place := whole(node, partial):
                    found.add(f"{place}: {' '.join(statement.split())}")
        await connection.rollback()
    return sorted(found)


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The steps of a plan. One by an index right below a limit ends as soon as it has the few that are wanted."""
    yield plan
    for child in plan.get("Plans", ()):
        if not (plan["Node Type"] == "Limit" and child["Node Type"] in BY_INDEX):
            yield from nodes(child)


def whole(node: Mapping[str, Any], partial: set[str]) -> str | None:
    """The table or index that a step of a plan reads from end to end, if it grows."""
    if node["Node Type"] == "Seq Scan" and node["Relation Name"] in GROWING:
        return str(node["Relation Name"])
    by_index = node["Node Type"] in BY_INDEX and node["Relation Name"] in GROWING
    if by_index and "Index Cond" not in node and node["Index Name"] not in partial:
        return str(node["Index Name"])
    return None
