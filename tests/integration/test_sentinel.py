"""The auditor finds what is amiss, each thing by a question of its own, and lets it go when it is mended."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, delete, insert, select, update

from cli.sentinel import expected_of
from config.database import reading, transaction
from notifications.tables import interruption, message
from service.sentinel.auditor import Auditor, scheduled_questions
from service.sentinel.finding import Expected
from service.store import tokens
from service.store.tables import (
    bad_address,
    event,
    finding,
    ledger,
    obligation,
    person,
    person_number,
    plan,
    process,
    pull,
    raw_inbound,
)
from service.use_cases.intake.check_token import check_token, note_token
from service.use_cases.intake.create_token import NewToken, create_token
from tests.databases import ON_SQLITE
from tests.world import World, world_in

pytestmark = pytest.mark.both_databases


class Watched:
    """A world with an auditor that is asked at each look what a test wants to know."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._questions = scheduled_questions()
        self.expect(expected_of(world.service.book))

    def expect(self, expected: Expected) -> None:
        """Have it asked against something else from now on."""
        self._expected = expected

    async def found(self, *codes: str, minutes: float = 0) -> list[tuple[str, str]]:
        """What is found of these codes, minutes later, with a process that has just given a sign of life.

        Without codes everything is asked.
        """
        self.world.clock.advance(minutes=minutes)
        await self.change(process, "worker-1", seen_at=self.world.clock.now())
        asked = [question for question in self._questions if not codes or {*codes} & {*question.codes}]
        await Auditor(
            self.world.service.sessions, self.world.clock, self._expected, "sentinel-1", questions=asked
        ).look()
        async with reading(self.world.service.sessions) as session:
            rows = await session.execute(select(finding.c.code, finding.c.key).order_by(finding.c.code, finding.c.key))
            return [(code, key) for code, key in rows if code in codes]

    async def change(self, table: Table, name: str | None = None, **values: Any) -> None:
        """Change all rows of a table, or one of them by its id."""
        async with transaction(self.world.service.sessions) as session:
            changed = update(table).values(values)
            await session.execute(changed if name is None else changed.where(table.c.id == name))

    async def add(self, table: Table, **values: object) -> None:
        """Put a row into a table."""
        async with transaction(self.world.service.sessions) as session:
            await session.execute(insert(table).values(values))

    async def at_work(self) -> None:
        """Note a process that looks and sends."""
        now = self.world.clock.now()
        await self.add(process, id="worker-1", kind="both", started_at=now, seen_at=now)

    async def breach(self) -> None:
        """Cross a bottom line, without anybody being handed anything yet."""
        await self.world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=self.world.now_text())

    async def suspend(self, kind: str) -> None:
        """Begin a hold or a pause."""
        await self.add(interruption, kind=kind, cause="person", reason="x", by="x", since=self.world.clock.now())


@pytest.fixture
async def watched(staffed_database: str) -> AsyncIterator[Watched]:
    """A world on a Monday at 09:00, at which the auditor finds nothing."""
    async with world_in(staffed_database) as world:
        made = Watched(world)
        await made.at_work()
        await world.tick()
        yield made


async def test_where_all_is_well_nothing_is_found(watched: Watched) -> None:
    await watched.world.advance(hours=3)
    await watched.found()
    async with reading(watched.world.service.sessions) as session:
        assert (await session.execute(select(finding))).all() == []


@ON_SQLITE
async def test_what_is_found_again_stands_since_it_was_first_found(watched: Watched) -> None:
    await watched.breach()
    await watched.found(minutes=2)
    first = watched.world.clock.now()
    await watched.found(minutes=2)
    async with reading(watched.world.service.sessions) as session:
        rows = (await session.execute(select(finding.c.since, finding.c.seen_at))).all()
    assert {tuple(row) for row in rows} == {(first, watched.world.clock.now())}


async def test_an_urgent_message_that_has_not_gone_in_a_minute_is_found(watched: Watched) -> None:
    await watched.breach()
    assert await watched.found("urgent_unsent", minutes=0.9) == []
    assert await watched.found("urgent_unsent", minutes=0.2) == [("urgent_unsent", "email"), ("urgent_unsent", "sms")]
    await watched.world.tick()
    assert await watched.found("urgent_unsent") == []


