"""The page behind the link in an alert's email: what it is about, who has it, and one button. Nobody signs in."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from config.database import reading
from service.api.places import Places
from service.api.refusing import let_stay, refusal
from service.app import Service
from service.domain.telling.alert_state import AlertState, RungState
from service.domain.telling.wording import moment_text, role_text
from service.refused_requests import RefusalKind
from service.store import alert_links
from service.store.alert_codes import Alerted
from service.use_cases.acknowledging.acknowledge import acknowledge
from service.use_cases.looks.alert_states import alert_of
from service.web.headers import page_headers

_HERE = Path(__file__).parent
# It stands in the page itself, so that one answer is enough where the signal is poor; the policy lets nothing else in.
STYLE = (_HERE / "acknowledge.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; object-src 'none'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# The address is a secret: it goes to nobody else.
HEADERS: Mapping[str, str] = page_headers(_POLICY, referrer="no-referrer")
# Whoever guesses links asks the database each time.
_MOST_AT_ONCE = 8
_MOST_WAITING = 512  # more than there are connections: a good link is not refused because others guess
_LONGEST_TOKEN = 100  # letters; ours have 43
_environment = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


def acknowledge_router(service: Service) -> APIRouter:
    """The page of a link. GET and HEAD only show it, since mail scanners open links; the button posts."""
    router = APIRouter()

    places = Places(_MOST_AT_ONCE, _MOST_AT_ONCE, waiting=_MOST_WAITING)

    @router.api_route("/a/{token}", methods=["GET", "HEAD"], response_class=HTMLResponse)
    async def show(request: Request, token: str) -> Response:
        """How the alert stands."""
        async with places.taken(""):
            alerted = await _alerted(service, token)
        if alerted is None:
            return _unknown(service, request)
        let_stay(request)
        now = service.clock.now()
        async with reading(service.sessions) as session:
            alert = await alert_of(session, service.book, alerted, now)
        return _page(service, alert, alerted, now)

    @router.post("/a/{token}", response_class=HTMLResponse)
    async def press(request: Request, token: str) -> Response:
        """The button: it is recorded that the link's person has the alert. The page that follows says so."""
        async with places.taken(""):
            alerted = await _alerted(service, token)
        if alerted is None:
            return _unknown(service, request)
        let_stay(request)
        await acknowledge(service.sessions, service.book, service.receive, alerted, "link", service.clock.now())
        return RedirectResponse(f"/a/{token}", 303, headers=dict(HEADERS))

    return router


async def _alerted(service: Service, token: str) -> Alerted | None:
    if len(token) > _LONGEST_TOKEN:
        return None
    async with reading(service.sessions) as session:
        return await alert_links.find(session, token)


def _page(service: Service, alert: AlertState | None, alerted: Alerted, now: datetime) -> Response:
    if alert is None:
        return _render(410, state="withdrawn", plan=alerted.plan)
    acknowledged_at = alert.acknowledged_by(alerted.person)
    policy = service.book.in_force(alert.authority, alert.crossed_at.date())
    return _render(
        200,
        state=_state(alert, alerted),
        plan=alert.plan,
        council=policy.title,
        crossed_at=moment_text(alert.crossed_at),
        acknowledged_at=moment_text(acknowledged_at) if acknowledged_at else None,
        role=role_text(alert.role_of(alerted.person) or ""),
        duty=policy.bottom_line.duty is not None and alert.role_of(alerted.person) == policy.bottom_line.duty,
        rungs=[_line(rung, alert, now) for rung in alert.rungs],
        now=moment_text(now),
    )


def _state(alert: AlertState, alerted: Alerted) -> str:
    """What the page has to say first."""
    if alert.closed:
        return "closed"
    if alert.acknowledged_by(alerted.person) is not None:
        return "done"
    if alert.settled:
        return "settled"
    return "open" if alert.role_of(alerted.person) is not None else "not_yours"


def _line(rung: RungState, alert: AlertState, now: datetime) -> dict[str, str]:
    """A role on the page, how it stands in words, and the colour of that."""
    line = {"role": role_text(rung.role).capitalize()}
    if rung.acknowledged_at is not None:
        return {**line, "words": f"acknowledged {moment_text(rung.acknowledged_at)}", "kind": "yes"}
    if rung.person is None:
        return {**line, "words": "nobody holds this role", "kind": "no"}
    if alert.settled or alert.closed:
        return {**line, "words": "need not any more", "kind": "later"}
    if rung.alerted_from > now:
        return {**line, "words": f"will be alerted {moment_text(rung.alerted_from)}", "kind": "later"}
    return {**line, "words": "not yet", "kind": "no"}


def _unknown(service: Service, request: Request) -> Response:
    answer = refusal(service, request, RefusalKind.LINK_UNKNOWN, 404, "")
    return _render(answer.status, answer.headers, state="unknown")


def _render(status: int, headers: Mapping[str, str] | None = None, **values: object) -> Response:
    text = _environment.get_template("acknowledge.html").render(style=STYLE, **values)
    return HTMLResponse(text, status, headers={**HEADERS, **(headers or {})})
