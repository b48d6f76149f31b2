"""What explains an email about events that look like slips, which belong to no plan's obligations."""

from config.database import reading
from notifications.outbox import outbox
from service.use_cases.looks.explain_message import reasons_of
from tests.databases import ON_SQLITE
from tests.world import World, book


@ON_SQLITE
async def test_each_event_is_explained_with_what_is_wrong_with_it(world: World) -> None:
    await world.receive("absence.recorded", "w-sw", id="a-1", from_="2026-01-06", until="2062-01-07")
    await world.receive("action.completed", id="c-1", ref="none")
    await world.until("2026-01-06T10:00")
    async with reading(world.service.sessions) as session:
        (row,) = await outbox.recent(session, person="w-config")
        reasons = await reasons_of(session, book(), row.message)
    assert [reason.heading for reason in reasons] == ["absence.recorded a-1", "P-1001: action.completed c-1"]
    assert [dict(reason.lines)["Problem"] for reason in reasons] == [
        "absence.recorded a-1: data.until lies more than two years ahead; check the year",
        "action.completed c-1: data.ref names an action that nothing is known of",
    ]
