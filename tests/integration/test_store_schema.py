"""The schema: migrations and tables agree, and whoever starts first brings it up to date."""

import asyncio
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy
from alembic.script import ScriptDirectory
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from config.database import make_engine, make_sessions, reading, transaction
from service.domain.look import look
from service.domain.own_id import OwnId
from service.domain.telling.records import DigestLine
from service.store import audit, obligations, schema, secret
from service.store.audit import AuditEntry
from service.store.credentials import secret as secret_table
from service.store.tables import digest_line
from service.use_cases.looks.look_at_plan import facts_of_plan, look_at_plan
from tests.databases.differences import differences
from tests.integration.service_process import Places
from tests.world import World, book

pytestmark = pytest.mark.both_databases


async def test_the_migrations_make_the_tables_that_the_program_knows(empty_database: str) -> None:
    engine = make_engine(empty_database)
    assert await schema.upgrade(engine) == (None, schema.newest())
    assert await schema.upgrade(engine) == (schema.newest(), schema.newest())
    async with engine.connect() as connection:
        assert await differences(connection) == []
    await engine.dispose()


async def test_processes_that_start_at_once_take_turns(empty_database: str, tmp_path: Path) -> None:
    places = Places(tmp_path, database=empty_database)
    ended = await asyncio.gather(*(places.run("db", "upgrade") for _ in range(3)))
    assert [status for status, _, _ in ended] == [0] * 3, ended


def test_each_step_is_in_a_file_named_after_its_revision() -> None:
    folder = Path(schema.__file__).parents[1] / "migrations"
    steps = ScriptDirectory(str(folder))
    names = {path.name[:4] for path in (folder / "versions").glob("[0-9]*.py")}
    assert {step.revision for step in steps.walk_revisions()} == names
    assert schema.newest() == steps.get_current_head()
    assert [schema.knows(revision) for revision in ("0001", schema.newest(), "9999")] == [True, True, False]


@pytest.mark.both_databases
async def test_the_database_refuses_to_change_the_audit_or_to_remove_a_line(database: str) -> None:
    engine = make_engine(database)
    changes = ["UPDATE audit_entry SET person = 'w-other'", "DELETE FROM audit_entry"]
    changes += ["TRUNCATE audit_entry"] if engine.dialect.name == "postgresql" else []  # SQLite has no such statement
    line = AuditEntry(datetime(2026, 11, 2, tzinfo=UTC), "dudley", "w-sw", "plan_seen", "P-1001")
    async with transaction(make_sessions(engine)) as session:
        await audit.add(session, line)
        for change in changes:
            with pytest.raises(DBAPIError, match="only added to"):
                async with session.begin_nested():
                    await session.execute(sqlalchemy.text(change))
    async with reading(make_sessions(engine)) as session:
        assert await audit.latest(session, "dudley", 9) == [replace(line, number=1)]
    await engine.dispose()


def test_nothing_of_a_digest_line_is_left_out() -> None:
    assert {field.name for field in fields(DigestLine)} <= {column.name for column in digest_line.columns}


async def test_an_obligation_comes_back_as_it_was_kept(world: World) -> None:
    async with reading(world.service.sessions) as session:
        kept = await obligations.of_plan(session, OwnId("dudley", "P-1001"))
        plan = await facts_of_plan(session, book(), OwnId("dudley", "P-1001"))
    found = look(book(), plan.events, plan.directory, plan.ledger, world.clock.now()).obligations
    assert kept
    assert sorted(kept, key=lambda one: one.key) == sorted(found, key=lambda one: one.key)


async def test_a_second_look_writes_only_that_it_looked(world: World) -> None:
    written: list[str] = []
    engine = world.service.engine.sync_engine
    sqlalchemy.event.listen(engine, "before_cursor_execute", lambda *given: written.append(str(given[2])))
    async with transaction(world.service.sessions) as session:
        await look_at_plan(session, book(), OwnId("dudley", "P-1001"), world.clock.now())
    changes = [words for words in written if words.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [words.split()[1].strip('"') for words in changes] == ["plan"]


async def test_what_keeps_ids_from_being_guessed_is_made_by_chance_once(world: World) -> None:
    async with transaction(world.service.sessions) as session:
        first, again = await secret.outside(session), await secret.outside(session)
        await session.execute(delete(secret_table))
        other = await secret.outside(session)
    assert first == again != other
    assert len(first) == 32