@ON_SQLITE
async def test_an_urgent_message_in_the_hands_of_a_server_that_hangs_is_found(watched: Watched) -> None:
    await watched.breach()
    lease: dict[str, Any] = {"lease_owner": "w", "lease_until": watched.world.clock.now() + timedelta(minutes=9)}
    await watched.change(message, state="claimed", next_attempt_at=None, **lease)
    assert len(await watched.found("urgent_unsent", minutes=2)) == 2


@ON_SQLITE
async def test_what_a_hold_keeps_back_is_said_to_be_held(watched: Watched) -> None:
    await watched.breach()
    await watched.suspend("hold")
    assert await watched.found("urgent_unsent", "urgent_held", minutes=2) == [
        ("urgent_held", "email"), ("urgent_held", "sms"),
    ]  # fmt: skip


@ON_SQLITE
async def test_a_pause_excuses_no_urgent_message(watched: Watched) -> None:
    await watched.breach()
    await watched.suspend("pause")
    assert len(await watched.found("urgent_unsent", minutes=2)) == 2


async def routine_message(watched: Watched) -> None:
    """A notice that waits to be sent."""
    await watched.breach()
    await watched.change(message, urgent=False)


@pytest.mark.parametrize(("kind", "code"), [(None, "routine_unsent"), ("pause", "routine_held")])
async def test_another_message_has_a_quarter_of_an_hour(watched: Watched, kind: str | None, code: str) -> None:
    await routine_message(watched)
    if kind:
        await watched.suspend(kind)
    assert await watched.found("routine_unsent", "routine_held", minutes=14) == []
    assert await watched.found("routine_unsent", "routine_held", minutes=2) == [(code, "dudley")]


@ON_SQLITE
async def test_at_night_nothing_routine_is_missed_and_in_the_morning_it_has_its_quarter_of_an_hour(
    watched: Watched,
) -> None:
    watched.world.clock.advance(hours=8.9)
    await routine_message(watched)
    assert await watched.found("routine_unsent", minutes=60) == []
    assert await watched.found("routine_unsent", minutes=13 * 60 + 20) == []  # 08:14
    assert await watched.found("routine_unsent", minutes=2) == [("routine_unsent", "dudley")]


@ON_SQLITE
async def test_a_bank_holiday_is_no_day_for_routine_messages(database: str) -> None:
    world = await World.open(database, "2026-04-06T10:00")  # Easter Monday
    await world.staff()
    await world.open_plan()
    watched = Watched(world)
    await watched.at_work()
    await routine_message(watched)
    assert await watched.found("routine_unsent", minutes=60) == []
    assert await watched.found("routine_unsent", minutes=24 * 60) == [("routine_unsent", "dudley")]
    await world.close()


async def test_lines_that_become_no_digest_are_found(watched: Watched) -> None:
    await watched.world.until("2026-01-26T08:29")  # a visit is due on 2 February: five working days before, a line
    watched.world.clock.advance(minutes=1)
    await watched.world.service.receive(
        [watched.world.event("visit.planned", by="w-sw", ref="v", at="2026-02-20T10:00:00+00:00")]
    )
    assert await watched.found("digest_unsent", minutes=14) == []
    assert await watched.found("digest_unsent", minutes=2) == [("digest_unsent", "dudley")]


async def test_a_claim_that_nobody_takes_up_is_found(watched: Watched) -> None:
    await watched.breach()
    now = watched.world.clock.now()
    await watched.change(message, state="claimed", next_attempt_at=None, lease_owner="w", lease_until=now)
    assert await watched.found("claim_expired", minutes=4.9) == []
    assert len(await watched.found("claim_expired", minutes=0.2)) == 2


async def test_what_is_unknown_for_ten_minutes_is_found(watched: Watched) -> None:
    await watched.breach()
    await watched.change(message, state="unknown", unknown_since=watched.world.clock.now())
    assert await watched.found("unknown_too_long", minutes=9.9) == []
    assert len(await watched.found("unknown_too_long", minutes=0.2)) == 2


@ON_SQLITE
async def test_what_is_unknown_is_found_in_a_workers_hands_too_and_no_more_when_it_is_settled(watched: Watched) -> None:
    await watched.breach()
    lease: dict[str, Any] = {"lease_owner": "w", "lease_until": watched.world.clock.now() + timedelta(minutes=15)}
    unknown_since = watched.world.clock.now()
    await watched.change(message, state="claimed", next_attempt_at=None, unknown_since=unknown_since, **lease)
    assert len(await watched.found("unknown_too_long", minutes=11)) == 2
    await watched.change(message, state="sent", lease_owner=None, lease_until=None)
    assert await watched.found("unknown_too_long") == []


