"""Tokens: shown once, kept as a hash, of use until they are revoked."""

import pytest
from sqlalchemy import select

from config.database import metadata, reading, transaction
from service.store import tokens
from service.use_cases.intake.create_token import UnknownAuthorityError, create_token
from tests.world import World, book


async def authority_of(world: World, secret: str) -> str | None:
    async with reading(world.service.sessions) as session:
        return await tokens.authority_of(session, secret)


async def test_a_token_stands_for_its_authority_until_it_is_revoked(world: World) -> None:
    made = await create_token(world.service.sessions, book(), "dudley", world.clock.now())
    assert await authority_of(world, made.secret) == "dudley"
    async with transaction(world.service.sessions) as session:
        assert await tokens.revoke(session, made.id, world.clock.now())
        assert not await tokens.revoke(session, made.id, world.clock.now())
    assert await authority_of(world, made.secret) is None


async def test_only_a_hash_is_kept(world: World) -> None:
    made = await create_token(world.service.sessions, book(), "dudley", world.clock.now())
    async with reading(world.service.sessions) as session:
        kept = [str((await session.execute(select(table))).all()) for table in metadata.sorted_tables]
    assert any(made.id in rows for rows in kept)
    assert not any(made.secret in rows for rows in kept)


async def test_an_unknown_authority_gets_none(world: World) -> None:
    with pytest.raises(UnknownAuthorityError, match=r"known are .*dudley"):
        await create_token(world.service.sessions, book(), "nowhere", world.clock.now())
