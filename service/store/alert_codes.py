"""The codes by which alerts are acknowledged in texts: for each person and alert six digits, drawn by chance."""

import secrets
from collections.abc import Collection
from dataclasses import astuple, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import upsert
from service.domain.own_id import OwnId
from service.store.alert_tables import alert_code as codes
from service.store.chunks import own_chunks

# After so many wrong ones no code from that number is taken for that alert: the link, page and command stay open.
MOST_WRONG = 5
LENGTH = 6


@dataclass(frozen=True, slots=True)
class Alerted:
    """A person who is alerted about a breach on a plan; `breach` is its uid."""

    authority: str
    plan: str
    breach: str
    person: str


@dataclass(frozen=True, slots=True)
class AlertCode:
    """A person's code for an alert, and how many wrong ones came from that person's number."""

    alerted: Alerted
    code: str
    wrong: int


async def code_for(session: AsyncSession, alerted: Alerted, now: datetime) -> str:
    """The person's code for the alert: drawn once, then always the same."""
    taken = {other.code for other in await of_persons(session, [OwnId(alerted.authority, alerted.person)])}
    code = next(code for code in iter(_draw, "") if code not in taken)
    values = {**_columns(alerted), "code": code, "wrong": 0, "at": now}
    await session.execute(upsert(session, codes).values(values).on_conflict_do_nothing())
    return str(await session.scalar(select(codes.c.code).where(*_is(alerted))))


async def of_persons(session: AsyncSession, persons: Collection[OwnId]) -> list[AlertCode]:
    """The codes of these persons, of each authority the newest first."""
    rows: list[AlertCode] = []
    for authority, chunk in own_chunks(persons):
        newest = await session.execute(_OF_PERSONS, {"persons": chunk, "authority": authority})
        rows += [AlertCode(Alerted(*row[:4]), row.code, row.wrong) for row in newest]
    return rows


async def count_wrong(session: AsyncSession, alerted: Alerted) -> int:
    """Count a wrong code. Returns how many there were by now."""
    counted = update(codes).where(*_is(alerted)).values(wrong=codes.c.wrong + 1).returning(codes.c.wrong)
    return int(await session.scalar(counted) or 0)


def _draw() -> str:
    return f"{secrets.randbelow(10**LENGTH):0{LENGTH}d}"


def _columns(alerted: Alerted) -> dict[str, str]:
    return dict(zip(("authority", "plan", "breach", "person"), astuple(alerted), strict=True))


def _is(alerted: Alerted) -> list[ColumnElement[bool]]:
    return [codes.c[name] == value for name, value in _columns(alerted).items()]


_COLUMNS = (codes.c.authority, codes.c.plan, codes.c.breach, codes.c.person, codes.c.code, codes.c.wrong)
# Built once: building this statement takes longer than running it.
_OF_PERSONS = (
    select(*_COLUMNS)
    .where(codes.c.person.in_(bindparam("persons", expanding=True)), codes.c.authority == bindparam("authority"))
    .order_by(codes.c.at.desc(), codes.c.code)
)
