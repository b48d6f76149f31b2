"""Tokens: shown once, kept as a hash, of use until they end, and named by what they brought."""

import asyncio
from datetime import date

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from config.database import metadata, reading, transaction
from notifications.outbox import outbox
from service.api.application import make_application
from service.store import tokens
from service.store.tables import event
from service.store.tokens import Token
from service.use_cases.intake.check_token import check_token, note_token
from service.use_cases.intake.create_token import NewToken, TokenError, UnknownAuthorityError, create_token
from service.use_cases.looks.explain_message import reasons_of
from tests.databases import ON_SQLITE
from tests.world import World, book

pytestmark = pytest.mark.both_databases


async def made(world: World, name: str | None = None, ends_on: date | None = None) -> NewToken:
    return await create_token(world.service.sessions, book(), "dudley", world.clock.now(), name, ends_on)


async def check(world: World, token: NewToken) -> Token | None:
    checked = await check_token(world.service.sessions, token.secret)
    if checked is not None:
        await note_token(world.service.sessions, checked, world.clock.now())
    return checked


async def kept(world: World, name: str) -> Token:
    async with reading(world.service.sessions) as session:
        return next(token for token in await tokens.everything(session) if token.name == name)


async def post(world: World, token: NewToken, event_id: str = "v-1", app: FastAPI | None = None) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=app or make_application(world.service))
    headers = {"Authorization": f"Bearer {token.secret}", "Content-Type": "application/cloudevents+json"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=headers) as client:
        return await client.post("/v1/events", json=world.event("visit.recorded", id=event_id, by="w-sw"))


@ON_SQLITE
async def test_a_token_that_floods_leaves_others_a_turn_at_the_database(world: World) -> None:
    answered: list[str] = []

    async def submit(token: str, event_id: str) -> None:
        await world.service.receive([world.event("visit.recorded", id=event_id, by="w-sw")], "dudley", token=token)
        answered.append(event_id)

    floods = [submit("floods", f"v-{number}") for number in range(200)]
    await asyncio.gather(*floods, submit("other", "w-1"))
    # Two transactions of the one that floods come first, of sixteen requests each, and not all that waits.
    assert answered.index("w-1") < 50


async def test_a_token_stands_for_its_authority_until_it_is_revoked(world: World) -> None:
    token = await made(world, "case-system")
    checked = await check(world, token)
    assert checked is not None
    assert (checked.name, checked.authority, checked.is_good(world.clock.now())) == ("case-system", "dudley", True)
    async with transaction(world.service.sessions) as session:
        assert await tokens.revoke(session, token.name, world.clock.now())
        assert not await tokens.revoke(session, token.name, world.clock.now())
    assert (await post(world, token)).status_code == 401


async def test_a_token_is_good_to_the_end_of_its_last_day_and_then_says_so(world: World) -> None:
    token = await made(world, "case-system", date(2026, 1, 6))  # it is the 5th, 09:00
    await world.advance(hours=38, minutes=59)
    assert (await post(world, token)).status_code == 202
    await world.advance(minutes=1)
    answer = await post(world, token)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "case-system has ended" in answer.json()["detail"]


async def test_an_event_says_which_token_brought_it(world: World) -> None:
    token = await made(world, "case-system")
    await world.receive("visit.recorded", id="from-here", by="w-sw")
    answer = await post(world, token, "v-1")
    assert answer.status_code == 202
    async with reading(world.service.sessions) as session:
        rows = {row.id: row.token for row in await session.execute(select(event.c.id, event.c.token))}
    assert (rows["v-1"], rows["from-here"]) == ("case-system", None)


async def test_the_reason_of_a_message_says_which_token_brought_its_event(world: World) -> None:
    breach = world.event("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    await world.service.receive([breach], "dudley", token="case-system")
    async with reading(world.service.sessions) as session:
        [alert, *_] = await outbox.recent(session)
        [reason] = await reasons_of(session, book(), alert.message)
    assert reason.lines[-1] == ("Brought by", "token case-system")


async def test_a_use_is_noted_once_in_ten_minutes_and_one_after_the_end_apart(world: World) -> None:
    token = await made(world, "case-system", date(2026, 1, 5))
    first_use = world.clock.now()
    await check(world, token)
    world.clock.advance(minutes=9)
    await check(world, token)
    assert (await kept(world, "case-system")).used_at == first_use
    world.clock.advance(minutes=1)
    await check(world, token)
    second_use = world.clock.now()
    world.clock.advance(hours=24)
    await check(world, token)
    noted = await kept(world, "case-system")
    assert (noted.used_at, noted.refused_at) == (second_use, world.clock.now())


async def test_only_a_hash_is_kept(world: World) -> None:
    token = await made(world)
    async with reading(world.service.sessions) as session:
        rows = [str((await session.execute(select(table))).all()) for table in metadata.sorted_tables]
    assert any(token.name in row for row in rows)
    assert not any(token.secret in row for row in rows)


@ON_SQLITE
async def test_an_unknown_authority_gets_none(world: World) -> None:
    with pytest.raises(UnknownAuthorityError, match=r"known are .*dudley"):
        await create_token(world.service.sessions, book(), "nowhere", world.clock.now())


@ON_SQLITE
@pytest.mark.parametrize("name", ["", "a b", "-a", "a\nb", "zoë", "a" * 41])
async def test_a_name_stands_in_logs_and_keeps_to_a_few_signs(world: World, name: str) -> None:
    with pytest.raises(TokenError, match="no name of a token"):
        await made(world, name)


@ON_SQLITE
async def test_a_name_is_of_one_token_for_good_and_an_end_is_still_to_come(world: World) -> None:
    await made(world, "case-system")
    async with transaction(world.service.sessions) as session:
        await tokens.revoke(session, "case-system", world.clock.now())
    with pytest.raises(TokenError, match="choose another name"):
        await made(world, "case-system")
    with pytest.raises(TokenError, match="has passed"):
        await made(world, "other", date(2026, 1, 4))
