"""A connection that is cut in the middle of a COMMIT: nobody knows whether it holds, and nothing hangs on it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Literal

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from config.database import is_away, make_engine, make_sessions
from config.settings import Settings
from notifications.message import State
from service.app import Service, open_service
from service.use_cases.texts.receive_text import store_text
from tests.contract.post_room import PostRoom, alert, drain
from tests.databases.cut import Wire, wire_to
from tests.databases.postgres import PostgresServer, name_in
from tests.databases.reused import ReusedDatabases
from tests.world import book

Lost = Literal["before", "after"]
LOST = pytest.mark.parametrize("lost", ["before", "after"])


@pytest.fixture
def name(migrated_databases: ReusedDatabases) -> Iterator[str]:
    """The name of a new database."""
    for url in migrated_databases.lend():
        yield name_in(url)


@pytest.fixture
async def wire(postgres: PostgresServer) -> AsyncIterator[Wire]:
    """A wire to the server."""
    async with wire_to(postgres.folder) as made:
        yield made


@pytest.fixture
async def service(wire: Wire, name: str) -> AsyncIterator[Service]:
    """A service at this end of the wire."""
    made = await open_service(Settings(database_url=wire.url(name)), book=book(), senders={})
    yield made
    await made.close()


@pytest.fixture
async def room(wire: Wire, name: str) -> AsyncIterator[PostRoom]:
    """A room at this end of the wire."""
    engine = make_engine(wire.url(name))
    yield PostRoom(make_sessions(engine))
    await engine.dispose()


@LOST
async def test_an_event_sent_again_is_there_once(
    wire: Wire, service: Service, world_events: list[object], lost: Lost
) -> None:
    wire.lost = lost
    with pytest.raises(DBAPIError) as caught:
        await service.receive(world_events)
    assert is_away(caught.value)
    again = await service.receive(world_events)
    assert (again.accepted, again.duplicates) == ((2, 0) if lost == "before" else (0, 2))
    assert wire.cuts == 1


async def test_what_was_stored_before_is_confirmed_when_the_standby_has_it(
    service: Service, world_events: list[object]
) -> None:
    written, moment = list[str](), service.clock.now()
    event.listen(service.engine.sync_engine, "before_cursor_execute", lambda *given: written.append(str(given[2])))

    async def as_writes(confirm: Callable[[], Awaitable[object]]) -> int:
        written.clear()
        await confirm()
        return sum("pg_logical_emit_message" in statement for statement in written)

    async def the_same_text() -> None:
        await store_text(service.sessions, "twilio", "SM1", {"From": "+447700900001", "Body": "1"}, moment)

    async def the_same_events() -> None:
        await service.receive(world_events)

    for again in (the_same_events, the_same_text):
        assert [await as_writes(again) for _ in range(2)] == [0, 1]


@LOST
async def test_a_claim_that_may_be_committed_sends_nothing_and_its_message_goes_once(
    wire: Wire, room: PostRoom, lost: Lost
) -> None:
    await room.put(alert("a"))
    wire.lost = lost
    with pytest.raises(DBAPIError):
        await room.worker("first").step()
    assert room.sent() == []
    room.clock.advance(minutes=5)
    await drain(room.worker("second"))
    assert room.sent() == ["a"]


@LOST
async def test_an_end_that_may_be_committed_is_written_again_and_sends_nothing_again(
    wire: Wire, room: PostRoom, lost: Lost
) -> None:
    await room.put(alert("a"))
    wire.lost, wire.passes = lost, 2  # the claim and the phase go through
    await drain(room.worker())
    assert wire.cuts == 1
    assert (await room.row("a")).state is State.SENT
    room.clock.advance(hours=1)
    await drain(room.worker("another"))
    assert room.sent() == ["a"]
    assert [one.outcome for one in await room.attempts("a")] == ["accepted"]


@pytest.fixture
def world_events() -> list[object]:
    """A person and a plan."""
    child = {"ref": "C-1", "initials": "ZQ", "date_of_birth": "2012-05-03"}
    common = {"specversion": "1.0", "source": "/dudley/test", "time": "2026-01-05T09:00:00+00:00"}
    person = {"authority": "dudley", "name": "N", "kind": "worker"}
    plan = {"authority": "dudley", "child": child, "route": "child_in_need"}
    return [
        common | {"id": "e-1", "type": "person.recorded", "subject": "w-1", "data": person},
        common | {"id": "e-2", "type": "plan.opened", "subject": "P-1", "data": plan},
    ]
