"""A breach that waits for its plan in a database of before is alerted after the upgrade, and stays on record."""

import pytest
import sqlalchemy as sa

from config.database import make_engine
from service.store import schema
from service.store.tables import event, plan

_COLUMNS = ("source", "id", "type", "subject", "about", "time", "received_at", "raw", "fingerprint", "waiting")
_EVENT = sa.table("event", *(sa.column(name, event.c[name].type) for name in _COLUMNS))  # as it was then
_WAITING = sa.select(_EVENT).where(_EVENT.c.waiting)


@pytest.mark.both_databases
async def test_a_breach_that_waits_makes_its_plan_one_that_is_looked_at(database_of_before: str) -> None:
    engine = make_engine(database_of_before)
    async with engine.begin() as connection:
        for source, subject in (("/dudley/casework", "P-LOST"), ("/nowhere/casework", "P-ELSEWHERE")):
            row = (await connection.execute(_WAITING)).first()
            assert row is not None
            values = {**row._asdict(), "source": source, "id": "b-lost", "type": "bottom_line.breached"}
            raw = {**row.raw, "source": source, "id": "b-lost", "type": "bottom_line.breached", "subject": subject}
            raw["data"] = {"bottom_line": "x", "at": "2026-11-27T08:00:00+00:00"}
            await connection.execute(sa.insert(_EVENT).values({**values, "subject": subject, "raw": raw}))
    await schema.upgrade(engine)
    async with engine.connect() as connection:
        rows = await connection.execute(sa.select(plan.c.id, plan.c.authority, plan.c.awaited).where(plan.c.awaited))
        assert [tuple(found) for found in rows] == [("P-LOST", "dudley", True)]
        due = sa.select(plan.c.next_look).where(plan.c.id == "P-LOST")
        assert await connection.scalar(due) is not None
    await engine.dispose()
