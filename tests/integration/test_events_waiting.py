"""What waits for an introduction is a problem that people see, until the introduction comes."""

import json
from pathlib import Path

import httpx2

from config.database import reading
from service.domain.telling.records import Problem
from service.store import problems
from tests.integration.service_process import Places, event
from tests.world import World


async def waiting(world: World) -> list[Problem]:
    async with reading(world.service.sessions) as session:
        return [one for one in await problems.recent(session) if one.code == "not_introduced"]


async def test_an_event_about_an_unknown_plan_is_a_problem_of_that_plan(world: World) -> None:
    await world.receive("visit.recorded", "P-2002", id="v-1", by="w-sw")
    (one,) = await waiting(world)
    assert (one.key, one.plan, one.detail) == ("waiting|/dudley/test#v-1", "P-2002", "visit.recorded v-1")


async def test_a_decision_about_an_unknown_person_is_a_problem_of_no_plan(world: World) -> None:
    await world.receive("contact.decided", "f-nan", id="d-1", decision="allow", decided_by="w-tm")
    assert [(one.plan, one.detail) for one in await waiting(world)] == [(None, "contact.decided d-1")]


async def test_sent_again_it_is_the_same_problem(world: World) -> None:
    one = world.event("visit.recorded", "P-2002", id="v-1", by="w-sw")
    await world.service.receive([one])
    await world.service.receive([one])
    assert len(await waiting(world)) == 1


async def test_the_introduction_mends_it(world: World) -> None:
    await world.receive("visit.recorded", "P-2002", id="v-1", by="w-sw")
    await world.open_plan("P-2002")
    assert await waiting(world) == []


async def test_several_introductions_in_one_batch_mend_what_waits_for_each(world: World) -> None:
    people = ("f-nan", "f-aunt")
    for person in people:
        await world.receive("contact.decided", person, decision="allow", decided_by="w-tm")
    assert len(await waiting(world)) == len(people)
    await world.service.receive([world.person(person, "family") for person in people])
    assert await waiting(world) == []


async def test_what_waits_for_two_is_mended_by_the_second_alone(world: World) -> None:
    await world.receive("check_ins.started", "P-2002", people=["f-nan"], days=["mon"], at="10:00")
    await world.receive("role.assigned", "P-2002", role="parent", person="f-nan")
    await world.open_plan("P-2002")
    before = len(await waiting(world))
    await world.service.receive([world.person("f-nan", "family")])
    assert (before > 0, await waiting(world)) == (True, [])


async def test_readyz_counts_what_waits_and_is_ready_all_the_same(world: World, http: httpx2.AsyncClient) -> None:
    await world.receive("visit.recorded", "P-2002", by="w-sw")
    answer = await http.get("/readyz")
    assert (answer.status_code, answer.json()["events_waiting"]) == (200, 1)


async def test_the_doctor_says_how_many_wait_since_when_and_for_what(tmp_path: Path) -> None:
    places = Places(tmp_path)
    (tmp_path / "early.jsonl").write_text(json.dumps(event("visit.recorded", "P-9", "e-1", by="w-sw")) + "\n")
    await places.run("ingest", str(tmp_path / "early.jsonl"))
    out = (await places.run("doctor"))[1]
    assert "1 event waits since" in " ".join(out.split())
    assert "1 for a plan" in " ".join(out.split())
