"""What pages show people of alerts, replies, calendars and figures, from a real history."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from config.database import reading, transaction
from service.domain.own_id import OwnId
from service.store import calendar_addresses, handlings
from service.store.handlings import Handling
from service.use_cases.overviews.authority_figures import authority_figures
from service.use_cases.overviews.replies_to_read import ReplyToRead, replies_to_read
from service.use_cases.overviews.seen_alerts import AlertHistory, alert_history, alerts_of_person
from service.web.calendar_feed import calendar_router
from tests.databases import ON_SQLITE
from tests.world import World, book

pytestmark = ON_SQLITE


def dudley(person: str) -> OwnId:
    return OwnId("dudley", person)


async def alerts(world: World, person: str) -> list[AlertHistory]:
    async with reading(world.service.sessions) as session:
        seen = await alerts_of_person(session, book(), world.clock.now(), dudley(person))
        return [await alert_history(session, alert, world.clock.now()) for alert in seen]


async def to_read(world: World, person: str) -> list[ReplyToRead]:
    async with reading(world.service.sessions) as session:
        return await replies_to_read(session, book(), world.clock.now(), dudley(person))


async def breach(world: World) -> None:
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    await world.tick()


# --------------------------------------------------------------------------------------------------------- alerts


async def test_an_alert_says_who_was_told_how_often_and_who_is_next(world: World) -> None:
    await breach(world)
    await world.advance(minutes=35)
    history = (await alerts(world, "w-tm"))[0]
    assert {(row.role, row.channel, row.times) for row in history.messages} == {
        *((role, channel, 2) for role in ("team_manager", "hub_service_manager") for channel in ("sms", "email")),
        *(("on_call_manager", channel, 1) for channel in ("sms", "email")),
    }
    following = [(following.role, following.again) for following in history.next]
    assert ("head_of_service", False) in following
    assert ("team_manager", True) in following
    minutes = {following.role: (following.at - world.clock.now()).seconds // 60 for following in history.next}
    assert minutes["head_of_service"] == 25


async def test_an_alert_goes_to_nobody_who_has_acknowledged_it(world: World) -> None:
    await breach(world)
    await world.receive("alert.acknowledged", alert="b-1", by="w-tm")
    assert "team_manager" not in {following.role for following in (await alerts(world, "w-tm"))[0].next}
    await world.receive("alert.acknowledged", alert="b-1", by="w-hsm")
    assert (await alerts(world, "w-tm"))[0].next == ()


async def test_an_alert_is_shown_to_its_ladder_alone_and_when_it_has_ended_to_those_who_had_it(world: World) -> None:
    await breach(world)
    shown = {person: len(await alerts(world, person)) for person in ("w-tm", "w-head", "w-sw2", "w-kp")}
    assert shown == {"w-tm": 1, "w-head": 1, "w-sw2": 0, "w-kp": 0}
    await world.receive("alert.closed", alert="b-1", by="w-tm", outcome="dealt with")
    assert [len(await alerts(world, person)) for person in ("w-tm", "w-head")] == [1, 0]
    await world.advance(hours=24 * 15)
    assert await alerts(world, "w-tm") == []


# -------------------------------------------------------------------------------------------------------- replies


@pytest.fixture
async def texted(world: World) -> World:
    """A world in which a mother was asked by text how she is."""
    await world.service.receive([world.person("f-mum", "family")])
    await world.receive("contact.decided", "f-mum", decision="allow", decided_by="w-tm", channel="sms")
    await world.receive("check_ins.started", people=["f-mum"], days=["mon"], at="10:00")
    await world.until("2026-01-05T10:30")
    return world


async def test_a_reply_to_read_stands_beside_what_was_asked_until_somebody_has_read_it(texted: World) -> None:
    await texted.receive("check_in.replied", id="r-1", person="f-mum", text="he is back", at=texted.now_text())
    await texted.receive("check_in.replied", person="f-mum", text="yes", at=texted.now_text())
    await texted.receive("check_in.replied", person="f-mum", text="STOP", at=texted.now_text())
    entries = await to_read(texted, "w-sw")
    assert [(entry.reply.text, entry.wants_call) for entry in entries] == [("he is back", False)]
    question = entries[0].question
    assert question is not None
    assert "1" in question.text
    assert await to_read(texted, "w-tm") == entries
    assert await to_read(texted, "w-kp") == []
    async with transaction(texted.service.sessions) as session:
        handling = Handling(entries[0].reply.uid, "w-sw", texted.clock.now(), "rang her")
        await handlings.note(session, "dudley", "reply", "P-1001", handling)
        second = Handling(handling.key, "w-tm", texted.clock.now(), "again")
        await handlings.note(session, "dudley", "reply", "P-1001", second)
    assert [entry.handling for entry in await to_read(texted, "w-tm")] == [handling]


async def test_a_reply_that_was_a_mistake_is_not_to_be_read(texted: World) -> None:
    await texted.receive("check_in.replied", id="r-1", person="f-mum", text="2", at=texted.now_text())
    assert [entry.wants_call for entry in await to_read(texted, "w-sw")] == [True]
    await texted.receive("event.withdrawn", event="r-1", reason="slip")
    assert await to_read(texted, "w-sw") == []


# ------------------------------------------------------------------------------------------------------- calendars


@pytest.fixture
async def calendars(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    app = FastAPI()
    app.include_router(calendar_router(world.service))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as client:
        yield client


async def test_a_calendar_holds_what_its_owner_owes_and_ends_with_its_address(
    world: World, calendars: httpx2.AsyncClient
) -> None:
    async with transaction(world.service.sessions) as session:
        secret = await calendar_addresses.make(session, dudley("w-sw"), world.clock.now())
    read = await calendars.get(f"/calendar/{secret}.ics")
    assert read.status_code == 200
    assert read.headers["content-type"].startswith("text/calendar")
    assert "SUMMARY:P-1001: " in read.text
    assert "ZQ" not in read.text
    async with transaction(world.service.sessions) as session:
        newer = await calendar_addresses.make(session, dudley("w-sw"), world.clock.now())
    assert (await calendars.get(f"/calendar/{secret}.ics")).status_code == 404
    assert (await calendars.get(f"/calendar/{newer}.ics")).status_code == 200
    async with transaction(world.service.sessions) as session:
        await calendar_addresses.revoke(session, dudley("w-sw"))
    assert (await calendars.get(f"/calendar/{newer}.ics")).status_code == 404


async def test_a_calendar_shows_no_visit_that_nobody_may_expect(world: World, calendars: httpx2.AsyncClient) -> None:
    async with transaction(world.service.sessions) as session:
        secret = await calendar_addresses.make(session, dudley("w-kp"), world.clock.now())
    await world.receive("role.assigned", role="key_professional", person="w-kp")
    await world.receive("visits.agreed", id="v", by_role="key_professional", every="1 weeks", announced=True)
    assert "P-1001: " in (await calendars.get(f"/calendar/{secret}.ics")).text
    await world.receive("event.withdrawn", event="v", reason="slip")
    await world.receive("visits.agreed", by_role="key_professional", every="1 weeks", announced=False)
    assert "P-1001: " not in (await calendars.get(f"/calendar/{secret}.ics")).text


# --------------------------------------------------------------------------------------------------------- figures


async def test_the_figures_of_an_authority_count_what_happened_there(texted: World) -> None:
    await texted.receive("check_in.replied", person="f-mum", text="1", at=texted.now_text())
    await breach(texted)
    await texted.advance(minutes=10)
    await texted.receive("alert.acknowledged", alert="b-1", by="w-tm")
    await texted.receive("alert.closed", alert="b-1", by="w-tm", outcome="dealt with")
    await texted.receive("action.agreed", ref="A-1", what="x", who="w-sw", due_on="2026-01-06")
    await texted.advance(hours=24 * 3)
    async with reading(texted.service.sessions) as session:
        figures = await authority_figures(session, book(), texted.clock.now(), "dudley")
        nobodys = await authority_figures(session, book(), texted.clock.now(), "bradford")
    assert {(share.label, share.good, share.total) for share in figures.by_team} == {
        ("w-tm", sum(share.good for share in figures.by_kind), sum(share.total for share in figures.by_kind))
    }
    assert sum(bucket.number for bucket in figures.ages) >= 1
    assert figures.median_wait == 10
    assert (figures.answered[0].good, figures.answered[0].total) == (1, 1)
    assert {count.person for count in figures.messages} >= {"w-sw"}
    assert "f-mum" not in {count.person for count in figures.messages}
    assert (nobodys.by_kind, nobodys.messages, nobodys.answered) == ((), (), ())
