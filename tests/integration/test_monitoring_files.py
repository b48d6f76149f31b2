"""What Prometheus and Grafana are told to ask for is there; and figures carry nothing that could name anybody."""

import json
import re
from datetime import timedelta

import httpx2
import pytest
import yaml
from sqlalchemy import select, update

from config.database import transaction
from notifications.tables import message
from service.api.metrics import Metrics
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


async def test_what_is_slow_to_find_is_found_anew_beside_the_scrapes(world: World) -> None:
    passed = [0.0]
    figures = Metrics(world.service, lambda: passed[0])
    assert b"planwatch_plans 1.0" in await figures.text()
    await world.open_plan("P-2002")
    passed[0] = 59.0
    assert b"planwatch_plans 1.0" in await figures.text()
    passed[0] = 61.0
    assert b"planwatch_plans 1.0" in await figures.text()  # it does not wait
    while b"planwatch_plans 2.0" not in await figures.text():
        pass


async def test_messages_are_counted_for_an_hour(world: World, http: httpx2.AsyncClient) -> None:
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    world.clock.advance(minutes=59)
    assert 'planwatch_messages_last_hour{channel="sms",purpose="alert"' in (await http.get("/metrics")).text
    world.clock.advance(minutes=2)
    assert "planwatch_messages_last_hour{" not in (await http.get("/metrics")).text


async def test_each_hand_over_is_in_the_buckets_that_it_took(world: World, http: httpx2.AsyncClient) -> None:
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    async with transaction(world.service.sessions) as session:
        ids = sorted(await session.scalars(select(message.c.id)))
        for name, took in zip(ids, (1.0, 1.01, 60.0, 3601.0), strict=True):
            ended = {
                "state": "sent",
                "next_attempt_at": None,
                "settled_at": world.clock.now() + timedelta(seconds=took),
            }
            await session.execute(update(message).where(message.c.id == name).values(**ended))
    text = (await http.get("/metrics")).text
    found = dict(re.findall(r'hand_over_last_hour\{lane="urgent",le="([^"]+)"\} (\d)', text))
    assert [found[limit] for limit in ("1", "2", "30", "60", "3600", "+Inf")] == ["1", "2", "2", "3", "3", "4"]
    assert 'planwatch_hand_over_last_hour{lane="routine",le="+Inf"} 0.0' in text


async def test_what_is_not_urgent_is_in_time_from_its_own_moment_on(world: World, http: httpx2.AsyncClient) -> None:
    await world.receive("bottom_line.breached", bottom_line="x", at=world.now_text())
    now = world.clock.now()
    ended = {"urgent": False, "state": "sent", "next_attempt_at": None, "settled_at": now + timedelta(seconds=62)}
    async with transaction(world.service.sessions) as session:
        await session.execute(update(message).values(**ended, at=now + timedelta(seconds=60)))
    assert 'planwatch_hand_over_last_hour{lane="routine",le="2"} 4.0' in (await http.get("/metrics")).text
