"""The upgrade that puts the authority into every key: every id and number stays, and counting goes on from them."""

import json
import signal
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bench.faults.rig.victims import victims
from bench.faults.rig.worker import Job
from config.database import make_engine, make_sessions, metadata, transaction
from service.domain.own_id import OwnId
from service.store import audit, schema, sight_exceptions
from service.store.audit import AuditEntry
from service.store.tables import NO_AUTHORITY
from tests.databases.differences import differences
from tests.upgrades.restart import restarted

BEFORE = "0013"
EVERY = 8  # statements, before each of which the upgrade is killed once
NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
LINES = (("dudley", "plan_seen"), (None, "user_added"), ("bradford", "plan_seen"))
Rows = Mapping[str, list[dict[str, Any]]]

pytestmark = pytest.mark.both_databases


@pytest.fixture
async def before(database_of_before: str) -> str:
    """The address of the older database, brought up to the step before; with audit lines, and an event of nobody's."""
    engine = make_engine(database_of_before)
    async with engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(schema._config(sync), BEFORE))
        for authority, action in LINES:
            line = {"at": NOW, "authority": authority, "action": action}
            await connection.execute(sa.insert(_table("audit_entry", *line)), line)
        seen = {"authority": "dudley", "plan": "D-1001", "person": "w-ana", "reason": "why", "at": NOW, "ends_at": NOW}
        await connection.execute(sa.insert(_table("sight_exception", *seen)), seen)
        await connection.run_sync(_add_nobodys)
    await engine.dispose()
    return database_of_before


def _table(name: str, *columns: str) -> sa.TableClause:
    """A table as it was then: with these columns."""
    types = {column.name: column.type for column in metadata.tables[name].columns}
    return sa.table(name, *(sa.column(column, types[column]) for column in columns))


def _add_nobodys(connection: Connection) -> None:
    """An event that waits for a plan and for a person, and of which nobody could tell whose it is."""
    lost = {"id": "lost", "source": "/somewhere", "type": "visit.recorded", "subject": "X-2"}
    data = {"by": "w-new", "on": "2026-11-27"}
    raw = {"specversion": "1.0", **lost, "time": "2026-11-27T10:00:00+00:00", "data": data}
    came = {"time": NOW, "received_at": NOW, "raw": raw, "fingerprint": "x", "waiting": True}
    connection.execute(sa.insert(_table("event", *lost, *came)), lost | came)
    seq = connection.scalar(text("SELECT max(seq) FROM event"))
    waits = [{"seq": seq, "kind": kind, "subject": subject} for kind, subject in (("plan", "X-2"), ("person", "w-new"))]
    connection.execute(sa.insert(_table("event_wait", *waits[0])), waits)


async def stored(url: str) -> Rows:
    """All rows of all tables, as they are stored."""
    engine = make_engine(url)  # its connections have prepared nothing for the tables of before
    tables = {}
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        for name in sorted(set(names) - {"alembic_version"}):
            rows = await connection.execute(text(f"SELECT * FROM {name}"))  # noqa: S608 - the names of our own tables
            tables[name] = sorted((dict(row) for row in rows.mappings()), key=str)
    await engine.dispose()
    return tables


async def test_all_rows_stay_as_they_are_but_for_the_authority_that_they_lacked(before: str) -> None:
    engine = make_engine(before)
    rows = await stored(before)
    await schema.upgrade(engine)
    upgraded = await stored(before)
    whose = {row["id"]: row["authority"] for row in rows["message"]}
    added: Mapping[str, Any] = {
        "event": lambda row: {"authority": row["authority"] or NO_AUTHORITY},
        "audit_entry": lambda row: {"authority": row["authority"] or NO_AUTHORITY},
        "attempt": lambda row: {"authority": whose[row["message_id"]]},
        "event_wait": lambda row: {"authority": next(_of(rows["event"], row["seq"])) or NO_AUTHORITY},
    }
    assert {name for name in rows if rows[name]} > {*added, "message", "sight_exception"}
    for name, before_it in rows.items():
        more = added.get(name, lambda _: {})
        assert upgraded[name] == sorted(({**row, **more(row)} for row in before_it), key=str), name
    await engine.dispose()


