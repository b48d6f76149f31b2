"""The values that the pages show, made from what is stored; nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service.domain.calendar import OPEN_ENDED
from service.domain.obligations.obligation import Obligation, Status
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.wording import rule_of

Names = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ObligationRow:
    """An obligation as a row of a table."""

    label: str
    about: str | None
    status: str
    due_on: date | None  # None: due before another fact, which has not come
    act_by: date | None
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
    next: ObligationRow | None
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An entry on a plan's timeline: an event, a message, a message held back, or a problem."""

    at: datetime
    kind: str
    title: str
    detail: str = ""
    colour: str = ""
    link: str | None = None
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """A breach of a bottom line about which messages are still to be sent."""

    plan: str
    event: str
    at: datetime
    waiting_for: tuple[tuple[str, str, str], ...]  # role, id and name of each person who has still to acknowledge it


def obligation_row(obligation: Obligation, book: PolicyBook, names: Names, today: date) -> ObligationRow:
    """The row of an obligation; `days_late` counts its council's working days since its due day."""
    rule = rule_of(book, obligation)
    authority = obligation.rule.split(".", 1)[0]
    policy = book.in_force(authority, obligation.opened_on)
    calendar = book.in_force(authority, today).calendar
    overdue = obligation.status is Status.OVERDUE
    return ObligationRow(
        label=rule.label[:1].upper() + rule.label[1:],
        about=names.get(obligation.about or ""),
        status=obligation.status.value,
        due_on=obligation.due_on if obligation.has_day else None,
        act_by=obligation.act_by if obligation.has_day else None,
        days_late=calendar.working_days_between(obligation.due_on, today) if overdue else 0,
        role=obligation.responsible_role,
        person=names.get(obligation.responsible or ""),
        met_on=obligation.met_on,
        basis=obligation.basis,
        asks=rule.asks,
        source=policy.origin(rule.source),
    )


def plan_line(
    plan: OwnId, opening: Mapping[str, Any], live: Sequence[ObligationRow], ended_on: date | None
) -> PlanLine:
    """The line of a plan, from the event that opened it and the rows of its live obligations."""
    data = opening["data"]
    ordered = sorted(live, key=lambda row: (row.act_by or OPEN_ENDED, row.due_on or OPEN_ENDED))
    return PlanLine(
        id=plan.id,
        authority=plan.authority,
        initials=str(data["child"]["initials"]),
        route=str(data["route"]),
        risk=data.get("risk"),
        late=sum(row.status == "overdue" for row in live),
        open=len(live),
        next=ordered[0] if ordered else None,
        ended_on=ended_on,
    )
