"""Dates, labels and lines as people read them; what a message says of an obligation, and nothing that names anybody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache

from service.domain.calendar import Calendar, iso_local, local, local_day
from service.domain.events.event import Event
from service.domain.language.ladders import Ladder
from service.domain.obligations.obligation import Obligation, Status
from service.domain.policy import PolicyBook, Rule

Item = Mapping[str, object]
_ROLE_TEXTS = {"iro": "independent reviewing officer", "duty_iro": "duty independent reviewing officer"}
_PLAIN_ID = re.compile(r"(?!.*(?:\.\.|//))[A-Za-z0-9][A-Za-z0-9/_.-]{0,63}")


@lru_cache(maxsize=4096)
def day_text(day: date) -> str:
    """`Fri 18 Dec 2026`."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def moment_text(moment: datetime) -> str:
    """`26 Dec 23:40`, local."""
    here = local(moment)
    return f"{here.day} {here:%b %H:%M}"


def due_text(obligation: Obligation, rule: Rule) -> str:
    """`Fri 18 Dec 2026`; `Fri 18 Dec 2026, 14:30` where it is due at a moment; or `before the application to court`.

    Once that has come, its day as well: `before the application to court (Fri 18 Dec 2026)`.
    """
    if rule.due.called is not None:
        day = f" ({day_text(obligation.due_on)})" if obligation.has_day else ""
        return f"before {rule.due.called}{day}"
    if obligation.due_at is None:
        return day_text(obligation.due_on)
    return f"{day_text(obligation.due_on)}, {local(obligation.due_at):%H:%M}"


def role_text(role: str) -> str:
    """A role's name as it is read: `hub_team_manager` → `hub team manager`, `on_call_manager` → `on-call manager`."""
    return _ROLE_TEXTS.get(role) or role.replace("on_call", "on-call").replace("_", " ")


def rule_of(book: PolicyBook, obligation: Obligation) -> Rule:
    """The rule that an obligation follows, in the version that caused it."""
    return book.in_force(obligation.rule.split(".", 1)[0], obligation.opened_on).by_name[obligation.rule]


def has_rule(book: PolicyBook, obligation: Obligation) -> bool:
    """Whether there still is a rule for an obligation: one that a policy takes out stands until its plan is looked at.

    On a plan that has ended it stands for good.
    """
    return obligation.rule in book.in_force(obligation.authority, obligation.opened_on).by_name


def with_rules(book: PolicyBook, obligations: Iterable[Obligation]) -> list[Obligation]:
    """Those of some obligations that still have a rule, and so words: what lists show."""
    return [obligation for obligation in obligations if has_rule(book, obligation)]


def ladder_of(book: PolicyBook, obligation: Obligation) -> Ladder:
    """The ladder on which an obligation is told, as the version that caused it has it."""
    policy = book.in_force(obligation.authority, obligation.opened_on)
    return policy.ladders[policy.by_name[obligation.rule].ladder]


def sender_words(book: PolicyBook, authority: str | None) -> Mapping[str, str | None]:
    """Which council an email comes from, and whom to ask about it, as its newest policy has it."""
    has_policy = authority is not None and authority in book.authorities
    council = book.newest(str(authority)).council if has_policy else None
    if council is None:
        return {"council": None, "help_line": None}
    return {"council": council.name, "help_line": council.help_line}


def item(obligation: Obligation, book: PolicyBook, calendar: Calendar, initials: str | None, now: datetime) -> Item:
    """One obligation as a line of a message. `initials` is None for whoever must not see them."""
    policy = book.in_force(obligation.rule.split(".", 1)[0], obligation.opened_on)
    rule = policy.by_name[obligation.rule]
    due = due_text(obligation, rule)
    return {
        "plan": obligation.plan,
        "initials": initials,
        "label": rule.label,
        "which": _which(obligation, rule),
        "owed_by": role_text(obligation.responsible_role),
        "due": due,
        # Of what is due at a moment, or before another fact, no day is named to act by.
        "act_by": due if obligation.due_at is not None or rule.due.called is not None else day_text(obligation.act_by),
        "days_over": calendar.working_days_between(obligation.due_on, local_day(now)),
        "is_late": obligation.status is Status.OVERDUE,
        "basis": obligation.basis,
        "source": policy.origin(rule.source),
        "done_when": rule.done_when,
        "asks": rule.asks,
    }


def _which(obligation: Obligation, rule: Rule) -> str | None:
    """Which of several it is: the reference of the action, or the day of the visit, meeting or event it is about.

    None where it has no like, or its likes differ by a person alone, whom no message names.
    """
    if obligation.about is None or any(opening.for_each is not None for opening in rule.opens):
        return None
    if any(opening.when == "action.agreed" for opening in rule.opens):
        # A sentence or a link may stand where a reference should.
        return plain_id(obligation.about)
    return day_text(obligation.opened_on)


def plain_id(name: str) -> str | None:
    """An id or reference, where it looks like one; None where a sentence, a link or a name may stand in its place."""
    return name if _PLAIN_ID.fullmatch(name) else None


def event_words(event: Event) -> str:
    """Which event is meant: its type, its id where that is no sentence, link or name, and when it was recorded."""
    name = plain_id(event.id)
    return f"{event.type}{f' {name}' if name else ''}, recorded {moment_text(event.time)}"


def about(obligation: Obligation) -> Mapping[str, object]:
    """An obligation as a message's `about` names it."""
    return {
        "kind": obligation.kind,
        "plan": obligation.plan,
        "due_on": obligation.due_on.isoformat() if obligation.has_day else None,
        "about": obligation.about,
        **({"due_at": iso_local(obligation.due_at)} if obligation.due_at is not None else {}),
    }
