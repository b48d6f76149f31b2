"""What the pages show, put together from what is stored; nothing here decides anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service.domain.calendar import Calendar
from service.domain.obligations.obligation import Obligation, Status
from service.domain.policy import PolicyBook
from service.domain.telling.wording import rule_of

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Duty:
    """An obligation as a row of a table."""

    label: str
    about: str | None
    status: str
    due_on: date
    act_by: date
    days_late: int
    role: str
    person: str | None
    met_on: date | None
    basis: str
    asks: str
    source: str


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan as a row of the list."""

    id: str
    authority: str
    initials: str
    route: str
    risk: str | None
    late: int
    open: int
    next: Duty | None
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class Entry:
    """Something on a plan's timeline: an event, a message, what was held back, or a problem."""

    at: datetime
    kind: str
    title: str
    detail: str = ""
    colour: str = ""
    link: str | None = None
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """A bottom line that was crossed and about which something is still to be sent."""

    plan: str
    event: str
    at: datetime
    waiting_for: tuple[tuple[str, str, str], ...]  # role, id and name of who may take hold of it


def duty(one: Obligation, book: PolicyBook, names: Names, today: date) -> Duty:
    """One obligation as it is read; `days_late` counts working days since its due day."""
    rule = rule_of(book, one)
    policy = book.in_force(one.rule.split(".", 1)[0], one.opened_on)
    late = Calendar().working_days_between(one.due_on, today) if one.status is Status.OVERDUE else 0
    return Duty(
        label=rule.label[:1].upper() + rule.label[1:],
        about=names.get(one.about or ""),
        status=one.status.value,
        due_on=one.due_on,
        act_by=one.act_by,
        days_late=late,
        role=one.responsible_role,
        person=names.get(one.responsible or ""),
        met_on=one.met_on,
        basis=one.basis,
        asks=rule.asks,
        source=f"{policy.document.title}, section {rule.source.section}",
    )


def plan_line(opening: Mapping[str, Any], duties: Sequence[Duty], ended_on: date | None) -> PlanLine:
    """A plan, by the event that opened it, and what is still to be done on it; `duties` are its live ones."""
    data = opening["data"]
    ordered = sorted(duties, key=lambda one: (one.act_by, one.due_on))
    return PlanLine(
        id=str(opening["subject"]),
        authority=str(data["authority"]),
        initials=str(data["child"]["initials"]),
        route=str(data["route"]),
        risk=data.get("risk"),
        late=sum(one.status == "overdue" for one in duties),
        open=len(duties),
        next=ordered[0] if ordered else None,
        ended_on=ended_on,
    )
