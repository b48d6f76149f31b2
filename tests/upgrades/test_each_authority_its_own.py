"""The upgrade that gives each authority its own ids: what was shared until then is told as before."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import make_engine, make_sessions, reading
from service.domain.own_id import OwnId
from service.store import persons, received_stops, schema
from service.store.tables import NO_AUTHORITY
from service.use_cases.looks.look_at_plan import PlanFacts, facts_of_plan
from tests.upgrades.older import unpacked
from tests.world import book

EVENT = """
    INSERT INTO event
        (source, id, type, subject, about, authority, writer, time, received_at, raw, fingerprint, waiting)
    VALUES (?, ?, ?, ?, ?, ?, ?, '2026-11-27 10:00:00', '2026-11-27 10:40:29', ?, 'x', ?)
"""


def store(
    database: sqlite3.Connection, name: str, kind: str, subject: str, data: Mapping[str, str], *,
    authority: str | None = None, about: str | None = None, source: str = "/somewhere", waiting: bool = False,
) -> None:  # fmt: skip
    """An event as the version before kept it."""
    raw: dict[str, Any] = {"specversion": "1.0", "id": name, "source": source, "type": kind, "subject": subject}
    raw |= {"time": "2026-11-27T10:00:00+00:00", "data": dict(data)}
    database.execute(EVENT, (source, name, kind, subject, about, authority, None, json.dumps(raw), waiting))
    if waiting:
        (seq,) = database.execute("SELECT max(seq) FROM event").fetchone()
        database.execute("INSERT INTO event_wait (seq, kind, subject) VALUES (?, 'plan', ?)", (seq, subject))


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The older database, in which a plan of Bradford's names a worker whom Dudley has recorded; and what waits."""
    path = tmp_path / "planwatch.db"
    path.write_bytes(unpacked("planwatch.sqlite3.gz"))
    with closing(sqlite3.connect(path)) as database, database:
        role = {"role": "service_manager", "person": "w-ana"}
        store(database, "lent", "role.assigned", "B-2001", role, authority="bradford", about="plan")
        database.execute("INSERT INTO plan_person (plan, person) VALUES ('B-2001', 'w-ana')")
        store(database, "lent-too", "role.assigned", "W-1", role, authority="wakefield", about="plan")
        decided = {"decision": "allow", "decided_by": "w-ana"}
        store(database, "decided", "contact.decided", "w-ana", decided, authority="wakefield", about="person")
        visit = {"by": "w-ana", "on": "2026-11-27"}
        store(database, "early", "visit.recorded", "X-1", visit, source="/bradford/cases", waiting=True)
        store(database, "nobodys", "visit.recorded", "X-2", visit, waiting=True)
    return path


async def facts(session: AsyncSession, authority: str, plan: str) -> PlanFacts:
    return await facts_of_plan(session, book(), OwnId(authority, plan))


async def test_whom_two_councils_shared_both_have(before: Path) -> None:
    engine = make_engine(f"sqlite+aiosqlite:///{before}")
    await schema.upgrade(engine)
    async with reading(make_sessions(engine)) as session:
        theirs, ours = await facts(session, "bradford", "B-2001"), await facts(session, "dudley", "D-1001")
        assert theirs.directory.persons["w-ana"].email == ours.directory.persons["w-ana"].email == "w-ana@example.org"
        assert "w-dan" not in theirs.directory.persons
        both = {OwnId("bradford", "w-ana"), OwnId("dudley", "w-ana")}
        assert await persons.known(session, both) == both
    await engine.dispose()


async def test_whom_a_third_borrows_is_stored_once_for_each(before: Path) -> None:
    engine = make_engine(f"sqlite+aiosqlite:///{before}")
    await schema.upgrade(engine)
    await engine.dispose()
    with closing(sqlite3.connect(before)) as database:
        stored = database.execute("SELECT authority, type, count(*) FROM event WHERE subject = 'w-ana' GROUP BY 1, 2")
        counts = {(authority, kind): number for authority, kind, number in stored.fetchall()}
    recorded = counts["dudley", "person.recorded"]
    assert recorded > 0
    assert {counts[name, "person.recorded"] for name in ("bradford", "wakefield")} == {recorded}
    assert {counts[name, "contact.decided"] for name in ("bradford", "wakefield")} == {1}


async def test_what_waits_belongs_to_whom_it_names_else_to_whoever_introduces_its_plan(before: Path) -> None:
    engine = make_engine(f"sqlite+aiosqlite:///{before}")
    await schema.upgrade(engine)
    await engine.dispose()
    with closing(sqlite3.connect(before)) as database:
        waiting = dict(database.execute("SELECT id, authority FROM event WHERE id IN ('early', 'nobodys')").fetchall())
    assert waiting == {"early": "bradford", "nobodys": NO_AUTHORITY}


async def test_a_stop_that_had_been_texted_holds_for_every_council(before: Path) -> None:
    engine = make_engine(f"sqlite+aiosqlite:///{before}")
    await schema.upgrade(engine)
    async with reading(make_sessions(engine)) as session:
        ((number, at),) = await received_stops.of_numbers(session, ["+447700900219", "+447700900202"])
    await engine.dispose()
    assert (number, at.isoformat()) == ("+447700900219", "2026-11-25T10:20:00+00:00")