async def test_a_text_that_nobody_made_sense_of_is_found(watched: Watched) -> None:
    await watched.add(raw_inbound, provider="twilio", id="SM1", received_at=watched.world.clock.now(), body={})
    assert await watched.found("text_unread", minutes=4.9) == []
    assert await watched.found("text_unread", minutes=0.2) == [("text_unread", "twilio")]


async def test_a_hold_of_more_than_four_hours_is_found_until_it_ends(watched: Watched) -> None:
    await watched.suspend("hold")
    assert await watched.found("interruption_open", minutes=239) == []
    assert await watched.found("interruption_open", minutes=2) == [("interruption_open", "1")]
    await watched.change(interruption, ended_at=watched.world.clock.now())
    assert await watched.found("interruption_open") == []


@ON_SQLITE
async def test_a_hold_whose_time_is_over_excuses_nothing_and_is_open_no_more(watched: Watched) -> None:
    await watched.suspend("hold")
    await watched.change(interruption, until=watched.world.clock.now() + timedelta(hours=1))
    assert await watched.found("interruption_open", minutes=5 * 60) == []
    await watched.breach()
    assert len(await watched.found("urgent_unsent", minutes=2)) == 2


# -------------------------------------------------------------------------------------------------------- alerts


async def sent_and_then_forgotten(watched: Watched, **plan_values: Any) -> None:
    """A breach was told once, and then nothing comes any more."""
    await watched.breach()
    await watched.world.tick()
    await watched.change(plan, **plan_values)


@ON_SQLITE
async def test_an_open_alert_on_its_ladder_is_well(watched: Watched) -> None:
    await watched.breach()
    await watched.world.advance(minutes=45)
    assert await watched.found("alert_without_next_step") == []


async def test_an_open_alert_with_no_next_look_is_found_until_somebody_confirms(watched: Watched) -> None:
    await sent_and_then_forgotten(watched, next_look=None)
    assert await watched.found("alert_without_next_step", minutes=1) == []
    expected = [("alert_without_next_step", "dudley|P-1001|b-1")]
    assert await watched.found("alert_without_next_step", minutes=2) == expected
    await watched.world.receive("alert.acknowledged", id="a-1", alert="b-1", by="w-tm")
    await watched.change(plan, next_look=None)
    assert await watched.found("alert_without_next_step") == []
    await watched.world.receive("event.withdrawn", event="a-1", reason="not she")
    await watched.change(plan, next_look=None)
    await watched.change(message, state="sent", next_attempt_at=None)
    assert await watched.found("alert_without_next_step") == expected


async def test_the_end_of_one_alert_is_not_another_ones(watched: Watched) -> None:
    await sent_and_then_forgotten(watched, next_look=None)
    await watched.world.receive("bottom_line.breached", id="b-2", bottom_line="y", at=watched.world.now_text())
    await watched.world.receive("alert.acknowledged", alert="b-1", by="w-tm")
    await watched.world.open_plan("P-2002")
    await watched.world.receive("alert.acknowledged", "P-2002", alert="b-2", by="w-tm")
    await watched.change(message, state="sent", next_attempt_at=None)
    await watched.change(plan, next_look=None)
    expected = [("alert_without_next_step", "dudley|P-1001|b-2")]
    assert await watched.found("alert_without_next_step", minutes=3) == expected


@ON_SQLITE
@pytest.mark.parametrize("event_type", ["alert.acknowledged", "event.withdrawn"])
async def test_what_waits_ends_no_alert(watched: Watched, event_type: str) -> None:
    await sent_and_then_forgotten(watched, next_look=None)
    more = {"event": "b-1", "reason": "x"} if event_type == "event.withdrawn" else {"alert": "b-1", "by": "w-tm"}
    await watched.world.receive(event_type, id="ending", **more)
    assert await watched.found("alert_without_next_step", minutes=3) == []
    await watched.change(event, "ending", waiting=True)
    await watched.change(message, state="sent", next_attempt_at=None)
    await watched.change(plan, next_look=None)
    assert len(await watched.found("alert_without_next_step", minutes=3)) == 1


