"""How an alert stands: who comes next, as it will be told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from notifications.message import Message
from service.domain.facts import Facts
from service.domain.policy import PolicyBook
from service.domain.telling.alert_state import next_alerts, states
from service.domain.telling.records import Ledger
from service.files.policy_files import load_policy
from service.simulation import Simulation
from tests.unit.domain.builders import at, cast, clock, directory, fact, flat, parsed, plan_opened

EVENTS = flat(
    cast(),
    plan_opened("2026-11-02"),
    [fact("2027-02-11T10:00", "bottom_line.breached", eid="b1", bottom_line="bl-1", at="2027-02-11T10:00:00Z")],
)


@pytest.mark.parametrize("minutes", [30, 45])
def test_who_comes_next_and_when_is_what_is_told_then(tmp_path: Path, minutes: int) -> None:
    policy = tmp_path / "dudley.yaml"
    policy.write_text(f"extends: dudley\nauthority: dudley\nbottom_line: {{again_every_minutes: {minutes}}}\n")
    book, now = PolicyBook([load_policy(policy)]), at("2027-02-11T10:05")
    told = [one for one in Simulation(book).run(parsed(EVENTS), date(2027, 2, 11)) if isinstance(one, Message)]
    after = {(clock(one.at), one.role, one.person) for one in told if one.purpose == "alert" and one.at > now}
    facts = Facts.of([one for one in parsed(EVENTS) if one.subject == "P-1"], directory(EVENTS), now.date())
    assert facts is not None
    [alert] = states(book, facts, Ledger(), at("2027-02-11T10:00"))
    following = [(clock(coming.at), coming.role, coming.person) for coming in next_alerts(alert, now)]
    assert len(following) == 4
    assert set(following) <= after
    assert f"2027-02-11 10:{minutes}" in {moment for moment, role, _ in following if role == "hub_service_manager"}
