"""The outbox: what is put there is there once, and can be taken back."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Text, cast, select, text, update
from sqlalchemy.exc import IntegrityError

from config.database import transaction
from notifications.message import Channel, OutboxRow, State, message_id_of
from notifications.outbox import outbox
from notifications.outbox.claim import Lanes, _first
from notifications.tables import message
from tests.contract.post_room import START, PostRoom, alert, drain, post_room, wanted

pytestmark = pytest.mark.both_databases


@pytest.fixture
async def room(database: str) -> AsyncIterator[PostRoom]:
    """An outbox."""
    async with post_room(database) as made:
        yield made


async def test_only_keys_that_are_new_go_in(room: PostRoom) -> None:
    assert await room.put(wanted("a"), wanted("b")) == ["a", "b"]
    assert await room.put(wanted("b"), wanted("c"), wanted("c")) == ["c"]
    assert await room.put() == []


async def test_a_key_that_exists_is_left_alone_whatever_became_of_it(room: PostRoom) -> None:
    await room.put(wanted("a"))
    await drain(room.worker())
    assert await room.put(wanted("a", role="team_manager")) == []
    row = await room.row("a")
    assert (row.state, row.message.role) == (State.SENT, "social_worker")


async def test_a_message_comes_back_as_it_was_put(room: PostRoom) -> None:
    asked = alert("a", channel=Channel.SMS, valid_until=START + timedelta(hours=1), family=True, plan=None)
    await room.put(asked)
    row = await room.row("a")
    assert row.message == asked
    assert (row.id, row.state, row.attempts) == (message_id_of(wanted("a").name), State.QUEUED, 0)
    assert (row.created_at, row.next_attempt_at, row.settled_at) == (START, START, None)


async def test_the_obligations_that_it_speaks_of_are_stored_at_the_end_of_its_context(room: PostRoom) -> None:
    # Rows of every version stand side by side in one table: none may learn another form.
    asked = replace(wanted("a"), context={"plan": "P-1"})
    await room.put(asked, replace(asked, key="b", obligations=()), replace(asked, key="c", obligations=("r|s#e|",)))
    async with transaction(room.sessions) as session:
        stored = (await session.scalars(select(cast(message.c.context, Text)).order_by(message.c.key))).all()
    assert list(map(json.loads, stored)) == [
        {"plan": "P-1"},
        {"plan": "P-1", "obligations": []},
        {"plan": "P-1", "obligations": ["r|s#e|"]},
    ]
    rows = [(await room.row(key)).message for key in "abc"]
    assert [row.obligations for row in rows] == [None, (), ("r|s#e|",)]
    assert [row.context for row in rows] == [{"plan": "P-1"}] * 3


async def test_one_key_in_two_authorities_is_two_messages(room: PostRoom) -> None:
    theirs = wanted("a", authority="elsewhere")
    assert await room.put(wanted("a"), theirs) == ["a", "a"]
    assert await room.put(wanted("a"), theirs) == []
    async with room.sessions() as session:
        rows = await outbox.recent(session, authority="elsewhere")
    assert [row.id for row in rows] == [message_id_of(theirs.name)]


async def test_many_go_in_at_once(room: PostRoom) -> None:
    assert len(await room.put(*(wanted(f"k-{n}") for n in range(3000)))) == 3000
    await room.withdraw(*(f"k-{n}" for n in range(3000)))
    async with room.sessions() as session:
        assert (await outbox.counts(session))[State.WITHDRAWN] == 3000


async def test_it_goes_in_with_the_facts_or_not_at_all(room: PostRoom) -> None:
    async def both() -> None:
        async with transaction(room.sessions) as session:
            await outbox.put(session, [wanted("a")], START)
            raise LookupError

    with pytest.raises(LookupError):
        await both()
    assert await room.put(wanted("a")) == ["a"]


async def test_what_is_withdrawn_is_not_sent_and_keeps_its_reason(room: PostRoom) -> None:
    await room.put(wanted("a"), wanted("b"))
    await room.withdraw("a", "nobody")
    await drain(room.worker())
    assert room.sent() == ["b"]
    row = await room.row("a")
    assert (row.state, row.reason, row.settled_at) == (State.WITHDRAWN, "restored", START)


async def test_it_is_found_by_key_and_by_id(room: PostRoom) -> None:
    await room.put(wanted("a"))
    async with room.sessions() as session:
        by_id = await outbox.find(session, message_id_of(wanted("a").name))
        assert by_id == await outbox.find(session, "a")
        assert await outbox.find(session, "b") is None


async def test_the_newest_come_first_and_by_the_page(room: PostRoom) -> None:
    for number in range(5):
        room.clock.advance(minutes=1)
        await room.put(wanted(f"k-{number}", plan=f"P-{number % 2}"))
    async with room.sessions() as session:
        newest = await outbox.recent(session, limit=2)
        older = await outbox.recent(session, limit=2, before=newest[-1])
        of_one = await outbox.recent(session, plan="P-1", states=[State.QUEUED])
    assert [row.message.key for row in newest + older] == ["k-4", "k-3", "k-2", "k-1"]
    assert [row.message.key for row in of_one] == ["k-3", "k-1"]


async def test_turning_pages_leaves_out_nothing_of_one_moment(room: PostRoom) -> None:
    await room.put(*(wanted(f"k-{number}") for number in range(7)))
    seen: list[OutboxRow] = []
    async with room.sessions() as session:
        while page := await outbox.recent(session, limit=3, before=seen[-1] if seen else None):
            seen += page
    assert sorted(row.message.key for row in seen) == [f"k-{number}" for number in range(7)]


async def test_every_state_is_counted(room: PostRoom) -> None:
    await room.put(wanted("a"), wanted("b"))
    await room.withdraw("a")
    async with room.sessions() as session:
        counts = await outbox.counts(session)
    assert counts == dict.fromkeys(State, 0) | {State.QUEUED: 1, State.WITHDRAWN: 1}


@pytest.mark.parametrize(
    "broken",
    [{"next_attempt_at": None}, {"state": State.SENT}, {"state": State.CLAIMED, "next_attempt_at": None}],
)
async def test_a_row_that_nobody_would_ever_look_at_again_cannot_be_written(
    room: PostRoom, broken: dict[str, object]
) -> None:
    await room.put(wanted("a"))
    with pytest.raises(IntegrityError):
        async with transaction(room.sessions) as session:
            await session.execute(update(message).values(broken))


# How each database is asked what it would do, and how it says that it would read the index, or more than that.
EXPLAINED = {
    "sqlite": (["EXPLAIN QUERY PLAN"], "SEARCH message USING INDEX ix_message_due", ["SCAN message", "TEMP B-TREE"]),
    "postgresql": (
        [
            "SET LOCAL enable_seqscan = off;",
            "SET LOCAL enable_bitmapscan = off;",
            "EXPLAIN",
        ],  # it has few rows
        "Index Scan using ix_message_due on message",
        ["Seq Scan", "Sort"],
    ),
}


async def test_looking_for_what_is_due_reads_an_index_of_that_alone(room: PostRoom) -> None:
    async with room.sessions() as session:
        dialect = session.get_bind().dialect
        (*settings, explain), wanted_step, others = EXPLAINED[dialect.name]
        for setting in settings:
            await session.execute(text(setting))
        statement = select(_first(Lanes(list(Channel), list(Channel)), lock=True)).params(now=START)
        compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        plan = [str(step) for step in (await session.execute(text(f"{explain} {compiled}"))).all()]
    assert len([step for step in plan if wanted_step in step]) == 2
    assert [step for step in plan if any(other in step for other in others)] == []


async def test_what_is_settled_is_in_no_index_of_the_due(room: PostRoom) -> None:
    await room.put(*(wanted(f"k-{n}") for n in range(50)))
    await drain(room.worker())
    async with room.sessions() as session:
        waiting = select(message.c.id).where(message.c.next_attempt_at.is_not(None))
        assert (await session.scalars(waiting)).all() == []


async def test_a_moment_without_a_zone_is_refused(room: PostRoom) -> None:
    naive = replace(wanted("a"), at=START.replace(tzinfo=None))
    with pytest.raises(Exception, match="zone"):
        await room.put(naive)