@ON_SQLITE
async def test_an_open_alert_whose_next_look_is_too_far_away_is_found(watched: Watched) -> None:
    await sent_and_then_forgotten(watched, next_look=watched.world.clock.now() + timedelta(hours=20))
    assert len(await watched.found("alert_without_next_step", minutes=3)) == 1
    await watched.change(plan, next_look=watched.world.clock.now() + timedelta(minutes=31))
    assert await watched.found("alert_without_next_step") == []


@ON_SQLITE
async def test_an_alert_that_is_on_its_way_has_a_next_step(watched: Watched) -> None:
    await watched.breach()
    await watched.change(plan, next_look=None)
    assert await watched.found("alert_without_next_step", minutes=3) == []


LEASED: dict[str, Any] = {"state": "claimed", "next_attempt_at": None}
ON_ITS_WAY = [(LEASED, True), ({"state": "unknown"}, True), ({"purpose": "overdue"}, False), ({"plan": "P-2"}, False)]


@ON_SQLITE
@pytest.mark.parametrize(("changed", "counts"), ON_ITS_WAY)
async def test_only_an_alert_of_this_plan_that_may_go_still_is_a_next_step(
    watched: Watched, changed: dict[str, Any], counts: bool
) -> None:
    await watched.breach()
    await watched.change(plan, next_look=None)
    lease = {"lease_until": watched.world.clock.now() + timedelta(minutes=9)} if changed is LEASED else {}
    await watched.change(message, **changed | lease)
    assert (await watched.found("alert_without_next_step", minutes=3) == []) == counts


@pytest.mark.parametrize("ending", ["closed", "withdrawn"])
async def test_a_breach_that_is_closed_or_withdrawn_is_open_no_more(watched: Watched, ending: str) -> None:
    await sent_and_then_forgotten(watched, next_look=None)
    if ending == "closed":
        await watched.world.receive("alert.closed", alert="b-1", by="w-tm", outcome="x")
    else:
        await watched.world.receive("event.withdrawn", event="b-1", reason="x")
    await watched.change(plan, next_look=None)
    await watched.change(message, state="sent", next_attempt_at=None)
    assert await watched.found("alert_without_next_step", minutes=3) == []


@ON_SQLITE
async def test_the_end_of_the_plan_ends_no_alert(watched: Watched) -> None:
    await watched.breach()
    await watched.world.receive("plan.ended", reason="x")
    await watched.world.tick()
    await watched.change(plan, next_look=None)
    assert len(await watched.found("alert_without_next_step", minutes=3)) == 1


async def test_a_breach_on_a_plan_that_nobody_knows_is_found(watched: Watched) -> None:
    await watched.world.receive("bottom_line.breached", "P-9", id="b-9", bottom_line="x", at=watched.world.now_text())
    await watched.world.receive("visit.recorded", "P-9", by="w-sw")
    assert await watched.found("breach_waiting", minutes=0.9) == []
    assert await watched.found("breach_waiting", minutes=0.2) == [("breach_waiting", "dudley|P-9|b-9")]
    await watched.world.open_plan("P-9")
    assert await watched.found("breach_waiting") == []


@pytest.mark.parametrize(
    ("answer", "data", "waits"),
    [
        ("alert.acknowledged", {"alert": "b-9", "by": "w-oncall"}, True),
        ("alert.closed", {"alert": "b-9", "by": "w-oncall", "outcome": "x"}, True),
        ("event.withdrawn", {"event": "b-9", "reason": "x"}, False),
    ],
)
async def test_an_alert_about_an_unknown_plan_must_lead_somewhere_until_somebody_has_it(
    watched: Watched, answer: str, data: dict[str, str], waits: bool
) -> None:
    codes = ("alert_without_next_step", "breach_waiting")
    await watched.world.receive("bottom_line.breached", "P-9", id="b-9", bottom_line="x", at=watched.world.now_text())
    await watched.change(message, state="sent", next_attempt_at=None)
    assert await watched.found(*codes, minutes=3) == [("breach_waiting", "dudley|P-9|b-9")]
    await watched.change(plan, "P-9", next_look=None)
    assert await watched.found(*codes) == [(code, "dudley|P-9|b-9") for code in codes]
    await watched.world.receive(answer, "P-9", **data)
    await watched.change(plan, "P-9", next_look=None)
    await watched.change(message, state="sent", next_attempt_at=None)
    assert await watched.found(*codes) == ([("breach_waiting", "dudley|P-9|b-9")] if waits else [])


# --------------------------------------------------------------------------------------------------------- looks


