"""The alerts: who has acknowledged and who has not, who was told when, what comes next; and how one is closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from config.database import reading
from service.app import Service
from service.domain.calendar import iso_local
from service.domain.own_id import OwnId
from service.domain.telling.alert_state import AlertState, RungState
from service.domain.telling.wording import role_text
from service.store.alert_codes import Alerted
from service.use_cases.acknowledging.acknowledge import acknowledge
from service.use_cases.overviews.names import names_of
from service.use_cases.overviews.seen_alerts import AlertHistory, alert_history, alerts_of_person
from service.web import words
from service.web.access_rules import SIGNED_IN
from service.web.failures import missing
from service.web.flash import done
from service.web.layout import Layout
from service.web.own_events import PageFact, new_form, note_recorded, record
from service.web.spans import ago, in_time
from service.web.viewer import Viewer, entrance_of

_SIGNED_IN = Depends(SIGNED_IN)
_LONGEST_OUTCOME = 2000
Looking = Annotated[Viewer, _SIGNED_IN]


@dataclass(frozen=True, slots=True)
class RungLine:
    """A role on an alert's ladder, as it is read: who acts in it, how it stands, and the badge of that."""

    role: str
    person: str
    state: str
    badge: tuple[str, str]
    is_viewer: bool


@dataclass(frozen=True, slots=True)
class AlertCard:
    """An alert as it is read. `standing` says in a few words how it stands; `may_take`: the viewer can acknowledge."""

    id: str
    plan: str
    plan_path: str
    crossed_at: datetime
    running: str
    standing: tuple[str, str]
    rungs: tuple[RungLine, ...]
    may_take: bool
    is_open: bool
    may_close: bool


def alerts_router(service: Service, layout: Layout) -> APIRouter:
    """The pages of the alerts on whose ladder the viewer stands."""
    router = APIRouter()

    @router.get("/alerts", response_class=HTMLResponse)
    async def listed(request: Request, viewer: Looking) -> HTMLResponse:
        now = service.clock.now()
        async with reading(service.sessions) as session:
            alerts = await alerts_of_person(session, service.book, now, viewer.own_id)
            names = await names_of(session, viewer.authority, _people(alerts))
        cards = [_card(alert, viewer, names, now, _plan_path(request, alert)) for alert in alerts]
        shown = {
            "open": [card for card in cards if card.is_open],
            "ended": [card for card in cards if not card.is_open],
        }
        return await layout.page(request, viewer, "alerts.html", "Alerts", alerts=shown)

    @router.get("/alerts/{alert}", response_class=HTMLResponse)
    async def one_alert(request: Request, viewer: Looking, alert: str) -> HTMLResponse:
        return await _show(service, layout, request, viewer, await _find(service, viewer, alert))

    @router.post("/alerts/{alert}/acknowledge", response_class=HTMLResponse)
    async def take(request: Request, viewer: Looking, alert: str) -> Response:
        state = await _find(service, viewer, alert)
        alerted = Alerted(state.authority, state.plan, state.uid, viewer.person)
        await acknowledge(service.sessions, service.book, service.receive, alerted, "page", service.clock.now())
        await note_recorded(service, viewer, [PageFact("alert.acknowledged", state.plan, {})])
        return done(request, f"/alerts/{alert}", "acknowledged")

    _let_close(router, service, layout)
    return router


def _let_close(router: APIRouter, service: Service, layout: Layout) -> None:
    @router.post("/alerts/{alert}/close", response_class=HTMLResponse)
    async def close(
        request: Request,
        viewer: Looking,
        alert: str,
        form: Annotated[str, Form(max_length=40)],
        outcome: Annotated[str, Form(max_length=_LONGEST_OUTCOME)] = "",
    ) -> Response:
        state = await _find(service, viewer, alert)
        if not outcome.strip():
            errors = [("outcome", "Say how it ended: what was done, and that the child is safe")]
            return await _show(service, layout, request, viewer, state, errors, outcome, form)
        now = iso_local(service.clock.now())
        closing = {"alert": state.breach, "by": viewer.person, "outcome": outcome.strip(), "at": now}
        faults = await record(service, viewer, form, [PageFact("alert.closed", state.plan, closing)])
        if faults:
            errors = [("outcome", fault) for fault in faults]
            return await _show(service, layout, request, viewer, state, errors, outcome, form)
        return done(request, "/alerts", "closed")


