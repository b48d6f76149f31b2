"""`planwatch alert`: how alerts about crossed bottom lines stand, and to record that somebody has one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from rich.table import Table

from cli.console import out
from cli.database import with_database
from cli.faults import CommandError
from config.database import Sessions, reading
from service.domain.calendar import iso_local
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.alert_state import AlertState, RungState
from service.domain.telling.wording import moment_text, role_text
from service.files.policy_files import load_policies
from service.store.alert_codes import Alerted
from service.store.open_breaches import plans_with_breaches
from service.store.plans import with_id
from service.use_cases.acknowledging.acknowledge import acknowledge as record
from service.use_cases.intake.receive_events import receive_events
from service.use_cases.looks.alert_states import alerts_of


def show(plan: str | None) -> None:
    """Print the open alerts, or all of one plan: who has acknowledged, who has not, and who comes next."""
    now, alerts = with_database(partial(_alerts, plan))
    if not alerts:
        out.print(f"There is no alert on {plan}." if plan else "No alert is open.")
    for alert in alerts:
        _print(alert, now)


def acknowledge(plan: str, by: str, breach: str | None) -> None:
    """Record that a person has an alert. `CommandError` where it is not plain which alert, or nobody waits for them."""
    now, alerts = with_database(partial(_alerts, plan))
    alert = _chosen([alert for alert in alerts if not alert.settled], plan, breach)
    if alert.role_of(by) is None:
        persons = ", ".join(sorted({rung.person for rung in alert.rungs if rung.person}))
        raise CommandError(f"{by} acts in no role that is alerted about {plan}; those who do are {persons or 'nobody'}")
    alerted = Alerted(alert.authority, alert.plan, alert.uid, by)
    result = with_database(partial(_record, alerted))
    if result is None or result.acknowledged_by(by) is None:
        raise CommandError("it was not recorded: look at the alert again with: planwatch alert show")
    _print(result, now)


async def _alerts(plan: str | None, sessions: Sessions, now: datetime) -> tuple[datetime, list[AlertState]]:
    book = load_policies()
    async with reading(sessions) as session:
        own_ids: Sequence[OwnId] = await (with_id(session, plan) if plan else plans_with_breaches(session))
        alerts = [alert for name in own_ids for alert in await alerts_of(session, book, name, now)]
    return now, [alert for alert in alerts if plan or not alert.settled]


async def _record(alerted: Alerted, sessions: Sessions, now: datetime) -> AlertState | None:
    book: PolicyBook = load_policies()
    take_in = partial(receive_events, sessions, book, now)
    return await record(sessions, book, take_in, alerted, "command", now)


def _chosen(alerts: Sequence[AlertState], plan: str, breach: str | None) -> AlertState:
    matching = [alert for alert in alerts if breach in (None, alert.breach, _own_name(alert))]
    if not matching:
        raise CommandError(f"no alert{f' {breach}' if breach else ''} is open on {plan}; see: planwatch alert show")
    if len(matching) > 1:
        names = ", ".join(map(_own_name, matching))
        raise CommandError(f"{plan} has several open alerts; say which with --alert: {names}")
    return matching[0]


def _own_name(alert: AlertState) -> str:
    """The name of an alert where two authorities have plans of one reference."""
    return f"{alert.authority}/{alert.breach}"


def _print(alert: AlertState, now: datetime) -> None:
    ended = ": closed" if alert.closed else ": nothing more is sent" if alert.settled else ""
    crossed = iso_local(alert.crossed_at)
    out.print(f"[bold]{alert.plan}[/bold] ({alert.authority}), alert {alert.breach}, crossed {crossed}{ended}")
    table = Table("role", "person", "state", box=None, pad_edge=False)
    for rung in alert.rungs:
        table.add_row(role_text(rung.role), rung.person or "nobody", _state(rung, alert, now))
    out.print(table)


def _state(rung: RungState, alert: AlertState, now: datetime) -> str:
    if rung.acknowledged_at is not None:
        return f"acknowledged {moment_text(rung.acknowledged_at)}"
    if rung.person is None:
        return "nobody holds this role"
    if alert.settled:
        return "need not any more"
    return "not yet" if rung.alerted_from <= now else f"from {moment_text(rung.alerted_from)}"