async def test_a_look_that_is_late_is_found_and_one_that_fails_by_itself(watched: Watched) -> None:
    now = watched.world.clock.now()
    await watched.change(plan, next_look=now)
    assert await watched.found("look_late", minutes=1.9) == []
    assert await watched.found("look_late", minutes=0.2) == [("look_late", "dudley")]
    await watched.change(plan, fault="KeyError in x.py:1 (f)", fault_at=now, fault_count=2)
    assert await watched.found("look_late", "plan_failing") == [("plan_failing", "dudley|P-1001")]


async def test_no_process_at_work_is_found_and_one_that_only_serves_does_not_count(watched: Watched) -> None:
    await watched.change(process, "worker-1", kind="web")
    assert await watched.found("no_worker") == [("no_worker", "")]
    await watched.change(process, "worker-1", kind="work")
    assert await watched.found("no_worker") == []


@ON_SQLITE
async def test_a_process_that_gives_no_sign_of_life_does_not_count(watched: Watched) -> None:
    await watched.change(process, "worker-1", id="worker-0")
    assert await watched.found("no_worker", minutes=0.9) == []
    assert await watched.found("no_worker", minutes=0.2) == [("no_worker", "")]


@pytest.mark.parametrize("failing", [True, False])
async def test_a_provider_that_cannot_be_asked_or_is_not_asked_is_found(watched: Watched, failing: bool) -> None:
    now = watched.world.clock.now()
    since = {"failing_since": now, "tried_at": now + timedelta(hours=9)} if failing else {"tried_at": now}
    await watched.add(pull, provider="twilio", **since)
    assert await watched.found("pull_failing", minutes=14.9) == []
    assert await watched.found("pull_failing", minutes=0.2) == [("pull_failing", "twilio")]
    await watched.change(pull, failing_since=None, tried_at=watched.world.clock.now())
    assert await watched.found("pull_failing") == []


# -------------------------------------------------------------------------------------------------------- people


async def test_a_role_that_nobody_holds_is_found_until_somebody_does(watched: Watched) -> None:
    role = {"authority": "dudley", "role": "on_call_manager"}
    await watched.world.receive("role.ended", None, **role, person="w-oncall")
    assert await watched.found("role_vacant") == [("role_vacant", "dudley|on_call_manager")]
    await watched.world.receive("role.assigned", None, **role, person="w-new")  # whom nobody has introduced
    assert await watched.found("role_vacant") == [("role_vacant", "dudley|on_call_manager")]
    await watched.world.service.receive([watched.world.person("w-new")])
    assert await watched.found("role_vacant") == []


@ON_SQLITE
async def test_an_end_that_was_withdrawn_leaves_no_role_empty(watched: Watched) -> None:
    role = {"authority": "dudley", "role": "head_of_service", "person": "w-head"}
    await watched.world.receive("role.ended", None, id="r-1", **role)
    await watched.world.receive("event.withdrawn", None, event="r-1", reason="x")
    assert await watched.found("role_vacant") == []


@ON_SQLITE
async def test_another_authoritys_holder_is_none_and_only_the_holders_own_end_counts(watched: Watched) -> None:
    await watched.world.receive("role.ended", None, authority="dudley", role="on_call_manager", person="w-oncall")
    known = {"authority": "wakefield", "name": "N", "kind": "worker"}
    await watched.world.receive("person.recorded", "w-there", **known)
    there = {"authority": "wakefield", "role": "on_call_manager", "person": "w-there"}
    await watched.world.receive("role.assigned", None, **there)
    await watched.world.receive("role.ended", None, authority="dudley", role="head_of_service", person="w-tm")
    assert await watched.found("role_vacant") == [("role_vacant", "dudley|on_call_manager")]


@ON_SQLITE
async def test_a_holder_whose_introduction_is_gone_is_none(watched: Watched) -> None:
    async with transaction(watched.world.service.sessions) as session:
        await session.execute(delete(person_number).where(person_number.c.person == "w-oncall"))
    await watched.change(person, "w-oncall", id="w-somebody")
    assert await watched.found("role_vacant") == [("role_vacant", "dudley|on_call_manager")]


@ON_SQLITE
async def test_what_was_done_or_cancelled_asks_for_nobody(watched: Watched) -> None:
    watched.world.clock.advance(minutes=1)
    await watched.world.receive("person.recorded", "w-sw", authority="dudley", name="N", kind="worker")
    await watched.change(obligation, status="met")
    assert await watched.found("person_unreachable") == []
    await watched.change(obligation, responsible=None)
    assert await watched.found("nobody_responsible") == []


