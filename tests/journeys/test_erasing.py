"""An authority is erased: nothing of it or of its people is left in any table, and others have all that they had."""

import signal
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bench.faults.rig.victims import victims
from bench.faults.rig.worker import Job
from config.database import metadata, reading, transaction
from notifications.tables import attempt, message
from service.domain.own_id import OwnId
from service.store import access_tables as access
from service.store import audit, high_water_marks, page_tables, sight_exceptions, tables
from service.store.alert_tables import alert_link
from service.store.audit import AuditEntry
from service.store.credentials import token
from service.store.sign_in_failures import key_of
from service.use_cases.operations.erase_authority import NotErasableError, erase_authority, what_would_go
from service.use_cases.texts.receive_text import store_text, understand_text
from tests.world import World, book

NAN = "+447700900199"  # of somebody whom both councils know
OWN = "+447700900777"  # of somebody whom only the erased one knows
THEIRS = "elsewhere.example.org"
# What is stored of the erased council and its people alone. It has other ids and words that Dudley has, too.
MARKS = ("bradford", THEIRS, OWN, "b-aunt", "b-worker", "BX")
# Written down by erasing itself, and by no council.
OF_ERASING = ("erased_up_to", "audit_entry")
Rows = Mapping[str, list[dict[str, Any]]]

pytestmark = pytest.mark.both_databases


async def bradford(world: World, event_type: str, subject: str | None = "P-1001", **data: object) -> None:
    await world.receive(event_type, subject, source="/bradford/test", **data)


