"""`planwatch alerts`: how alerts about crossed bottom lines stand; `alert acknowledge`: that somebody has one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from cli.columns import wrapped, write_lines
from cli.database import with_database, with_reading
from cli.faults import CommandError
from cli.own_ids import known_authority, the_plan
from cli.policies_in_force import book_in_force, policies_of
from cli.records import alert_record, write_records
from cli.state_text import alert_lines, as_of
from config.database import Sessions
from service.domain.telling.alert_state import AlertState
from service.store.alert_codes import Alerted
from service.store.plans import with_id
from service.use_cases.acknowledging.acknowledge import acknowledge as record
from service.use_cases.intake.receive_events import receive_events
from service.use_cases.looks.alert_states import alerts_of
from service.use_cases.overviews.open_alerts import open_alerts


def show(plan: str | None, authority: str | None, output: str) -> None:
    """Print the open alerts, or all of one plan: who has acknowledged, who has not, and who comes next."""

    async def ask(session: AsyncSession, now: datetime) -> tuple[Sequence[AlertState], datetime]:
        book = await policies_of(session)
        known_authority(book, authority)
        if plan is None:
            return await open_alerts(session, book, now, authority), now
        return await alerts_of(session, book, await the_plan(session, book, plan, authority), now), now

    alerts, now = with_reading(ask)
    if output == "jsonl":
        write_records(map(alert_record, alerts))
    else:
        write_lines(_lines(alerts, now, plan))


def _lines(alerts: Sequence[AlertState], now: datetime, plan: str | None) -> Iterator[str]:
    number = f"Alerts on {plan}" if plan else "Open alerts"
    yield from wrapped(f"{number}: {len(alerts) or 'none'}. {as_of(now)}")
    for alert in alerts:
        yield ""
        yield from alert_lines(alert, now)


def acknowledge(plan: str, by: str, breach: str | None) -> None:
    """Record that a person has an alert. `CommandError` where it is not plain which alert, or nobody waits for them."""
    alerts, now = with_reading(partial(_open_of, plan))
    alert = _chosen(alerts, plan, breach)
    if alert.role_of(by) is None:
        persons = ", ".join(sorted({rung.person for rung in alert.rungs if rung.person}))
        raise CommandError(f"{by} acts in no role that is alerted about {plan}; those who do are {persons or 'nobody'}")
    alerted = Alerted(alert.authority, alert.plan, alert.uid, by)
    result = with_database(partial(_record, alerted))
    if result is None or result.acknowledged_by(by) is None:
        raise CommandError("it was not recorded: look at the alert again with: planwatch alerts")
    write_lines(alert_lines(result, now))


async def _open_of(reference: str, session: AsyncSession, now: datetime) -> tuple[Sequence[AlertState], datetime]:
    book = await policies_of(session)
    own_ids = await with_id(session, reference)
    alerts = [alert for plan in own_ids for alert in await alerts_of(session, book, plan, now)]
    return [alert for alert in alerts if not alert.settled], now


async def _record(alerted: Alerted, sessions: Sessions, now: datetime) -> AlertState | None:
    book = await book_in_force(sessions)
    take_in = partial(receive_events, sessions, book, now)
    return await record(sessions, book, take_in, alerted, "command", now)


def _chosen(alerts: Sequence[AlertState], plan: str, breach: str | None) -> AlertState:
    matching = [alert for alert in alerts if breach in (None, alert.breach, _own_name(alert))]
    if not matching:
        raise CommandError(f"no alert{f' {breach}' if breach else ''} is open on {plan}; see: planwatch alerts")
    if len(matching) > 1:
        names = ", ".join(map(_own_name, matching))
        raise CommandError(f"{plan} has several open alerts; say which with --alert: {names}")
    return matching[0]


def _own_name(alert: AlertState) -> str:
    """The name of an alert where two authorities have plans of one reference."""
    return f"{alert.authority}/{alert.breach}"
