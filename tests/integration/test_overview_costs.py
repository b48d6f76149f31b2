"""What the overviews read grows with what they show, and not with all that ever was."""

from sqlalchemy import event

from config.database import reading
from service.use_cases.overviews.open_alerts import open_alerts
from service.use_cases.overviews.standing_problems import standing_problems
from tests.databases import ON_SQLITE
from tests.world import HOLDERS, World, book, moment

PLANS = [f"P-20{number:02}" for number in range(4)]


async def asked(world: World) -> tuple[list[str], list[str], int]:
    """The plans with open alerts, the codes of standing problems, and how many statements showed them."""
    statements: list[str] = []
    async with reading(world.service.sessions) as session:
        connection = await session.connection()
        event.listen(
            connection.sync_connection, "before_cursor_execute", lambda *given: statements.append(str(given[2]))
        )
        alerts = await open_alerts(session, book(), world.clock.now())
        codes = [entry.problem.code async for entry in standing_problems(session, book(), world.clock.now())]
    return [alert.plan for alert in alerts], codes, len(statements)


@ON_SQLITE
async def test_alerts_that_have_ended_and_problems_that_were_mended_cost_nothing(world: World) -> None:
    *_, nothing = await asked(world)
    for plan in PLANS:
        await world.open_plan(plan)
        await world.receive("bottom_line.breached", plan, id=f"b-{plan}", bottom_line="x", at=world.now_text())
        await world.receive("meeting.held", plan, meeting="review", ref=f"m-{plan}", on=world.today(), chair="w-tm")
    alerts, codes, everything = await asked(world)
    assert (alerts, set(codes), len(codes)) == (PLANS, {"no_review_date"}, len(PLANS))
    for plan in PLANS:
        await world.receive("alert.closed", plan, alert=f"b-{plan}", by="w-tm", outcome="safe")
        await world.receive("review_date.set", plan, review_on="2026-02-20")
    alerts, codes, left = await asked(world)
    assert (alerts, codes) == ([], [])
    assert nothing <= left < nothing + 3 < everything


@ON_SQLITE
async def test_an_alert_is_shown_for_as_long_as_it_is_open_whoever_can_be_told(world: World) -> None:
    for person, role in HOLDERS.items():
        await world.receive("role.ended", None, authority="dudley", role=role, person=person)
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    for hours in (1, 30, 50):
        await world.advance(hours=hours)
        assert (await asked(world))[0] == ["P-1001"]
    await world.receive("plan.ended", reason="safe")
    assert (await asked(world))[0] == ["P-1001"]
    world.clock.set(moment("2026-02-20T10:20"))  # nobody has looked since
    assert (await asked(world))[0] == ["P-1001"]