async def test_what_nobody_is_responsible_for_is_found(watched: Watched) -> None:
    await watched.world.receive("role.ended", role="social_worker", person="w-sw")
    assert await watched.found("nobody_responsible") == [("nobody_responsible", "dudley|social_worker")]
    await watched.change(obligation, status="met")
    assert await watched.found("nobody_responsible") == []
    await watched.change(obligation, status="open")
    await watched.world.receive("role.assigned", role="social_worker", person="w-sw2")
    assert await watched.found("nobody_responsible") == []


async def test_a_holder_without_an_address_is_found_until_one_is_recorded(watched: Watched) -> None:
    known = {"authority": "dudley", "name": "N", "kind": "worker"}
    watched.world.clock.advance(minutes=1)
    await watched.world.receive("person.recorded", "w-tm", **known)
    await watched.world.receive("person.recorded", "w-sw", **known)
    await watched.world.receive("person.recorded", "w-kp", **known)  # who holds nothing and owes nothing
    assert await watched.found("person_unreachable") == [
        ("person_unreachable", "dudley|w-sw"),
        ("person_unreachable", "dudley|w-tm"),
    ]
    watched.world.clock.advance(minutes=1)
    await watched.world.service.receive([watched.world.person(name) for name in ("w-tm", "w-sw")])
    assert await watched.found("person_unreachable") == []


async def test_somebody_all_of_whose_addresses_are_known_to_be_bad_is_found(watched: Watched) -> None:
    bad = {"person": "w-tm", "authority": "dudley", "reason": "x", "at": watched.world.clock.now()}
    await watched.add(bad_address, channel="email", address="w-tm@example.org", **bad)
    assert await watched.found("person_unreachable") == []
    await watched.add(bad_address, channel="sms", address="+447700900113", **bad)
    assert await watched.found("person_unreachable") == [("person_unreachable", "dudley|w-tm")]


async def test_somebody_whose_last_messages_were_refused_by_both_ways_is_found(watched: Watched) -> None:
    await watched.breach()
    await watched.world.tick()
    await watched.change(message, state="undeliverable")
    assert await watched.found("person_unreachable") == [
        ("person_unreachable", "dudley|w-hsm"), ("person_unreachable", "dudley|w-tm"),
    ]  # fmt: skip
    await watched.world.advance(minutes=31)  # told again, and now it goes
    assert await watched.found("person_unreachable") == []


@ON_SQLITE
async def test_what_was_refused_more_than_a_fortnight_ago_says_nothing_of_today(watched: Watched) -> None:
    await watched.breach()
    await watched.world.tick()
    await watched.change(message, state="undeliverable")
    assert len(await watched.found("person_unreachable", minutes=14 * 24 * 60)) == 2
    assert await watched.found("person_unreachable", minutes=1) == []


# ------------------------------------------------------------------------------------------------------- overdue


async def untold_visit(watched: Watched) -> None:
    """A visit that was due on Monday, 2 February, and was not made; Tuesday and Wednesday have passed."""
    await watched.world.until("2026-02-05T00:01")


@ON_SQLITE
async def test_something_overdue_of_which_somebody_was_told_is_well(watched: Watched) -> None:
    await untold_visit(watched)
    assert await watched.found("overdue_untold") == []


async def test_something_overdue_of_which_no_message_went_is_found(watched: Watched) -> None:
    await untold_visit(watched)
    await watched.change(message, state="withheld")
    found = await watched.found("overdue_untold")
    assert len(found) == 1
    assert found[0][1].startswith("dudley|P-1001|")


@ON_SQLITE
async def test_it_has_two_working_days(watched: Watched) -> None:
    await watched.world.until("2026-02-03T08:00")
    assert await watched.found("overdue_untold", minutes=39 * 60 + 50) == []  # until the end of Wednesday
    assert len(await watched.found("overdue_untold", minutes=20)) == 1


