"""The names of people, for pages alone."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.own_id import OwnId
from service.store import events


async def names_of(session: AsyncSession, authority: str, ids: Collection[str]) -> dict[str, str]:
    """The names of an authority's persons by id, as recorded latest."""
    raws = await events.of_persons(session, {OwnId(authority, person) for person in ids})
    return {str(raw["subject"]): str(raw["data"]["name"]) for raw in raws if raw["type"] == "person.recorded"}
