"""What commands print for programs: one JSON object a line, with the fields of the contract where it has them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping

from service.domain.calendar import WEEKDAYS, iso_local
from service.domain.obligations.obligation import Obligation
from service.domain.telling.alert_state import AlertState
from service.domain.telling.check_ins import CheckInSeries
from service.domain.telling.records import Problem, Withheld

Record = Mapping[str, object]


def write_records(records: Iterable[Record]) -> None:
    """Print records on standard output."""
    for record in records:
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")


def obligation_record(obligation: Obligation) -> Record:
    """What is owed, as it stands."""
    return {
        "record": "obligation",
        "authority": obligation.authority,
        "plan": obligation.plan,
        "kind": obligation.kind,
        "rule": obligation.rule,
        "basis": obligation.basis,
        "about": obligation.about,
        "from_event": obligation.from_event,
        "opened_on": obligation.opened_on.isoformat(),
        "due_on": obligation.due_on.isoformat() if obligation.has_day else None,
        "act_by": obligation.act_by.isoformat() if obligation.has_day else None,
        "responsible_role": obligation.responsible_role,
        "responsible": obligation.responsible,
        "status": obligation.status.value,
        "met_on": obligation.met_on.isoformat() if obligation.met_on else None,
        "met_by": obligation.met_by,
        **({"due_at": iso_local(obligation.due_at)} if obligation.due_at is not None else {}),
    }


def withheld_record(withheld: Withheld) -> Record:
    """What was held back, and why."""
    return {
        "record": "withheld", "at": iso_local(withheld.at), "authority": withheld.authority, "plan": withheld.plan,
        "to": withheld.to, "purpose": withheld.purpose, "reason": withheld.reason,
    }  # fmt: skip


def problem_record(problem: Problem) -> Record:
    """What a person has to mend."""
    return {
        "record": "problem", "at": iso_local(problem.at), "authority": problem.authority, "plan": problem.plan,
        "code": problem.code, "detail": problem.detail,
    }  # fmt: skip


def alert_record(alert: AlertState) -> Record:
    """An alert about a crossed bottom line; `at` is when it was crossed."""
    rungs = [
        {
            "role": rung.role, "person": rung.person, "alerted_from": iso_local(rung.alerted_from),
            "acknowledged_at": iso_local(rung.acknowledged_at) if rung.acknowledged_at else None,
        }
        for rung in alert.rungs
    ]  # fmt: skip
    at, state = iso_local(alert.crossed_at), "closed" if alert.closed else "settled" if alert.settled else "open"
    named = {"authority": alert.authority, "plan": alert.plan, "alert": alert.breach}
    return {"record": "alert", "at": at, **named, "state": state, "rungs": rungs}


def check_in_record(series: CheckInSeries, authority: str) -> Record:
    """The check-ins agreed with one person; `until` is the first day without one."""
    return {
        "record": "check_in", "authority": authority, "plan": series.plan, "check_in": series.started.id,
        "person": series.person, "days": [day for day in WEEKDAYS if day in series.days],
        "at": f"{series.at:%H:%M}", "from": series.first_day.isoformat(),
        "until": series.ends_before.isoformat() if series.ends_before else None,
    }  # fmt: skip
