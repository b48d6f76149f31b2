"""What people noted as dealt with: replies to check-ins, and problems."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert
from service.store.chunks import chunks
from service.store.page_tables import handling as handlings

Kind = Literal["reply", "problem"]
LONGEST_NOTE = 500  # letters


@dataclass(frozen=True, slots=True)
class Handling:
    """Who dealt with something, when (aware, UTC), and what was done."""

    key: str
    person: str
    at: datetime
    note: str


async def note(session: AsyncSession, authority: str, kind: Kind, plan: str | None, handled: Handling) -> None:
    """Note that something was dealt with. Whoever noted it before stays on record; a second note changes nothing."""
    row = {
        "authority": authority, "kind": kind, "key": handled.key, "plan": plan,
        "person": handled.person, "at": handled.at, "note": handled.note[:LONGEST_NOTE],
    }  # fmt: skip
    await session.execute(upsert(session, handlings).values(row).on_conflict_do_nothing())


async def of_keys(session: AsyncSession, authority: str, kind: Kind, keys: Collection[str]) -> dict[str, Handling]:
    """What was noted of these, by key."""
    noted: dict[str, Handling] = {}
    columns = (handlings.c.key, handlings.c.person, handlings.c.at, handlings.c.note)
    for chunk in chunks(keys):
        these = (handlings.c.authority == authority, handlings.c.kind == kind, handlings.c.key.in_(chunk))
        noted |= {row.key: Handling(*row) for row in await session.execute(select(*columns).where(*these))}
    return noted
