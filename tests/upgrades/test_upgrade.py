"""An upgrade in the middle of a morning: nothing is lost, nothing is told twice, and nobody is flooded."""

import re
from collections import Counter
from functools import partial

import pytest

from config.database import make_engine, transact
from notifications.message import Channel, State
from service.domain.own_id import OwnId
from service.store import schema
from service.use_cases.looks.look_at_plan import look_at_plan
from tests.databases.differences import differences
from tests.upgrades.restart import (
    STOPPED,
    TextProvider,
    close_alerts,
    front_door,
    handed_over,
    lines_of,
    message,
    report,
    restarted,
    rows,
    text_from,
)
from tests.world import World, book

DUDLEY = {"Authorization": "Bearer planwatch-JcinSPqEwWSqfbs88lLk82DnXPHkeJ5E0bqp7L-UJxY"}  # made by the older version
B_TM, W_TM, W_HSM, F_NAN, F_AUNT = (f"+4477009002{number}" for number in ("02", "11", "14", "18", "21"))
UNFINISHED = (State.QUEUED, State.CLAIMED, State.UNKNOWN)
# What a look decides. Of an obligation: what says which it is, and how it stands.
DECIDED = {
    "ledger": (),
    "message": (),
    "digest_line": (),
    "withheld": (),
    "problem": (),
    "obligation": ("plan", "key", "status", "due_on", "act_by", "responsible", "from_event"),
}


async def decided(world: World) -> dict[str, list[dict[str, object]]]:
    """All that looks have decided until now."""
    return {table: await rows(world, table, *columns) for table, columns in DECIDED.items()}


async def look_at_everything(world: World) -> int:
    """Look at every plan, due or not; how many there are."""
    plans = await rows(world, "plan", "authority", "id")
    for plan in plans:
        own_id = OwnId(str(plan["authority"]), str(plan["id"]))
        look = partial(look_at_plan, book=book(), plan_id=own_id, now=world.clock.now())
        await transact(world.service.sessions, look)
    return len(plans)


def alert_text(plan: str, breach: str, person: str, at: str) -> str:
    """The key of a text by which a person was alerted before the stop."""
    authority = "bradford" if plan.startswith("B-") else "dudley"
    return f"alert|{plan}|/{authority}/casework#{breach}|{person}|sms|2026-11-27T{at}+00:00"


async def provider_id(world: World, key: str) -> str:
    """The provider's id of a message that went at the first attempt."""
    row = await message(world, key)
    attempts = await rows(world, "attempt", "message_id", "provider_id")
    [attempt] = [attempt for attempt in attempts if attempt["message_id"] == row.id]
    return str(attempt["provider_id"])


@pytest.mark.both_databases
async def test_the_schema_is_the_newest_and_complete(upgraded: str) -> None:
    engine = make_engine(upgraded)
    async with engine.connect() as connection:
        assert await schema.revision(connection) == schema.newest()
        assert await differences(connection) == []
    await engine.dispose()


# ------------------------------------------------------------------------------------------------ nobody is flooded


@pytest.mark.both_databases
async def test_the_first_hour_brings_exactly_what_the_older_version_would_have_sent(world: World) -> None:
    await world.advance(hours=1)
    assert await handed_over(world) == lines_of("expected-hour.jsonl")


@pytest.mark.both_databases
async def test_so_does_the_weekend_after_the_alerts_are_closed(world: World) -> None:
    await close_alerts(world)
    await world.until("2026-11-27T12:42")
    await text_from(world, F_AUNT, "1", "SMin0301")  # two hours count from 10:45, when her text of 10:40 went
    await world.until("2026-11-30T10:05")  # past the hour of the person who had sent STOP
    assert await handed_over(world) == lines_of("expected-weekend.jsonl")


# -------------------------------------------------------------------------------------------- nothing is told twice


@pytest.mark.both_databases
async def test_looking_at_every_plan_at_the_moment_of_the_stop_decides_nothing_new(upgraded: str) -> None:
    async with restarted(upgraded, STOPPED) as world:
        before = await decided(world)
        assert await look_at_everything(world) > 0
        assert await decided(world) == before


async def test_what_had_gone_does_not_go_again(world: World) -> None:
    sent = {row["key"] for row in await rows(world, "message", "key", "state") if row["state"] == State.SENT}
    await world.advance(minutes=13)  # all that was queued has gone
    assert sent
    assert [line["key"] for line in await handed_over(world) if line["key"] in sent] == []


