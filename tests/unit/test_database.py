"""The database: transactions that hold, moments that keep their zone, and errors that quote nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text, UniqueConstraint, func, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from config.database import Sessions, UTCDateTime, make_engine, make_sessions, metadata, reading, transaction

tables = MetaData(naming_convention=metadata.naming_convention)
note = Table(
    "note",
    tables,
    Column("id", Integer, primary_key=True),
    Column("at", UTCDateTime),
    Column("words", Text),
    Column("answers", ForeignKey("note.id")),
    UniqueConstraint("at", "words"),
)


@pytest.fixture
async def sessions(tmp_path: Path) -> AsyncIterator[Sessions]:
    """Sessions of an empty database with one table, in a folder that is not there yet."""
    engine = make_engine(f"sqlite+aiosqlite:///{tmp_path}/new/folder/planwatch.db")
    async with engine.begin() as connection:
        await connection.run_sync(tables.create_all)
    yield make_sessions(engine)
    await engine.dispose()


async def count(sessions: Sessions) -> int:
    """How many notes there are."""
    async with reading(sessions) as session:
        return await session.scalar(select(func.count()).select_from(note)) or 0


async def test_moments_come_back_as_the_same_moment_in_utc(sessions: Sessions) -> None:
    summer = datetime(2026, 7, 1, 9, 30, tzinfo=ZoneInfo("Europe/London"))
    async with transaction(sessions) as session:
        await session.execute(insert(note), [{"at": summer}, {"at": None}])
    async with reading(sessions) as session:
        found = (await session.scalars(select(note.c.at).order_by(note.c.id))).all()
    assert found == [datetime(2026, 7, 1, 8, 30, tzinfo=UTC), None]
    assert found[0].tzinfo is UTC


async def test_moments_are_compared_in_time_and_not_as_they_were_written(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await session.execute(insert(note).values(at=datetime(2026, 7, 1, 9, 30, tzinfo=ZoneInfo("Europe/London"))))
        found = await session.scalar(select(note.c.id).where(note.c.at < datetime(2026, 7, 1, 9, 0, tzinfo=UTC)))
    assert found == 1


async def test_a_moment_without_a_zone_is_refused(sessions: Sessions) -> None:
    with pytest.raises(StatementError, match="has no zone"):
        async with transaction(sessions) as session:
            await session.execute(insert(note).values(at=datetime(2026, 7, 1)))  # noqa: DTZ001 - what is tried


async def test_a_transaction_is_kept_whole_or_not_at_all(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await session.execute(insert(note).values(words="kept"))
    with pytest.raises(IntegrityError):
        async with transaction(sessions) as session:
            await session.execute(
                insert(note), [{"words": "lost", "answers": None}, {"words": "wrong", "answers": 404}]
            )
    assert await count(sessions) == 1


async def test_writers_that_read_first_wait_for_each_other_and_lose_nothing(sessions: Sessions) -> None:
    async def add_one_more_than_there_are() -> None:
        async with transaction(sessions) as session:
            before = await session.scalar(select(func.count()).select_from(note)) or 0
            await session.execute(insert(note).values(id=before + 1))

    await asyncio.gather(*(add_one_more_than_there_are() for _ in range(12)))
    assert await count(sessions) == 12


async def test_a_reader_does_not_wait_for_a_writer(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await session.execute(insert(note).values(words="not yet committed"))
        assert await count(sessions) == 0


async def test_what_is_written_while_reading_is_not_kept(sessions: Sessions) -> None:
    async with reading(sessions) as session:
        await session.execute(insert(note).values(words="by mistake"))
    assert await count(sessions) == 0


async def test_what_another_row_needs_must_be_there(sessions: Sessions) -> None:
    with pytest.raises(IntegrityError):
        async with transaction(sessions) as session:
            await session.execute(insert(note).values(answers=404))


async def test_an_error_does_not_quote_the_row(sessions: Sessions) -> None:
    with pytest.raises(IntegrityError) as caught:
        async with transaction(sessions) as session:
            await session.execute(insert(note).values(words="a private remark", answers=404))
    assert "a private remark" not in str(caught.value)


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("busy_timeout", 30000), ("foreign_keys", 1)]
)
async def test_sqlite_is_set_to_keep_what_it_was_told(sessions: Sessions, pragma: str, value: object) -> None:
    async with reading(sessions) as session:
        assert await session.scalar(text(f"PRAGMA {pragma}")) == value


async def test_a_new_folder_is_for_nobody_elses_eyes(tmp_path: Path) -> None:
    await make_engine(f"sqlite+aiosqlite:///{tmp_path}/new/planwatch.db").dispose()
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_constraints_are_named_by_their_columns() -> None:
    assert sorted(str(constraint.name) for constraint in note.constraints) == [
        "fk_note_answers_note",
        "pk_note",
        "uq_note_at_words",
    ]
