"""What the auditor finds is told to the configuration owner, and the heartbeat to the outside falls silent."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import insert, update

from cli.sentinel import expected_of
from config.clock import ManualClock
from config.database import make_engine, make_sessions, transaction
from jobs.sentinel_loop import SentinelLoop
from notifications.message import Channel
from service.sentinel.auditor import Auditor
from service.sentinel.heartbeat import send_heartbeat
from service.store.tables import finding, process
from service.use_cases.operations.tell_findings import tell_findings
from tests.contract.listener import Listener, listening
from tests.databases import ON_SQLITE
from tests.world import World, book, world_in


class Turns:
    """The turns of an auditor over a world, with the heartbeat to a listener; seconds pass as it is told."""

    def __init__(self, world: World, listener: Listener) -> None:
        self.world, self.listener = world, listener
        self._elapsed = 0.0
        service, elapsed = world.service, lambda: self._elapsed
        auditor = Auditor(service.sessions, world.clock, expected_of(service.book), "sentinel-1", elapsed)
        tell = lambda: tell_findings(service.sessions, service.book, world.clock.now())  # noqa: E731
        self._watch = SentinelLoop(auditor, tell, partial(send_heartbeat, listener.url), elapsed)

    async def turn(self, seconds: float = 15, *, alive: bool = True) -> int:
        """A turn, some seconds later, beside a process at work or none; how many heartbeats came in all."""
        self._elapsed += seconds
        self.world.clock.advance(seconds=seconds)
        async with transaction(self.world.service.sessions) as session:
            seen_at = self.world.clock.now() - timedelta(hours=0 if alive else 1)
            await session.execute(update(process).where(process.c.kind == "both").values(seen_at=seen_at))
        await self._watch.run_once()
        return len(self.listener.calls)

    async def find(self, code: str, key: str = "k", authority: str | None = None, **ago: float) -> None:
        """Have something found some time ago."""
        since = self.world.clock.now() - timedelta(**ago)
        values = {"code": code, "key": key, "authority": authority, "detail": "x", "since": since, "seen_at": since}
        async with transaction(self.world.service.sessions) as session:
            await session.execute(insert(finding).values(values))

    async def tell(self) -> int:
        """Tell what is new, and hand it over."""
        number = await tell_findings(self.world.service.sessions, self.world.service.book, self.world.clock.now())
        await self.world.tick()
        return number


@pytest.fixture
async def turns(staffed_database: str) -> AsyncIterator[Turns]:
    """A world on a Monday at 09:00, somebody who waits for the heartbeat, and a process at work."""
    async with world_in(staffed_database) as world, listening() as listener:
        await world.tick()
        now = world.clock.now()
        async with transaction(world.service.sessions) as session:
            row = {"id": "worker-1", "kind": "both", "started_at": now, "seen_at": now}
            await session.execute(insert(process).values(row))
        yield Turns(world, listener)


# ----------------------------------------------------------------------------------------------------- heartbeat


@ON_SQLITE
async def test_the_heartbeat_comes_once_a_minute_as_long_as_all_is_well(turns: Turns) -> None:
    assert [await turns.turn() for _ in range(9)] == [1, 1, 1, 1, 2, 2, 2, 2, 3]
    assert turns.listener.calls[0] == "GET /ping HTTP/1.1"


@ON_SQLITE
async def test_without_a_process_at_work_it_falls_silent_and_comes_again_with_one(turns: Turns) -> None:
    assert await turns.turn() == 1
    assert await turns.turn(120, alive=False) == 1
    assert await turns.turn() == 2


@ON_SQLITE
async def test_what_says_nothing_about_sending_withholds_no_heartbeat(turns: Turns) -> None:
    await turns.turn()
    await turns.world.receive("role.ended", None, authority="dudley", role="head_of_service", person="w-head")
    await turns.world.tick()
    assert await turns.turn(120) == 2


@ON_SQLITE
async def test_what_a_slow_question_found_withholds_it_between_two_of_its_turns(turns: Turns) -> None:
    await turns.turn()
    await turns.find("overdue_untold")
    assert await turns.turn(90) == 1


@ON_SQLITE
async def test_without_a_whole_look_there_is_no_heartbeat(turns: Turns, empty_database: str) -> None:
    engine = make_engine(empty_database)  # without a single table
    auditor = Auditor(make_sessions(engine), ManualClock(turns.world.clock.now()), expected_of(book()), "sentinel-2")
    watch = SentinelLoop(auditor, turns.tell, partial(send_heartbeat, turns.listener.url))
    assert await watch.run_once() is False
    assert turns.listener.calls == []
    await engine.dispose()


@ON_SQLITE
async def test_a_heartbeat_that_was_not_heard_is_tried_again_with_the_next_look(turns: Turns) -> None:
    turns.listener.status = "500 Oops"
    assert [await turns.turn(), await turns.turn()] == [1, 2]


@ON_SQLITE
async def test_a_redirect_is_no_answer_and_is_not_followed(turns: Turns) -> None:
    turns.listener.status, turns.listener.location = "302 Found", turns.listener.url
    assert await send_heartbeat(turns.listener.url) is False
    assert len(turns.listener.calls) == 1


@ON_SQLITE
async def test_where_nobody_listens_the_auditor_goes_on(turns: Turns) -> None:
    assert await send_heartbeat("http://127.0.0.1:1/ping") is False


# --------------------------------------------------------------------------------------------------------- told


async def test_all_that_is_found_is_told_in_one_message_with_the_number_of_each(turns: Turns) -> None:
    for code, key in (("plan_failing", "P-1"), ("plan_failing", "P-2"), ("pull_failing", "twilio")):
        await turns.find(code, key, minutes=6)
    assert await turns.tell() == 3
    assert turns.world.subjects("w-config") == ["planwatch: its auditor found something to mend"]
    said = turns.world.inbox("w-config")[0].content.text
    assert ("plan failing: 2" in said, "pull failing: 1" in said, "P-1" in said) == (True, True, False)


async def test_it_is_told_once_while_it_lasts_and_again_after_a_day(turns: Turns) -> None:
    await turns.find("pull_failing", minutes=6)
    assert [await turns.tell(), await turns.tell()] == [1, 0]
    turns.world.clock.advance(hours=23.9)
    assert await turns.tell() == 0
    turns.world.clock.advance(hours=0.2)
    assert await turns.tell() == 1
    assert len(turns.world.inbox("w-config")) == 2


@ON_SQLITE
async def test_what_is_known_for_weeks_is_told_again_after_a_week(turns: Turns) -> None:
    await turns.find("token_ends_soon", minutes=6)
    assert await turns.tell() == 1
    turns.world.clock.advance(hours=7 * 24 - 0.1)
    assert await turns.tell() == 0
    turns.world.clock.advance(hours=0.2)
    assert await turns.tell() == 1


@ON_SQLITE
async def test_what_mends_itself_at_once_is_not_told(turns: Turns) -> None:
    await turns.find("pull_failing", minutes=4.9)
    await turns.find("no_worker", seconds=50)
    assert await turns.tell() == 0


@ON_SQLITE
async def test_what_is_urgent_is_told_at_night_too_by_both_ways(turns: Turns) -> None:
    await turns.world.until("2026-01-05T23:00")
    await turns.find("no_worker", seconds=61)
    await turns.tell()
    assert turns.world.subjects("w-config") == ["URGENT planwatch: its auditor found something to mend"]
    assert len(turns.world.phone("w-config")) == 1


async def test_what_is_another_authoritys_is_not_told_here(turns: Turns) -> None:
    await turns.find("role_vacant", authority="wakefield", minutes=6)
    await turns.tell()
    assert turns.world.inbox("w-config") == []


async def test_a_turn_tells_by_itself(turns: Turns) -> None:
    await turns.turn(alive=False)
    await turns.turn(90, alive=False)
    await turns.world.tick()
    assert len(turns.world.senders[Channel.SMS].sent) == 1
