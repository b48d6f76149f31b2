"""What was withheld is kept as it was first recorded, each authority's by itself."""

from dataclasses import replace
from functools import partial

from config.database import reading, transact
from notifications.message import Purpose
from service.domain.own_id import OwnId
from service.domain.telling.records import Withheld
from service.store import withheld
from tests.world import World


async def test_a_key_is_kept_once_in_its_authority(world: World) -> None:
    record = Withheld("k", world.clock.now(), "dudley", "P-1001", "f-1", Purpose.CHECK_IN, "opted_out")
    again, elsewhere = replace(record, reason="excluded"), replace(record, authority="bradford")
    for new in ([record, again], [again, elsewhere]):
        await transact(world.service.sessions, partial(withheld.add, new=new))
    async with reading(world.service.sessions) as session:
        kept = [await withheld.of_plan(session, OwnId(name, "P-1001")) for name in ("dudley", "bradford")]
    assert kept == [[record], [elsewhere]]