@pytest.fixture
async def two(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Bradford has a plan of Dudley's reference, people of its own, one whom both ask, and something in each table."""
    monkeypatch.chdir(tmp_path)  # the marks of a PostgreSQL database lie in a folder below
    for person, kind, more in (
        ("b-worker", "worker", {}), ("w-tm", "worker", {}), ("f-nan", "family", {"mobile": NAN}),
        ("b-aunt", "family", {"mobile": OWN}),
    ):  # fmt: skip
        known = {"authority": "bradford", "name": "N", "kind": kind, "email": f"{person}@{THEIRS}"}
        await bradford(world, "person.recorded", person, **known, **more)
    await bradford(world, "role.assigned", None, authority="bradford", role="team_manager", person="w-tm")
    child = {"ref": "C-9", "initials": "BX"}
    await bradford(world, "plan.opened", id="b-open", authority="bradford", child=child, route="child_in_need")
    await bradford(world, "role.assigned", role="social_worker", person="b-worker")
    await bradford(world, "visit.recorded", "P-LATER", id="b-waits", by="b-worker")
    await world.service.receive([world.person("f-nan", "family")])
    for council, people in (("dudley", ["f-nan"]), ("bradford", ["f-nan", "b-aunt"])):
        for person in people:
            decided = {"decision": "allow", "decided_by": "w-tm"}
            await world.receive("contact.decided", person, source=f"/{council}/test", **decided)
        await world.receive("check_ins.started", source=f"/{council}/test", people=people, days=["tue"], at="10:00")
    await world.until("2026-01-06T10:30")
    for number, words in ((NAN, "1"), (OWN, "STOP"), (OWN, "what is this"), ("+447700900888", "who are you")):
        await reply(world, number, words)
    at = world.now_text()
    await bradford(world, "bottom_line.breached", id="b-breach", bottom_line="x", at=at)
    await world.advance(minutes=31)
    async with transaction(world.service.sessions) as session:
        for council, person in (("dudley", "w-sw"), ("bradford", "b-worker")):
            await on_pages(session, world, council, person)
    return world


async def reply(world: World, number: str, words: str) -> None:
    """A text from a telephone."""
    body = {"From": number, "Body": words}
    await store_text(world.service.sessions, "twilio", f"SM-{words}-{number}", body, world.clock.now())
    while await understand_text(world.service.sessions, book(), world.clock.now()):
        pass
    await world.tick()


async def on_pages(session: AsyncSession, world: World, council: str, person: str) -> None:
    """What stands in the tables that a journey does not fill."""
    now, plan, own_id = world.clock.now(), OwnId(council, "P-1001"), OwnId(council, person)
    name, whose = f"{person}@{council}.example.org", {"authority": council, "person": person}
    await audit.add(session, AuditEntry(now, council, person, "plan_seen", "P-1001"))
    await sight_exceptions.add(session, own_id, plan, "why", now, now)
    flags = {"administrator": False, "auditor": False, "totp_confirmed": False, "created_at": now}
    address = {"channel": "email", "address": name, "reason": "no", "at": now}
    seen = {"way": "password", "created_at": now, "seen_at": now, "proved_at": now}
    days = dict.fromkeys(("opened_on", "due_on", "act_by"), now.date())
    attempted = (await session.execute(select(attempt.c.id).where(attempt.c.authority == council).limit(1))).one()
    sent = await session.scalar(select(message.c.id).where(message.c.authority == council).limit(1))
    rows: list[tuple[Any, dict[str, Any]]] = [
        (access.account, {"id": f"account-{council}", "name": name, **whose, **flags}),
        (access.passkey, {"id": f"key-{council}", "account": f"account-{council}", "public_key": "k", "sign_count": 1,
                          "name": "phone", "created_at": now}),
        (access.begun, {"hash": f"h-{council}", "kind": "invitation", "account": f"account-{council}", "data": "{}",
                        "ends_at": now}),
        (access.viewer_session, {"hash": f"s-{council}", **whose, **seen}),
        (access.sign_in_failure, {"key": key_of("name", name), "began_at": now, "number": 1}),
        (page_tables.handling, {"kind": "reply", "key": "k", "plan": "P-1001", "at": now, "note": "seen", **whose}),
        (page_tables.calendar_address, {"hash": f"c-{council}", "made_at": now, **whose}),
        (token, {"name": f"system-{council}", "hash": f"t-{council}", "authority": council, "created_at": now}),
        (tables.bad_address, {**whose, **address}),
        (tables.withheld, {"key": "k", "authority": council, "at": now, "purpose": "reminder", "reason": "excluded"}),
        (tables.problem, {"key": "k", "authority": council, "at": now, "code": "slip", "detail": "d"}),
        (tables.obligation, {"plan": "P-1001", "authority": council, "key": "k", "kind": "visit", "rule": "r",
                             "basis": "guidance", "from_event": "e", **days, "responsible_role": "social_worker",
                             "status": "met", "more": {}}),
        (tables.digest_line, {"key": "k", **whose, "template": "digest", "role": "social_worker", "at": now,
                              "about": [], "item": {}, "starts": False, "channel": "email", "digest": "d"}),
        (alert_link, {"hash": f"l-{council}", "plan": "P-1001", "breach": "b", "at": now, **whose}),
        (tables.finding, {"code": "plan_failing", "key": f"{council}|P-1001", "detail": "d", "authority": council,
                          "since": now, "seen_at": now}),
        (tables.process, {"id": f"gone-{council}", "kind": "work", "started_at": now,
                          "seen_at": now - timedelta(minutes=5), "policy_faults": [["policy_older", council, "d"]]}),
        (tables.receipt, {"provider": "twilio", "id": f"r-{council}", "attempt": attempted.id, "status": "delivered",
                          "rank": 3, "at": now}),
        (tables.raw_inbound, {"provider": "smtp", "id": f"came-back-{council}", "received_at": now,
                              "body": {"message": sent}, "taken_as": "bounce"}),
    ]  # fmt: skip
    for table, row in rows:
        await session.execute(insert(table).values(row))


async def stored(world: World) -> Rows:
    """All rows of all tables, as they are stored."""
    rows = {}
    async with reading(world.service.sessions) as session:
        for name in sorted(metadata.tables):
            found = await session.execute(text(f'SELECT * FROM "{name}"'))  # noqa: S608 - the names of our own tables
            rows[name] = sorted((dict(row) for row in found.mappings()), key=str)
    return rows


def marked(row: Mapping[str, Any]) -> bool:
    """Whether a row bears the erased council, or somebody of it."""
    return any(mark in str(row) for mark in MARKS)


async def test_nothing_of_it_is_left_and_others_have_what_they_had(two: World) -> None:
    before = await stored(two)
    without = {name for name, rows in before.items() if not any(map(marked, rows))}
    assert {name for name in without if "authority" in metadata.tables[name].c} == set()
    now = two.clock.now()
    expected = await what_would_go(two.service.sessions, "bradford", now)
    assert await stored(two) == before
    assert await erase_authority(two.service.sessions, "bradford", "ops", now) == expected
    after = await stored(two)
    assert [row for rows in after.values() for row in rows if marked(row)] == []
    by_hash = {"receipt", "raw_inbound", "begun", "sign_in_failure"}  # whose they are, no word in them says
    for name in set(after) - set(OF_ERASING) - by_hash:
        assert after[name] == [row for row in before[name] if not marked(row)], name
    for name in by_hash:
        assert [row for row in before[name] if row not in after[name]], name
        kept = [{**row, "meant": None} for row in before[name]]
        assert [row for row in after[name] if {**row, "meant": None} not in kept] == [], name
    gone = {name: len(before[name]) - len(after[name]) for name in before if len(before[name]) > len(after[name])}
    assert {**gone, "audit_entry": 1} == expected.rows


async def test_what_came_in_for_both_or_for_the_other_stays(two: World) -> None:
    await erase_authority(two.service.sessions, "bradford", "ops", two.clock.now())
    rows = await stored(two)
    texts = {row["id"]: str(row["meant"]) for row in rows["raw_inbound"]}
    assert set(texts) == {f"SM-1-{NAN}", "SM-who are you-+447700900888", "came-back-dudley"}
    assert "/dudley/planwatch" in texts[f"SM-1-{NAN}"]
    assert [row["id"] for row in rows["receipt"]] == ["r-dudley"]
    assert rows["received_stop"] == []


async def test_a_restart_afterwards_holds_nothing(two: World) -> None:
    await two.service.database_watch.look(two.clock.now())
    async with reading(two.service.sessions) as session:
        before = await high_water_marks.newest(session)
    await erase_authority(two.service.sessions, "bradford", "ops", two.clock.now())
    async with reading(two.service.sessions) as session:
        assert await high_water_marks.newest(session) == before
        left = await session.scalar(select(func.max(tables.event.c.seq)))
        assert left is not None
        assert left < before.events
    again = await two.reopen()
    assert await again.service.database_watch.look(again.clock.now()) is False
    assert (await stored(again))["interruption"] == []
    await again.receive("visit.recorded", by="w-sw")
    async with reading(again.service.sessions) as session:
        assert (await high_water_marks.newest(session)).events > before.events
    await again.close()


async def test_killed_in_the_middle_it_has_changed_nothing_and_is_run_again(two: World, database_url: str) -> None:
    before, kills, every = await stored(two), 0, 9
    order = {"authority": "bradford", "now": two.clock.now().isoformat()}
    async with victims(Job(database_url, 1, 1, time.monotonic(), 1.0, 60.0)) as row:
        await row.start("erase", f"statement {every}", **order)
        while (status := await row.ended()) == -signal.SIGKILL:
            assert await stored(two) == before
            kills += 1
            await row.start("erase", f"statement {every * (kills + 1)}", **order)
    assert (status, kills > 3) == (0, True)
    assert [row for rows in (await stored(two)).values() for row in rows if marked(row)] == []


@pytest.fixture
def database_url(two: World) -> str:
    return str(two.service.settings.database_url)


async def test_it_is_refused_while_anything_is_in_flight_or_at_work_and_for_no_authority(two: World) -> None:
    before, now = await stored(two), two.clock.now()
    async with transaction(two.service.sessions) as session:
        theirs = (message.c.authority == "bradford", message.c.state == "sent")
        sent = await session.scalar(select(message.c.id).where(*theirs).limit(1))
        claimed = update(message).where(message.c.id == sent)
        await session.execute(claimed.values(state="claimed", lease_until=now, next_attempt_at=None))
    with pytest.raises(NotErasableError, match="1 messages of bradford"):
        await erase_authority(two.service.sessions, "bradford", "ops", now)
    async with transaction(two.service.sessions) as session:
        await session.execute(claimed.values(state="sent", lease_until=None))
        await session.execute(update(tables.process).values(seen_at=now))
    with pytest.raises(NotErasableError, match="stop every planwatch first"):
        await what_would_go(two.service.sessions, "bradford", now)
    with pytest.raises(NotErasableError, match="planwatch itself"):
        await what_would_go(two.service.sessions, "", now)
    assert (await stored(two))["event"] == before["event"]


async def test_the_audit_stays_guarded_and_goes_on_counting(two: World) -> None:
    before = (await stored(two))["audit_entry"]
    assert max(before, key=lambda row: row["number"])["authority"] == "bradford"
    await erase_authority(two.service.sessions, "bradford", "ops", two.clock.now())
    rows = (await stored(two))["audit_entry"]
    assert [(row["authority"], row["action"]) for row in rows] == [("dudley", "plan_seen"), ("", "authority_erased")]
    assert max(row["number"] for row in rows) == max(row["number"] for row in before) + 1
    with pytest.raises(Exception, match="only added to"):
        async with transaction(two.service.sessions) as session:
            await session.execute(text("DELETE FROM audit_entry"))
