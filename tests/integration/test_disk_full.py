"""The disk is full: nothing is stored by halves, nothing is sent without a record; with room again all goes on."""

import contextlib
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import DBAPIError

from config.database import reading
from config.disk_reserve import DiskReserve
from config.in_use import left_behind
from config.settings import Settings
from service.app import open_service
from service.store import integrity, problems
from service.store.tables import event as events
from service.use_cases.operations.watch_disk_space import watch_disk_space
from tests.integration.service_process import Places, running
from tests.world import World, book

ATTEMPTS_NEED_ROOM = """
CREATE TRIGGER full BEFORE INSERT ON attempt
BEGIN
INSERT INTO problem (key, authority, at, code, detail) VALUES ('p', '', '2026-01-01 00:00:00', 'x', zeroblob(9999999));
END
"""
ON_SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)  # PostgreSQL has a disk of its own
BATCH = "application/cloudevents-batch+json"


async def pages(world: World, most: int | None) -> None:
    """Let the database have no more pages than this; None: than it has."""
    async with world.service.engine.connect() as connection:
        here = int((await connection.exec_driver_sql("PRAGMA page_count")).scalar_one())
    limit = here if most is None else most
    event.listen(
        world.service.engine.sync_engine,
        "connect",
        lambda raw, _: raw.execute(f"PRAGMA max_page_count = {limit}").close(),
    )
    await world.service.engine.dispose()


async def stored(world: World) -> int:
    async with reading(world.service.sessions) as session:
        return int(await session.scalar(select(func.count()).select_from(events)) or 0)


async def post(http: httpx2.AsyncClient, *sent: dict[str, object]) -> httpx2.Response:
    return await http.post("/v1/events", json=list(sent), headers={"Content-Type": BATCH})


@ON_SQLITE
async def test_what_finds_no_room_is_refused_whole_and_taken_when_there_is_some(
    world: World, http: httpx2.AsyncClient
) -> None:
    many = [world.event("circumstances.changed", what="x" * 3000) for _ in range(200)]
    before = await stored(world)
    await pages(world, None)
    answer = await post(http, *many)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert "Send the same again" in answer.json()["detail"]
    assert await stored(world) == before
    await pages(world, 2**30)
    assert (await post(http, *many)).json()["accepted"] == 200


@ON_SQLITE
async def test_nothing_is_sent_that_could_not_be_recorded_and_all_of_it_once_when_it_can(world: World) -> None:
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    async with world.service.engine.begin() as connection:
        await connection.exec_driver_sql(ATTEMPTS_NEED_ROOM)
    await pages(world, None)
    for _ in range(2):
        with contextlib.suppress(DBAPIError):
            await world.service.delivery.step()
    assert world.everything() == []
    await pages(world, 2**30)
    async with world.service.engine.begin() as connection:
        await connection.exec_driver_sql("DROP TRIGGER full")
    await world.advance(minutes=10)
    assert len(world.everything()) == 4


@ON_SQLITE
async def test_without_the_disk_reserve_only_what_cannot_wait_is_taken(world: World, http: httpx2.AsyncClient) -> None:
    world.service.disk_reserve.make()
    world.service.disk_reserve.release()
    breach = world.event("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    told = world.event("alert.acknowledged", alert="b-1", by="w-tm", at=world.now_text())
    visit = world.event("visit.recorded", by="w-sw")
    assert [(await post(http, *sent)).status_code for sent in ([breach], [told], [visit], [told, visit])] == [
        202, 202, 503, 503,
    ]  # fmt: skip
    assert world.service.disk_reserve.make()
    assert (await post(http, visit)).status_code == 202


async def test_the_owner_is_told_at_once_and_it_is_a_problem_until_there_is_room(world: World, tmp_path: Path) -> None:
    none = DiskReserve(tmp_path / "full.db", 2**60)
    for _ in range(2):
        await watch_disk_space(world.service.sessions, world.service.book, none, world.clock.now())
    await world.tick()
    assert [subject for subject in world.subjects("w-config") if "disk is full" in subject] != []
    assert await codes(world) == ["disk_full"]
    reserve = DiskReserve(tmp_path / "a.db", 9)
    await watch_disk_space(world.service.sessions, world.service.book, reserve, world.clock.now())
    assert await codes(world) == []


async def codes(world: World) -> list[str]:
    async with reading(world.service.sessions) as session:
        return [one.code for one in await problems.recent(session)]


async def test_what_cannot_even_be_opened_is_not_worked_on(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/a.db")
    await (await open_service(settings, book=book(), senders={})).close()
    whole = bytearray((tmp_path / "a.db").read_bytes())
    whole[100:4096] = b"x" * 3996  # where the names of the tables stand
    (tmp_path / "a.db").write_bytes(whole)
    with pytest.raises(integrity.DamagedDatabaseError, match="planwatch restore"):
        await open_service(settings, book=book(), senders={})


async def test_after_an_unclean_end_the_database_is_proved_before_anything_else(tmp_path: Path) -> None:
    settings, file = Settings(database_url=f"sqlite:///{tmp_path}/a.db"), tmp_path / "a.db"
    await (await open_service(settings, book=book(), senders={})).close()
    lose_a_page(file)
    (tmp_path / "a.db.in-use-0a1b2c3d").touch()  # its process has gone, and the lock with it
    for _ in range(2):  # a refusal does not make it clean
        with pytest.raises(integrity.DamagedDatabaseError):
            await open_service(settings, book=book(), senders={})


async def test_a_sound_database_is_proved_once_after_an_unclean_end(tmp_path: Path) -> None:
    settings, mark = Settings(database_url=f"sqlite:///{tmp_path}/a.db"), tmp_path / "a.db.in-use-0a1b2c3d"
    mark.touch()
    service = await open_service(settings, book=book(), senders={})
    assert not mark.exists()
    [held] = marks(tmp_path)
    assert left_behind(tmp_path / "a.db") == []  # whoever starts beside it sees that it lives
    await service.close()
    assert not held.exists()


async def test_after_a_clean_end_it_is_proved_behind_and_damage_ends_the_process(tmp_path: Path) -> None:
    places = Places(tmp_path)
    async with running(places) as service:
        assert await service.stop() == 0
    lose_a_page(tmp_path / "planwatch.db")
    for expected in (74, 2):  # it had begun; now it does not begin
        status, _, err = await places.run("run", "--port", "0")
        assert (status, "planwatch restore" in err) == (expected, True)


def marks(folder: Path) -> list[Path]:
    """The marks of those that use a database in a folder."""
    return list(folder.glob("*.in-use-*"))


def lose_a_page(file: Path) -> None:
    """Leave a row that its index does not know, as a disk does that did not keep a page."""
    before = file.read_bytes()
    with closing(sqlite3.connect(file)) as database, database:
        [(number,)] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_process_seen_at'")
        database.execute("INSERT INTO process (id, kind, started_at, seen_at) VALUES ('w', 'both', 'x', 'x')")
    page, after = slice((number - 1) * 4096, number * 4096), bytearray(file.read_bytes())
    after[page] = before[page]
    file.write_bytes(after)