def _of(events: list[dict[str, Any]], seq: int) -> Any:
    return (event["authority"] for event in events if event["seq"] == seq)


async def test_numbers_go_on_from_the_highest(before: str) -> None:
    engine = make_engine(before)
    rows = await stored(before)
    await schema.upgrade(engine)
    async with transaction(make_sessions(engine)) as session:
        await audit.add(session, AuditEntry(NOW, None, None, "user_added"))
        plan, person = OwnId("dudley", "D-1001"), OwnId("dudley", "w-ana")
        number = await sight_exceptions.add(session, person, plan, "why", NOW, NOW)
    assert number == max(row["number"] for row in rows["sight_exception"]) + 1
    upgraded = await stored(before)
    assert max(row["number"] for row in upgraded["audit_entry"]) == len(LINES) + 1
    await engine.dispose()


async def test_the_audit_is_guarded_as_before(before: str) -> None:
    engine = make_engine(before)
    await schema.upgrade(engine)
    for change in ("UPDATE audit_entry SET person = 'w-other'", "DELETE FROM audit_entry"):
        with pytest.raises(DBAPIError, match="only added to"):
            async with engine.begin() as connection:
                await connection.execute(text(change))
    await engine.dispose()


async def test_what_was_nobodys_is_whose_plan_it_is_about_and_keeps_its_number(before: str) -> None:
    async with restarted(before) as world:
        [lost] = [row for row in (await stored(before))["event"] if row["id"] == "lost"]
        assert lost["authority"] == NO_AUTHORITY
        child = {"ref": "C-2", "initials": "ZQ", "date_of_birth": "2012-05-03"}
        await world.receive("plan.opened", "X-2", authority="bradford", child=child, route="child_in_need", id="opens")
        tables = await stored(before)
        [given] = [row for row in tables["event"] if row["id"] == "lost"]
        assert given == {**lost, "authority": "bradford"}
        assert [row["authority"] for row in tables["event_wait"] if row["seq"] == lost["seq"]] == ["bradford"]
        known = {"authority": "bradford", "name": "Nia New", "kind": "worker", "email": "w-new@example.org"}
        await world.receive("person.recorded", "w-new", **known, id="records")
        tables = await stored(before)
    [released] = [row for row in tables["event"] if row["id"] == "lost"]
    assert released == {**given, "waiting": type(given["waiting"])(False), "about": "plan"}
    assert [row for row in tables["event_wait"] if row["seq"] == lost["seq"]] == []


async def test_what_was_nobodys_goes_where_its_source_has_sent_it_again_for_whose_it_is(before: str) -> None:
    child = {"ref": "C-2", "initials": "ZQ", "date_of_birth": "2012-05-03"}
    async with restarted(before) as world:
        [lost] = [row for row in (await stored(before))["event"] if row["id"] == "lost"]
        raw = lost["raw"] if isinstance(lost["raw"], dict) else json.loads(lost["raw"])
        again = await world.service.receive([raw], writer="bradford")
        assert again.waiting == 1
        opened = await world.receive(
            "plan.opened", "X-2", authority="bradford", child=child, route="child_in_need", id="opens"
        )
        assert opened.accepted == 1
        tables = await stored(before)
    assert [row["authority"] for row in tables["event"] if row["id"] == "lost"] == ["bradford"]
    assert [row for row in tables["event_wait"] if row["seq"] == lost["seq"]] == []


async def test_killed_anywhere_it_leaves_all_as_it_was_and_comes_to_its_end_later(before: str) -> None:
    engine = make_engine(before)
    rows, kills = await stored(before), 0
    async with victims(Job(before, 1, 1, time.monotonic(), 1.0, 60.0)) as row:
        await row.start("migrate", f"statement {EVERY}")
        while (status := await row.ended()) == -signal.SIGKILL:
            assert await stored(before) == rows
            kills += 1
            await row.start("migrate", f"statement {EVERY * (kills + 1)}")
    assert (status, kills > 4) == (0, True)
    async with engine.connect() as connection:
        assert await differences(connection) == []
    await engine.dispose()