@ON_SQLITE
async def test_a_day_that_the_authority_has_off_is_none_of_the_two(watched: Watched) -> None:
    expected = expected_of(watched.world.service.book)
    watched.expect(replace(expected, holidays={"dudley": frozenset({date(2026, 2, 4)})}))  # the Wednesday
    await untold_visit(watched)
    await watched.change(message, state="withheld")
    assert await watched.found("overdue_untold") == []
    assert len(await watched.found("overdue_untold", minutes=24 * 60)) == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("purpose", "counts"),
    [("reminder", True), ("overdue", True), ("escalation", True), ("alert", False), ("notice", False)],
)
async def test_what_was_meant_for_another_and_went_to_who_owes_it_counts_where_it_asks_for_it(
    watched: Watched, purpose: str, counts: bool
) -> None:
    await untold_visit(watched)
    await watched.change(message, purpose=purpose, person="w-kp", sent_to="w-sw")
    assert (await watched.found("overdue_untold") == []) == counts


@ON_SQLITE
async def test_what_was_sent_before_it_was_overdue_does_not_count(watched: Watched) -> None:
    await untold_visit(watched)
    await watched.change(message, at=watched.world.clock.now() - timedelta(days=4))
    assert len(await watched.found("overdue_untold")) == 1


@ON_SQLITE
@pytest.mark.parametrize(("purpose", "counts"), [("overdue", True), ("escalation", True), ("reminder", False)])
async def test_what_is_due_at_an_hour_is_told_to_be_late_on_its_own_day(
    watched: Watched, purpose: str, counts: bool
) -> None:
    await untold_visit(watched)
    async with reading(watched.world.service.sessions) as session:
        owed = (await session.execute(select(obligation).where(obligation.c.due_on == date(2026, 2, 2)))).one()
    entry = {"kind": owed.kind, "plan": owed.plan, "due_on": "2026-02-02", "about": owed.about}
    entry["due_at"] = "2026-02-02T12:00:00+00:00"
    at = datetime(2026, 2, 2, 12, 5, tzinfo=UTC)
    await watched.change(message, purpose=purpose, at=at, about=[entry], person="w-sw", sent_to="w-sw")
    assert (await watched.found("overdue_untold") == []) == counts


@ON_SQLITE
async def test_who_was_told_and_is_not_there_any_more_does_not_count(watched: Watched) -> None:
    await untold_visit(watched)
    await watched.change(message, sent_to="w-kp")
    assert len(await watched.found("overdue_untold")) == 1
    await watched.world.receive("role.assigned", role="key_professional", person="w-kp")
    await watched.change(message, person="w-kp")
    assert await watched.found("overdue_untold") == []


@ON_SQLITE
async def test_who_stands_in_for_somebody_counts(watched: Watched) -> None:
    await untold_visit(watched)
    await watched.change(message, sent_to="w-kp", person="w-kp")
    await watched.world.receive("absence.recorded", "w-sw", from_="2026-02-01", until="2026-02-20", cover="w-kp")
    assert await watched.found("overdue_untold") == []


async def test_a_line_in_a_digest_counts_if_it_speaks_of_it(watched: Watched) -> None:
    await untold_visit(watched)
    await watched.change(message, purpose="digest", plan=None, person="w-sw", sent_to="w-sw")
    assert await watched.found("overdue_untold") == []
    await watched.change(message, about=[])
    assert len(await watched.found("overdue_untold")) == 1


@ON_SQLITE
async def test_a_message_about_something_else_is_no_word_of_it(watched: Watched) -> None:
    await untold_visit(watched)
    await watched.change(message, about=[])
    assert len(await watched.found("overdue_untold")) == 1


@ON_SQLITE
async def test_what_became_known_late_has_its_two_days_from_then(watched: Watched) -> None:
    await untold_visit(watched)
    await watched.change(message, state="withheld")
    await watched.change(ledger, at=watched.world.clock.now())
    assert await watched.found("overdue_untold") == []
    assert len(await watched.found("overdue_untold", minutes=5 * 24 * 60)) == 1


# ------------------------------------------------------------------------------------------------------- sources


async def sends(watched: Watched, source: str, *days: str) -> None:
    """Events of a source, on some days of January 2026."""
    for day in days:
        watched.world.clock.advance(hours=0)
        await watched.world.until(f"2026-01-{day}T10:00")
        await watched.world.receive("circumstances.changed", source=source, what="x")


async def test_a_source_that_goes_quiet_is_found_and_one_that_never_sent_much_is_not(watched: Watched) -> None:
    await sends(watched, "/dudley/once", "06")
    await sends(watched, "/dudley/often", "06", "07", "08", "09", "12", "13")
    await sends(watched, "/dudley/seldom", "14")
    await watched.world.until("2026-01-14T23:50")  # since the start of Tuesday it has spoken
    assert await watched.found("source_quiet") == []
    assert await watched.found("source_quiet", minutes=20) == [("source_quiet", "dudley|/dudley/often")]
    await watched.world.receive("circumstances.changed", source="/dudley/often", what="x")
    assert await watched.found("source_quiet") == []


