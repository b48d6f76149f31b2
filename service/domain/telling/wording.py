"""Dates, labels and lines as people read them; what a message says of an obligation, and nothing that names anybody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from service.domain.calendar import Calendar, local, local_day
from service.domain.obligations.obligation import Obligation
from service.domain.policy import PolicyBook, Rule

Item = Mapping[str, object]


def day_text(day: date) -> str:
    """`Fri 18 Dec 2026`."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def moment_text(moment: datetime) -> str:
    """`26 Dec 23:40`, local."""
    here = local(moment)
    return f"{here.day} {here:%b %H:%M}"


def role_text(role: str) -> str:
    """A role's name as it is read: `hub_team_manager` → `hub team manager`."""
    return {"iro": "independent reviewing officer", "duty_iro": "duty independent reviewing officer"}.get(
        role, role.replace("_", " ")
    )


def rule_of(book: PolicyBook, one: Obligation) -> Rule:
    """The rule that an obligation follows, in the version that caused it."""
    return book.in_force(one.rule.split(".", 1)[0], one.opened_on).by_name[one.rule]


def item(one: Obligation, book: PolicyBook, calendar: Calendar, initials: str | None, now: datetime) -> Item:
    """One obligation as a line of a message. `initials` is None for whoever must not see them."""
    rule = rule_of(book, one)
    policy = book.in_force(one.rule.split(".", 1)[0], one.opened_on)
    return {
        "plan": one.plan,
        "initials": initials,
        "label": rule.label,
        "due": day_text(one.due_on),
        "act_by": day_text(one.act_by),
        "days_over": calendar.working_days_between(one.due_on, local_day(now)),
        "basis": one.basis,
        "source": f"{policy.document.title}, section {rule.source.section}",
        "done_when": rule.done_when,
        "asks": rule.asks,
    }


def about(one: Obligation) -> Mapping[str, object]:
    """An obligation as a message's `about` names it."""
    return {"kind": one.kind, "plan": one.plan, "due_on": one.due_on.isoformat(), "about": one.about}