async def _find(service: Service, viewer: Viewer, page_id: str) -> AlertState:
    """The alert that an address means, if it is shown to the viewer; else it is not there."""
    async with reading(service.sessions) as session:
        alerts = await alerts_of_person(session, service.book, service.clock.now(), viewer.own_id)
    state = next((alert for alert in alerts if alert.page_id == page_id), None)
    if state is None:
        raise missing()
    return state


async def _show(
    service: Service,
    layout: Layout,
    request: Request,
    viewer: Viewer,
    state: AlertState,
    errors: list[tuple[str, str]] | None = None,
    outcome: str = "",
    form: str | None = None,
) -> HTMLResponse:
    now = service.clock.now()
    async with reading(service.sessions) as session:
        history = await alert_history(session, state, now)
        names = await names_of(session, viewer.authority, _people([state], history))
    card = _card(state, viewer, names, now, _plan_path(request, state))
    duty = service.book.in_force(state.authority, state.crossed_at.date()).bottom_line.duty
    return await layout.page(
        request,
        viewer,
        "alert.html",
        "Alert",
        422 if errors else 200,
        alert=card,
        told=[(row, names.get(row.person, row.person), words.STATE[row.state]) for row in history.messages],
        following=[(row, names.get(row.person, row.person), in_time(row.at, now)) for row in history.next],
        owes=role_text(duty) if duty is not None else None,
        outcome=outcome,
        form=form or new_form(),
        errors=errors or [],
    )


def _people(alerts: Collection[AlertState], history: AlertHistory | None = None) -> set[str]:
    people = {rung.person for alert in alerts for rung in alert.rungs if rung.person}
    return people | ({row.person for row in history.messages} if history else set())


def _plan_path(request: Request, alert: AlertState) -> str:
    return f"/plans/{entrance_of(request).addresses.id_of(OwnId(alert.authority, alert.plan))}"


def _card(alert: AlertState, viewer: Viewer, names: Mapping[str, str], now: datetime, plan_path: str) -> AlertCard:
    mine = alert.role_of(viewer.person) is not None
    return AlertCard(
        id=alert.page_id,
        plan=alert.plan,
        plan_path=plan_path,
        crossed_at=alert.crossed_at,
        running=ago(alert.crossed_at, now),
        standing=_standing(alert),
        rungs=tuple(_rung(rung, alert, viewer, names, now) for rung in alert.rungs),
        may_take=mine and not alert.settled and alert.acknowledged_by(viewer.person) is None,
        is_open=not alert.settled,
        may_close=mine and not alert.closed,
    )


def _standing(alert: AlertState) -> tuple[str, str]:
    if alert.closed:
        return "Closed", "done"
    if alert.settled:
        return "Acknowledged", "done"
    taken = sum(rung.acknowledged_at is not None for rung in alert.rungs)
    return ("Some have acknowledged", "today") if taken else ("Nobody has acknowledged", "late")


def _rung(rung: RungState, alert: AlertState, viewer: Viewer, names: Mapping[str, str], now: datetime) -> RungLine:
    """A role, how it stands in words, and the badge of that."""
    role = role_text(rung.role).capitalize()
    who = names.get(rung.person, rung.person) if rung.person else ""
    if rung.acknowledged_at is not None:
        state, badge = f"at {words.moment(rung.acknowledged_at)}", ("acknowledged", "done")
    elif rung.person is None:
        state, badge = "nobody holds this role", ("vacant", "late")
    elif alert.settled:
        state, badge = "need not any more", ("", "")
    elif rung.alerted_from > now:
        state, badge = f"will be alerted at {words.clock_time(rung.alerted_from)}", ("not yet alerted", "")
    else:
        state, badge = f"alerted {ago(rung.alerted_from, now)}", ("not yet", "late")
    return RungLine(role, who, state, badge, rung.person == viewer.person)