@ON_SQLITE
async def test_a_source_that_spoke_this_morning_is_remembered_all_day(watched: Watched) -> None:
    await sends(watched, "/dudley/often", "06", "07", "08", "09", "12", "13", "15")
    assert [await watched.found("source_quiet", minutes=60) for _ in range(3)] == [[], [], []]


@ON_SQLITE
async def test_what_a_source_sent_counts_though_it_comes_to_light_after_later_events(
    watched: Watched,
) -> None:
    await sends(watched, "/dudley/often", "06", "07", "08", "09", "12", "13")
    await watched.world.until("2026-01-15T10:00")
    await watched.world.receive("circumstances.changed", id="late", source="/dudley/hidden", what="x")
    await watched.world.receive("circumstances.changed", source="/dudley/seldom", what="x")
    quiet = [("source_quiet", "dudley|/dudley/often")]
    assert await watched.found("source_quiet") == quiet
    async with transaction(watched.world.service.sessions) as session:
        await session.execute(update(event).where(event.c.id == "late").values(source="/dudley/often"))
    assert await watched.found("source_quiet", minutes=6) == []


@ON_SQLITE
async def test_a_weekend_is_no_silence(watched: Watched) -> None:
    await sends(watched, "/dudley/often", "06", "07", "08", "09", "12", "13", "14", "15", "16")
    await watched.world.until("2026-01-19T08:00")
    assert await watched.found("source_quiet") == []


@ON_SQLITE
async def test_what_people_told_us_by_text_is_no_source_that_may_go_quiet(watched: Watched) -> None:
    await sends(watched, "/dudley/often", "06", "07", "08", "09", "12", "13")
    await watched.change(event, source="/dudley/planwatch")
    await watched.world.until("2026-01-20T08:00")
    assert await watched.found("source_quiet") == []


async def token(watched: Watched, ends_on: date | None) -> NewToken:
    service = watched.world.service
    return await create_token(
        service.sessions, service.book, "dudley", watched.world.clock.now(), "case-system", ends_on
    )


@ON_SQLITE
async def test_a_token_that_ends_is_found_thirty_days_before_until_it_is_revoked(watched: Watched) -> None:
    await token(watched, date(2026, 2, 5))
    assert await watched.found("token_ends_soon") == []  # it is the 5th of January
    assert await watched.found("token_ends_soon", minutes=24 * 60) == [("token_ends_soon", "case-system")]
    async with transaction(watched.world.service.sessions) as session:
        await tokens.revoke(session, "case-system", watched.world.clock.now())
    assert await watched.found("token_ends_soon") == []


@ON_SQLITE
async def test_a_token_that_has_ended_is_found_while_it_is_still_sent(watched: Watched) -> None:
    made = await token(watched, date(2026, 1, 5))
    assert await watched.found("token_ended", "token_ends_soon", minutes=15 * 60) == []
    ended = await check_token(watched.world.service.sessions, made.secret)
    assert ended is not None
    await note_token(watched.world.service.sessions, ended, watched.world.clock.now())
    assert await watched.found("token_ended", "token_ends_soon", minutes=59) == [("token_ended", "case-system")]
    assert await watched.found("token_ended", "token_ends_soon", minutes=1) == []


async def test_policy_files_that_are_refused_or_older_are_found_once_whoever_has_them(watched: Watched) -> None:
    faults = [["policy_faulty", "dudley", "dudley.yaml:2: title: is missing"], ["policy_older", "kent", "kent: older"]]
    codes = ("policy_faulty", "policy_older")
    assert await watched.found(*codes) == []
    await watched.change(process, "worker-1", policy_faults=faults)
    now = watched.world.clock.now()
    await watched.add(process, id="worker-2", kind="web", started_at=now, seen_at=now, policy_faults=faults)
    assert await watched.found(*codes) == [
        ("policy_faulty", "dudley|dudley.yaml:2: title: is missing"), ("policy_older", "kent|kent: older"),
    ]  # fmt: skip
    await watched.change(process, "worker-1", policy_faults=None)
    assert await watched.found(*codes, minutes=2) == []  # worker-2 has given no sign of life for long