async def test_every_event_of_before_is_a_duplicate(world: World) -> None:
    before = await rows(world, "message", "key")
    events = lines_of("events.jsonl")
    received = await world.service.receive(events)
    assert (received.duplicates, received.rejected) == (len(events), ())
    assert await rows(world, "message", "key") == before


async def test_a_text_that_had_come_in_is_known(world: World) -> None:
    before = await rows(world, "event", "source", "id")
    await text_from(world, F_NAN, "2", "SMin0001")
    assert await rows(world, "event", "source", "id") == before


async def test_a_text_without_an_answer_is_asked_for_before_it_may_go_again(world: World) -> None:
    taken = alert_text("B-2001", "b-2001", "b-tm", "10:40:00")
    not_taken = alert_text("D-1003", "b-1003", "w-tm", "10:40:10")
    await world.advance(minutes=10)
    texts = world.senders[Channel.SMS]
    assert isinstance(texts, TextProvider)
    assert [sought.address for sought in texts.asked] == [B_TM, W_TM, W_TM]
    assert [outgoing.key for outgoing in texts.sent if outgoing.key in (taken, not_taken)] == [not_taken]
    assert [(await message(world, key)).state for key in (taken, not_taken)] == [State.SENT, State.SENT]


# ---------------------------------------------------------------------------------------------------- nothing is lost


async def test_all_that_waited_goes_or_says_why_not(world: World) -> None:
    states = await rows(world, "message", "key", "state")
    waiting = [str(row["key"]) for row in states if row["state"] in UNFINISHED]
    await world.advance(minutes=13)
    ends = {key: (row.state, row.reason) for key in waiting if (row := await message(world, key)).state != State.SENT}
    assert len(waiting) == 9
    assert ends == {"check_in|/dudley/casework#c-6|f-gran|2026-11-27|text": (State.WITHHELD, "excluded")}


async def test_an_alert_is_acknowledged_with_the_code_of_an_old_text(world: World) -> None:
    content = (await message(world, alert_text("D-1001", "b-1001", "w-hsm", "10:05:00"))).content
    assert content is not None
    code = re.findall(r"\b\d{4}\b", content.text)[-1]
    await text_from(world, W_HSM, code, "SMin0201")
    await world.advance(minutes=25)  # past the next rung
    assert [line for line in await handed_over(world) if str(line["key"]).startswith("alert|D-1001|")] == []


async def test_an_answer_to_an_old_check_in_is_understood(world: World) -> None:
    await text_from(world, F_NAN, "2", "SMin0202")
    told = Counter((line["to"], line["channel"], line["template"]) for line in await handed_over(world))
    call = {("w-ana", "email", "check_in_alert"), ("w-ana", "sms", "check_in_alert"), ("f-nan", "sms", "reply_call")}
    assert {line: told[line] for line in call} == dict.fromkeys(call, 1)
    await world.advance(minutes=20)  # past the two hours in which she was to answer
    assert [line for line in await handed_over(world) if "missed" in str(line["key"])] == []


async def test_events_that_waited_take_effect_with_the_introduction_by_an_old_token(world: World) -> None:
    child = {"ref": "C-D-1999", "initials": "ZQ"}
    opened = {"authority": "dudley", "child": child, "route": "child_in_need", "on": "2026-11-12"}
    headers = DUDLEY | {"Content-Type": "application/cloudevents+json"}
    async with front_door(world) as client:
        answer = await client.post("/v1/events", json=world.event("plan.opened", "D-1999", **opened), headers=headers)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    owed = [row for row in await rows(world, "obligation") if row["plan"] == "D-1999"]
    assert ("initial_meeting", "w-ben") in {(row["kind"], row["responsible"]) for row in owed}
    assert [row["subject"] for row in await rows(world, "event_wait")] == ["f-new"]


async def test_a_report_on_an_old_text_is_taken_and_told(world: World) -> None:
    key = alert_text("D-1001", "b-1001", "w-hsm", "10:05:00")
    await report(world, await provider_id(world, key), "undelivered")
    assert (await message(world, key)).state is State.UNDELIVERABLE
    assert [line["to"] for line in await handed_over(world) if line["key"] == f"undeliverable|{key}"] == ["w-tm"]


async def test_a_report_that_had_been_taken_changes_nothing(world: World) -> None:
    before = await rows(world, "receipt")
    key = alert_text("B-2001", "b-2001", "b-sw", "10:10:00")
    for status in ("sent", "delivered", "undelivered"):
        await report(world, await provider_id(world, key), status)
    assert await rows(world, "receipt") == before
    assert (await message(world, key)).state is State.SENT
