"""A database restored from an old copy: it starts in a hold, repeats nothing, and goes on with what is new."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from config.database import reading, transaction
from jobs.timetable import watch
from notifications.message import Channel, Outgoing
from notifications.outbox import suspension
from notifications.outbox.suspension import Kind, Suspension, SuspensionCause
from service.domain.own_id import OwnId
from service.use_cases.operations.release import release
from service.use_cases.operations.withdraw_restored import Withdrawn
from tests.databases.postgres import apart
from tests.world import World, book, world_in

COPIED = "2026-01-07T12:00"  # a Wednesday
FRIDAY = "2026-01-09T12:00"  # ten minutes before the copy is put back


@dataclass(frozen=True)
class Snapshot:
    """A world as it stood at a local moment: its files, and what people had got."""

    at: str
    files: Mapping[str, bytes]
    sent: Mapping[Channel, Sequence[Outgoing]]

    @classmethod
    async def of(cls, world: World, at: str) -> Snapshot:
        """Of a world that goes on: it is opened again for that."""
        await world.close()
        files = {path.name: path.read_bytes() for path in beside(world, "").glob("*.db*")}
        return cls(at, files, {channel: list(sender.sent) for channel, sender in world.senders.items()})

    @asynccontextmanager
    async def opened(self, folder: Path) -> AsyncIterator[World]:
        """A world that goes on from there, in another folder."""
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        world = await World.open(f"sqlite+aiosqlite:///{folder}/world.db", self.at)
        for channel, sent in self.sent.items():
            world.senders[channel].sent.extend(sent)
        await world.go_on()
        try:
            yield world
        finally:
            await world.close()


@dataclass(frozen=True)
class Lived:
    """A story that all tests begin with: when the copy was made, two days later, and what was recorded in between."""

    copied: Snapshot
    friday: Snapshot
    recorded: Sequence[dict[str, object]]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, staffed_file: Path) -> Lived:
    """The story, lived once: of files copies are made, and put back, by anybody."""
    folder = tmp_path_factory.mktemp("lived")
    shutil.copy(staffed_file, folder / "world.db")
    return apart(partial(live, folder))


async def live(folder: Path) -> Lived:
    """Live the story in a folder."""
    async with world_in(f"sqlite+aiosqlite:///{folder}/world.db") as world:
        await until_the_copy(world)
        copied = await Snapshot.of(world, COPIED)
    (folder / "later").mkdir()
    async with copied.opened(folder / "later") as world:
        recorded = await life(world)
        return Lived(copied, await Snapshot.of(world, FRIDAY), recorded)


@pytest.fixture
async def old(lived: Lived, tmp_path: Path) -> AsyncIterator[World]:
    """Two plans, check-ins, actions due on five days, an open alert; and the copy that will be put back."""
    async with lived.copied.opened(tmp_path) as world:
        yield world


@pytest.fixture
async def friday(lived: Lived, tmp_path: Path) -> AsyncIterator[World]:
    """The same two days later, ten minutes before the copy is put back."""
    async with lived.friday.opened(tmp_path) as world:
        world.clock.advance(minutes=10)
        yield world


def beside(world: World, name: str) -> Path:
    """A file in the folder of the database."""
    return Path(str(make_url(world.service.settings.database_url).database)).parent / name


def copy(world: World) -> None:
    """A copy of the file as it stands, while others work on it."""
    source, target = sqlite3.connect(beside(world, "world.db")), sqlite3.connect(beside(world, "copy.db"))
    with contextlib.closing(source), contextlib.closing(target):
        source.backup(target)


def replace_file(world: World) -> None:
    """The copy in the place of the file."""
    for name in ("world.db-wal", "world.db-shm"):
        beside(world, name).unlink(missing_ok=True)
    shutil.copy(beside(world, "copy.db"), beside(world, "newer.db"))
    beside(world, "newer.db").replace(beside(world, "world.db"))


@asynccontextmanager
async def put_back(world: World) -> AsyncIterator[World]:
    """What opens on the copy, put in the place of the file by somebody who knows nothing of planwatch."""
    await watch(world.service, world.clock.now())  # as it does every other second
    await world.close()
    replace_file(world)
    async with opened_again(world) as opened:
        yield opened


@asynccontextmanager
async def opened_again(world: World) -> AsyncIterator[World]:
    """A new process."""
    opened = await world.reopen()
    try:
        yield opened
    finally:
        await opened.close()


async def open_one(world: World) -> Suspension | None:
    async with reading(world.service.sessions) as session:
        return await suspension.current(session, world.clock.now())


async def let_go(world: World) -> Withdrawn:
    _, withdrawn = await release(world.service.sessions, book(), world.clock, "ops")
    assert withdrawn is not None
    return withdrawn


def words(sent: Collection[Outgoing]) -> set[tuple[str, str | None, str]]:
    """What was received, by whom. The words of routine messages carry the day; of the others the key does."""
    routine = [one for one in sent if one.key.split("|")[0] not in ("alert", "check_in")]
    return {(one.address, one.content.subject, one.content.text) for one in routine}


def since(world: World, before: Collection[Outgoing]) -> list[Outgoing]:
    """What was received after that."""
    known = {one.attempt_id for one in before}
    return [one for one in world.everything() if one.attempt_id not in known]


async def life(world: World) -> list[dict[str, object]]:
    """Two days of it, after the copy: what was recorded in them."""
    closed = world.event("alert.closed", alert="b-1", by="w-tm", outcome="seen to", at="2026-01-07T12:30:00+00:00")
    await world.until("2026-01-07T12:30")
    await world.service.receive([closed])
    await world.until("2026-01-09T11:30")
    crossed = world.event("bottom_line.breached", "P-1002", id="b-2", bottom_line="x", at=world.now_text())
    await world.service.receive([crossed])
    await world.until(FRIDAY)
    return [closed, crossed]


async def until_the_copy(world: World) -> None:
    """What stands in the copy, and the copy."""
    await world.open_plan("P-1002")
    await world.service.receive([world.person("f-nan", "family")])
    await world.receive("contact.decided", "f-nan", decision="allow", decided_by="w-tm")
    await world.receive("role.assigned", role="network_member", person="f-nan")
    await world.receive("check_ins.started", id="c-1", people=["f-nan"], days=["thu", "fri", "mon"], at="10:00")
    for day in (7, 8, 9, 12, 14):
        agreed = {"what": "w", "who": "w-sw", "due_on": f"2026-01-{day:02}"}
        await world.receive("action.agreed", ref=f"a-{day}", **agreed)
    await world.until("2026-01-07T11:50")
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    await world.until(COPIED)
    copy(world)


async def test_it_opens_in_a_hold_and_nothing_goes(friday: World) -> None:
    async with put_back(friday) as world:
        before = world.everything()
        found = await open_one(world)
        assert found is not None
        assert (found.kind, found.cause, found.by) == (Kind.HOLD, SuspensionCause.RESTORED, "planwatch")
        await world.advance(minutes=40)
        assert since(world, before) == []


async def test_nothing_that_was_sent_after_the_copy_is_sent_again(friday: World, lived: Lived) -> None:
    lost = since(friday, [outgoing for sent in lived.copied.sent.values() for outgoing in sent])
    assert {one.key.split("|")[0] for one in lost} >= {"alert", "digest", "reminder", "check_in", "overdue"}
    async with put_back(friday) as world:
        await world.service.receive(lived.recorded)  # the case system sends again what it has
        await world.tick()
        before = world.everything()
        withdrawn = await let_go(world)
        await world.advance(minutes=40)
        await world.receive("alert.closed", "P-1002", alert="b-2", by="w-tm", outcome="seen to", at=world.now_text())
        await world.advance(days=4)
        later = since(world, before)
    assert (words(lost) & words(later), {one.key for one in lost} & {one.key for one in later}) == (set(), set())
    assert withdrawn.bottom_lines == (OwnId("dudley", "P-1002"),)
    assert {one.key.split("|")[0] for one in later} >= {"alert", "digest", "overdue", "check_in"}


async def test_a_ladder_goes_on_within_half_an_hour(friday: World) -> None:
    async with put_back(friday) as world:
        await world.tick()
        before = world.everything()
        assert (await let_go(world)).bottom_lines == (OwnId("dudley", "P-1001"),)
        await world.advance(minutes=30)
        told = {one.address for one in since(world, before) if one.key.startswith("alert|P-1001|")}
        assert {"w-tm@example.org", "w-hsm@example.org"} <= told


async def test_what_is_recorded_during_the_hold_is_told_with_its_end(friday: World) -> None:
    async with put_back(friday) as world:
        world.clock.advance(minutes=10)
        await world.open_plan("P-1003")
        await world.receive("bottom_line.breached", "P-1003", bottom_line="x", at=world.now_text())
        await world.tick()
        before = world.everything()
        assert (await let_go(world)).bottom_lines == (OwnId("dudley", "P-1001"),)
        await world.tick()
        assert {one.key.split("|")[1] for one in since(world, before) if one.urgent} == {"P-1003"}


async def test_a_text_that_was_withdrawn_is_not_counted_as_unanswered(old: World) -> None:
    await old.until("2026-01-07T12:35")
    async with put_back(old) as world:
        await world.receive("alert.closed", alert="b-1", by="w-tm", outcome="seen to", at=world.now_text())
        await world.until("2026-01-09T10:05")  # Friday's text is wanted, and held
        before = world.everything()
        await let_go(world)
        await world.until("2026-01-12T09:00")
        said = [str(one.content.subject) for one in since(world, before) if one.address == "w-sw@example.org"]
        assert [one for one in said if "not answered" in one or "in a row" in one] == []
        assert any("held back" in one or "not sent" in one for one in said), said


async def test_a_file_that_is_put_back_under_a_running_process_is_noticed(friday: World) -> None:
    await watch(friday.service, friday.clock.now())
    replace_file(friday)
    await watch(friday.service, friday.clock.now())
    found, before = await open_one(friday), friday.everything()
    assert found is not None
    assert found.cause is SuspensionCause.RESTORED
    await friday.tick()
    assert since(friday, before) == []


async def test_a_hold_that_was_released_is_not_begun_again(old: World) -> None:
    await old.advance(minutes=30)
    async with put_back(old) as world:
        await let_go(world)
        async with opened_again(world) as again:
            await watch(again.service, again.clock.now())
            assert await open_one(again) is None


async def test_another_machine_does_not_begin_it_again(old: World) -> None:
    await old.advance(minutes=30)
    await watch(old.service, old.clock.now())
    elsewhere = beside(old, "world.db.marks").read_text()
    old.clock.advance(minutes=1)
    async with put_back(old) as world:
        world.clock.advance(minutes=1)
        await let_go(world)
        beside(world, "world.db.marks").write_text(elsewhere)  # as its file still says there
        async with opened_again(world) as again:
            assert await open_one(again) is None


async def test_the_same_database_opened_again_is_no_restored_one(old: World) -> None:
    async with opened_again(old) as world:
        await world.until("2026-01-07T12:40")
        await watch(world.service, world.clock.now())
        async with opened_again(world) as again:
            assert await open_one(again) is None


async def test_a_release_of_a_plain_hold_withdraws_nothing(old: World) -> None:
    async with transaction(old.service.sessions) as session:
        await suspension.begin(session, Kind.HOLD, SuspensionCause.PERSON, "", "ops", old.clock.now())
    await old.advance(minutes=40)
    before = old.everything()
    stood, withdrawn = await release(old.service.sessions, book(), old.clock, "ops")
    await old.tick()
    sent = [one for one in since(old, before) if not one.key.startswith("operations|")]
    assert (withdrawn, sum(one.number for one in stood.waiting)) == (None, len(sent))
    assert len(sent) > 0
