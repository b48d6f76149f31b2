"""What Prometheus and Grafana are told to ask for is there; and figures carry nothing that could name anybody."""

import json
import re

import httpx2
import pytest
import yaml
from sqlalchemy import update

from config.database import transaction
from service.store.tables import pull
from tests.architecture.tree import ROOT
from tests.world import World

FOLDER = ROOT / "docs" / "monitoring"
RULES = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]
PANELS = json.loads((FOLDER / "dashboard.json").read_text())["panels"]
ASKED = [rule["expr"] for rule in RULES] + [panel["targets"][0]["expr"] for panel in PANELS]


async def exported(world: World, http: httpx2.AsyncClient) -> set[str]:
    """The names of all that is exported, also of what has no value yet."""
    return set(re.findall(r"^# TYPE (\w+)", (await http.get("/metrics")).text, re.MULTILINE))


async def test_every_figure_that_they_name_is_exported(world: World, http: httpx2.AsyncClient) -> None:
    from service.sentinel.keep import beat

    async with transaction(world.service.sessions) as session:
        await beat(session, "sentinel-1", world.clock.now(), world.clock.now())
    named = {name for asked in ASKED for name in re.findall(r"\bplanwatch_\w+", asked)}
    assert named - await exported(world, http) == set()
    assert len(named) > 20


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_it_means_and_what_to_do(rule: dict[str, dict[str, str]]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert all(len(rule["annotations"][part]) > 30 for part in ("summary", "runbook"))


def test_every_code_that_an_alert_asks_for_is_one_of_the_auditors() -> None:
    from service.sentinel.codes import CODES

    found = [code for asked in ASKED for codes in re.findall(r'code=~?"([^"]+)"', asked) for code in codes.split("|")]
    assert found != []
    assert set(found) <= set(CODES)


async def test_no_label_names_a_plan_or_a_person(world: World, http: httpx2.AsyncClient) -> None:
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    await world.advance(minutes=31)
    text = (await http.get("/metrics")).text
    assert re.findall(r"P-1001|w-\w+|\+?447700|example\.org|Name of", text) == []
    assert 'planwatch_hand_over_last_hour{lane="urgent",le="5"}' in text


async def test_an_urgent_message_that_waits_is_seen_by_its_age(world: World, http: httpx2.AsyncClient) -> None:
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    world.clock.advance(seconds=75)
    assert 'planwatch_oldest_due_seconds{lane="urgent"} 75.0' in (await http.get("/metrics")).text


async def test_a_provider_that_was_never_asked_is_infinitely_behind(world: World, http: httpx2.AsyncClient) -> None:
    async with transaction(world.service.sessions) as session:
        await session.execute(pull.insert().values(provider="twilio"))
    assert 'planwatch_pull_age_seconds{provider="twilio"} +Inf' in (await http.get("/metrics")).text
    async with transaction(world.service.sessions) as session:
        await session.execute(update(pull).values(covered_until=world.clock.now()))
    assert 'planwatch_pull_age_seconds{provider="twilio"} 0.0' in (await http.get("/metrics")).text
