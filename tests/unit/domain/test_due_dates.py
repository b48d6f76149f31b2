"""Every rule of every council has its line, and keeps to it."""

from __future__ import annotations

import pytest

from tests.unit.domain.builders import book
from tests.unit.domain.due_dates import COUNCILS, LINES, Line, alert_faults, faults, hour_faults


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.rule)
def test_each_rule_is_due_when_the_contract_says(line: Line) -> None:
    assert faults(book(), line) == []


@pytest.mark.parametrize("authority", COUNCILS)
def test_a_bottom_line_climbs_as_the_contract_says(authority: str) -> None:
    assert alert_faults(book(), authority) == []


@pytest.mark.parametrize("authority", COUNCILS)
def test_routine_messages_wait_for_the_contracts_hours(authority: str) -> None:
    assert hour_faults(book(), authority) == []


def test_no_rule_is_without_its_line() -> None:
    rules = {name for authority in book().authorities for name in book().versions(authority)[-1].by_name}
    assert rules == {line.rule for line in LINES}
