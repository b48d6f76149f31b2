"""`planwatch plan`: how one plan stands now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from cli.columns import in_columns, wrapped, write_lines
from cli.database import with_reading
from cli.faults import CommandError
from cli.own_ids import known_authority, the_plan
from cli.policies_in_force import policies_of
from cli.records import (
    Record,
    alert_record,
    check_in_record,
    obligation_record,
    problem_record,
    withheld_record,
    write_records,
)
from cli.state_text import alert_lines, as_of, obligation_lines, problem_lines
from service.domain.calendar import WEEKDAYS, iso_local
from service.domain.policy import PolicyBook
from service.domain.telling.check_ins import CheckInSeries
from service.domain.telling.wording import day_text, moment_text, role_text
from service.policy_tools.safeguards import SAFEGUARDS
from service.use_cases.overviews.plan_overview import LATELY, PlanOverview, plan_overview

_LOOK_IS_LATE = timedelta(minutes=5)


def show(reference: str, authority: str | None, output: str, *, past: bool) -> None:
    """Print how a plan stands, for people or for programs; with `past` also what is not owed any more."""

    async def ask(session: AsyncSession, now: datetime) -> tuple[PlanOverview | None, PolicyBook, datetime]:
        book = await policies_of(session)
        known_authority(book, authority)
        plan = await the_plan(session, book, reference, authority)
        return await plan_overview(session, book, now, plan, _LOOK_IS_LATE), book, now

    overview, book, now = with_reading(ask)
    if overview is None:
        raise CommandError(f"nothing is known of plan {reference} but events that wait.")
    if output == "jsonl":
        write_records(_records(overview, past=past))
    else:
        write_lines(_lines(overview, book, now, past=past))


def _records(overview: PlanOverview, *, past: bool) -> Iterator[Record]:
    authority, plan = overview.own_id
    yield {
        "record": "plan", "authority": authority, "plan": plan, "state": overview.course,
        "opened_on": overview.opened_on.isoformat() if overview.opened_on else None,
        "ended_on": overview.ended_on.isoformat() if overview.ended_on else None,
        "route": overview.route, "service": overview.service, "risk": overview.risk,
        "holders": dict(overview.holders), "events_waiting": overview.waiting,
        "look_due": iso_local(overview.due) if overview.due else None, "fault": overview.fault,
    }  # fmt: skip
    yield from (obligation_record(duty) for duty in overview.obligations if past or duty.live)
    yield from map(alert_record, overview.alerts)
    yield from (problem_record(entry.problem) for entry in overview.problems)
    yield from (check_in_record(series, authority) for series in overview.check_ins)
    yield from map(withheld_record, overview.withheld)


def _lines(overview: PlanOverview, book: PolicyBook, now: datetime, *, past: bool) -> Iterator[str]:
    yield from _heading(overview)
    yield from wrapped(as_of(now))
    yield from _warnings(overview)
    yield from _owed(overview, book, now, past=past)
    yield from ("", f"Open alerts: {len(overview.alerts) or 'none'}")
    for alert in overview.alerts:
        yield from alert_lines(alert, now)
    yield from ("", f"Problems: {len(overview.problems) or 'none'}")
    yield from problem_lines(overview.problems)
    yield from ("", f"Check-ins agreed: {len(overview.check_ins) or 'none'}")
    yield from in_columns([_check_in(series) for series in overview.check_ins])
    yield from ("", f"Withheld in the last {LATELY.days} days: {len(overview.withheld) or 'nothing'}")
    for held in overview.withheld:
        reason = SAFEGUARDS.get(held.reason, held.reason.replace("_", " "))
        yield from wrapped(f"{moment_text(held.at)}, {held.purpose.replace('_', '-')} to {held.to}: {reason}", "  ")


def _heading(overview: PlanOverview) -> Iterator[str]:
    plan = f"Plan {overview.own_id.id} ({overview.own_id.authority})"
    if overview.opened_on is None:
        yield from wrapped(f"{plan}: no event has opened it. A bottom line was crossed on it.")
        return
    course = {
        "running": f"running since {day_text(overview.opened_on)}",
        "ended": f"ended {day_text(overview.ended_on)}" if overview.ended_on else "ended",
        "withdrawn": "its opening was withdrawn; alerts go on",
    }[overview.course]
    yield from wrapped(f"{plan}: {course}")
    kind = [overview.route, overview.service, f"risk {overview.risk}" if overview.risk else None]
    yield from wrapped(", ".join(words.replace("_", " ") for words in kind if words))
    if overview.holders:
        yield from wrapped(", ".join(f"{role_text(role)} {person}" for role, person in overview.holders))


def _warnings(overview: PlanOverview) -> Iterator[str]:
    """What keeps this from being up to date."""
    if overview.waiting:
        number = overview.waiting
        yield from wrapped(f"{number} event{'s wait' if number > 1 else ' waits'}, without effect until it is opened.")
    if overview.fault:
        yield from wrapped(
            f"planwatch cannot look at this plan ({overview.fault}): follow it by hand, and report this."
        )
    elif overview.due:
        due = f"{moment_text(overview.due)}"
        yield from wrapped(f"planwatch should have looked at this plan {due} and has not: is planwatch run at work?")


def _owed(overview: PlanOverview, book: PolicyBook, now: datetime, *, past: bool) -> Iterator[str]:
    live = [duty for duty in overview.obligations if duty.live]
    late = sum(duty.status == "overdue" for duty in live)
    yield from ("", f"Owed: {len(live) or 'nothing'}" + (f", of which {late} late" if late else ""))
    shown = overview.obligations if past else live
    yield from obligation_lines(shown, book, now)
    rest = Counter(duty.status.value.replace("_", " ") for duty in overview.obligations if not duty.live)
    if rest and not past:
        counts = ", ".join(f"{number} {status}" for status, number in sorted(rest.items()))
        yield f"  Not owed any more ({counts}): --past shows it."


def _check_in(series: CheckInSeries) -> tuple[str, str, str]:
    days = " ".join(day.capitalize() for day in WEEKDAYS if day in series.days)
    until = f", the last before {day_text(series.ends_before)}" if series.ends_before else ""
    return series.person, f"{days} at {series.at:%H:%M}", f"since {day_text(series.first_day)}{until}"
