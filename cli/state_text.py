"""How what stands now reads on a terminal: what is owed, alerts, problems. Ids stand for people; times are local."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from cli.columns import in_columns, wrapped
from service.domain.calendar import local, local_day
from service.domain.obligations.obligation import Obligation
from service.domain.policy import PolicyBook
from service.domain.telling.alert_state import AlertState, RungState
from service.domain.telling.wording import Item, day_text, item, moment_text, plain_id, role_text
from service.store.problems import Occurrences
from service.use_cases.overviews.problem_words import in_words

_WORKING_DAYS = " wd"
_STATUS = {"met": "done", "met_late": "done late", "superseded": "replaced"}


def as_of(now: datetime) -> str:
    """The moment for which something is printed, and by whose clocks."""
    return f"{day_text(local_day(now))}, {local(now):%H:%M}. All times are UK local time."


def obligation_lines(
    duties: Sequence[Obligation], book: PolicyBook, now: datetime, *, with_plan: bool = False
) -> Iterator[str]:
    """A line or two for each: the day by which, how it stands, what it is, and who owes it."""
    rows = [_row(duty, book, now, with_plan=with_plan) for duty in duties]
    yield from in_columns(rows)
    if any(row[1].endswith(_WORKING_DAYS) for row in rows):
        yield "  (wd: working days)"


def _row(duty: Obligation, book: PolicyBook, now: datetime, *, with_plan: bool) -> list[str]:
    words = _words(duty, book, now)
    about = words["which"] or (plain_id(duty.about) if duty.about else None)
    label = f"{words['label']} ({about})" if about else words["label"]
    owner = duty.responsible or "nobody"
    plan = [duty.plan] if with_plan else []
    return [
        day_text(duty.due_on) if duty.has_day else "no day",
        _status(duty, words["days_over"], now),
        *plan,
        f"{label}: {owner}, {words['owed_by']}",
    ]


def _words(duty: Obligation, book: PolicyBook, now: datetime) -> Item:
    """What a message would say of it; less where the policy that is here has no such rule."""
    if duty.authority in book.authorities:
        policies = book.versions(duty.authority)
        if duty.rule in book.in_force(duty.authority, duty.opened_on).by_name:
            return item(duty, book, policies[-1].calendar, None, now)
    label, owed_by = duty.kind.replace("_", " "), role_text(duty.responsible_role)
    return {"label": label, "which": None, "owed_by": owed_by, "days_over": 0}


def _status(duty: Obligation, days_over: object, now: datetime) -> str:
    if duty.status == "overdue":
        return f"late {days_over}{_WORKING_DAYS}" if days_over else "late"
    if duty.status == "open":
        return "due today" if duty.due_on == local_day(now) else "open"
    return _STATUS.get(duty.status.value, duty.status.value)


def alert_lines(alert: AlertState, now: datetime) -> Iterator[str]:
    """An alert: when it was raised, and for each role on its ladder who acts in it, and whether they acknowledged."""
    ended = ": closed" if alert.closed else ": nothing more is sent" if alert.settled else ""
    crossed = f"{day_text(local_day(alert.crossed_at))}, {local(alert.crossed_at):%H:%M}"
    yield f"{alert.plan} ({alert.authority}), alert {alert.breach}, crossed {crossed}{ended}"
    rows = [(role_text(rung.role), rung.person or "nobody", _state(rung, alert, now)) for rung in alert.rungs]
    yield from in_columns([("role", "person", "state"), *rows])


def _state(rung: RungState, alert: AlertState, now: datetime) -> str:
    if rung.acknowledged_at is not None:
        return f"acknowledged {moment_text(rung.acknowledged_at)}"
    if rung.person is None:
        return "nobody holds this role"
    if alert.settled:
        return "need not any more"
    return "not yet" if rung.alerted_from <= now else f"from {moment_text(rung.alerted_from)}"


def problem_lines(entries: Sequence[Occurrences]) -> Iterator[str]:
    """A problem each: since when, its code, and what it is."""
    for entry in entries:
        problem, again = entry.problem, f", {entry.times} times, last {moment_text(entry.problem.at)}"
        since = f"since {moment_text(entry.first_at)}{again if entry.times > 1 else ''}"
        yield f"  {problem.code}, {since}"
        yield from wrapped(f"{in_words(problem)}.", " " * 4)
