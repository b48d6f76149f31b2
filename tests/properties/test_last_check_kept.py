"""What a process keeps of facts never lets a message through, or holds one back, that the facts as they stand do not.

Whatever is accepted between the decision and the sending, the last check of a process that has kept events, people and
facts says what that of a new process says.
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.database import reading
from notifications.message import Decision, Hold, OutboxRow, Send
from notifications.outbox import outbox
from service.domain import facts
from service.domain.events import as_stored
from service.domain.events.event_types import EVENT_TYPES
from service.domain.obligations import openings
from service.domain.people import directory, plan_roles
from service.domain.telling import slips
from service.use_cases.delivery.check_message import MessageCheck
from service.use_cases.looks import people_around
from service.use_cases.looks.look_at_due import look_at_due
from tests.examples import examples
from tests.hostile.extremes import of_type
from tests.properties.histories import FAMILY, LONDON, Raw, history
from tests.world import World

SOME = settings(max_examples=examples(1, 100), deadline=None, suppress_health_check=list(HealthCheck), database=None)
FEW = 200  # answers, of which none need have changed
LATER = timedelta(days=3)
Answer = tuple[object, ...]


def forget() -> None:
    """Have this process keep no more than a new one has."""
    as_stored.event_in.cache_clear()
    people_around._directory_of.cache_clear()
    for kept in (facts._of_few, facts._of_many, plan_roles._kept, directory._known, directory._tenure):
        kept.cache_clear()
    openings._latest.clear()
    slips._faultless.clear()


def plain(decision: Decision) -> Answer:
    """What a decision comes to. The code of an alert, which its words hold, is drawn anew each time."""
    match decision:
        case Send():
            return "send", decision.person, decision.address, decision.language, str(decision.context.get("items"))
        case Hold():
            return "hold", decision.reason
        case _:
            return "later", decision.at


async def answers(world: World, rows: Sequence[OutboxRow]) -> list[Answer]:
    """What the last check says now of these as one claim. Nothing of it is kept in the database."""
    async with reading(world.service.sessions) as session:
        return [plain(decision) for decision in await MessageCheck(world.service.book, world.clock)(session, rows)]


async def rows_of(world: World) -> list[OutboxRow]:
    """All messages that were decided, whatever became of them."""
    async with reading(world.service.sessions) as session:
        return await outbox.recent(session, limit=200)


async def take(world: World, raw: Raw) -> None:
    """Take an event in at its moment, and look at what is due; nothing is handed over."""
    world.clock.set(max(world.clock.now(), datetime.fromisoformat(str(raw["time"])).astimezone(LONDON)))
    await world.service.receive([raw])
    while await look_at_due(world.service.sessions, world.service.book, world.clock.now(), 10):
        pass


async def compare(world: World) -> list[Answer]:
    """The answers of the process as it is, which are those of a new one."""
    rows = await rows_of(world)
    kept = await answers(world, rows)
    forget()
    assert kept == await answers(world, rows)
    return kept


async def run(database: str, chance: random.Random) -> tuple[int, int]:
    """How many answers changed while a history and one event of each type came in, and how many there were."""
    raws = sorted(history(chance), key=lambda raw: datetime.fromisoformat(str(raw["time"])))
    world = await World.open(database, f"{raws[0]['time']}"[:16])
    changed = number = 0
    try:
        authority = next(str(data["authority"]) for raw in raws if "authority" in (data := mapping(raw["data"])))
        for raw in raws[:-3]:
            await take(world, raw)
        world.clock.set(world.clock.now() + LATER)
        extremes = [of_each(chance, kind, place, authority) for place, kind in enumerate(sorted(EVENT_TYPES))]
        before = await compare(world)
        for raw in [*raws[-3:], *chance.sample(extremes, len(extremes))]:
            await world.service.receive([raw | {"time": world.clock.now().isoformat()}])
            after = await compare(world)
            changed += before != after
            number += len(after)
            before = after
    finally:
        await world.close()
    return changed, number


def of_each(chance: random.Random, kind: str, number: int, authority: str) -> Raw:
    """An event of a type, about a plan and people of the history."""
    drawn = json.dumps(of_type(chance, kind, number, authority))
    return dict(json.loads(drawn.replace('"f-1"', f'"{chance.choice(FAMILY)}"')))


def mapping(value: object) -> Mapping[str, object]:
    """The same, as a mapping."""
    assert isinstance(value, Mapping)
    return value


@pytest.mark.timeout(examples(600, 3_600))
@SOME
@given(st.integers(0, 2**32).map(random.Random))
def test_what_is_kept_decides_as_what_is_read_anew(
    migrated_file: Path, tmp_path_factory: pytest.TempPathFactory, chance: random.Random
) -> None:
    file = tmp_path_factory.mktemp("kept") / "planwatch.db"
    shutil.copy(migrated_file, file)
    changed, number = asyncio.run(run(f"sqlite+aiosqlite:///{file}", chance))
    assert number
    assert changed or number < FEW
