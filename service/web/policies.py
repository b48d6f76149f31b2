"""The rules of an authority in plain words, and what would be told by them in the next fortnight."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from config.database import reading
from notifications.message import Message
from service.app import Service
from service.domain.calendar import local_day, start_of
from service.policy_tools.policy_page import policy_page
from service.use_cases.access.sights import candidates, in_sight
from service.use_cases.overviews.days_ahead import DaysAhead, DaysAheadDesk
from service.web import words
from service.web.access_rules import SIGNED_IN, WORKS_WITH_PLANS, holds
from service.web.layout import Layout
from service.web.leading_roles import MANAGERS
from service.web.overview import labels_of
from service.web.plan import path_of
from service.web.viewer import Viewer

LEADS = holds(*MANAGERS, "service_lead", "configuration_owner")
FORTNIGHT = timedelta(days=14)
_GATHERED = {"digest": "The day’s one email", "takeover": "Email to a new holder", "overdue_list": "Weekly list"}
Paths = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AheadDay:
    """A day's messages: how many for each purpose, as it is read, and the rows of those that are alike."""

    day: date
    numbers: Mapping[str, int]
    rows: Sequence[AheadRow]


@dataclass(frozen=True, slots=True)
class AheadRow:
    """Messages of a day that are alike: what they are, to whom, how many, on which plans; `unseen` are not named."""

    title: str
    role: str
    channel: str
    count: int
    plans: Sequence[tuple[str, str]]  # reference and path of those that the reader may see
    unseen: int


def policies_router(service: Service, layout: Layout) -> APIRouter:
    """The rules, and the fortnight ahead."""
    router = APIRouter()

    @router.get("/policies", response_model=None)
    async def rules(request: Request, viewer: Annotated[Viewer, Depends(SIGNED_IN)]) -> Response:
        """Every rule, with its source and with whose number it is."""
        policy = service.book.in_force(viewer.authority, local_day(service.clock.now()))
        page = policy_page(policy)
        return await layout.page(request, viewer, "policies.html", "Policies", 200, page=page, parts=parts_of(viewer))

    desk = DaysAheadDesk(service.sessions, service.book)

    @router.get("/policies/ahead", response_model=None)
    async def ahead(request: Request, viewer: Annotated[Viewer, Depends(WORKS_WITH_PLANS)]) -> Response:
        """What would be told if nothing more were recorded: on one's own plans, or as a lead on all.

        The page is there at once, and goes on when all of it is worked out.
        """
        values: dict[str, object] = {"is_lead": LEADS.admits(viewer), "until": _last_day(service.clock.now())}
        return await layout.page_in_two(
            request, viewer, "policies_ahead.html", "policies_ahead_days.html", "The fortnight ahead",
            lambda: _ahead(service, desk, request, viewer), parts=parts_of(viewer), **values,
        )  # fmt: skip

    return router


def _last_day(now: datetime) -> date:
    return local_day(now + FORTNIGHT)


async def _ahead(service: Service, desk: DaysAheadDesk, request: Request, viewer: Viewer) -> dict[str, object]:
    """What the second half of the page shows."""
    now, book, is_lead = service.clock.now(), service.book, LEADS.admits(viewer)
    async with reading(service.sessions) as session:
        among = None if is_lead else set(await candidates(session, viewer.own_id))
    until = start_of(_last_day(now) + timedelta(days=1))
    coming = await desk.days_ahead(viewer.authority, among, now, until)
    async with reading(service.sessions) as session:
        sights = await in_sight(session, book, viewer.own_id, coming.looked_over, now)
    paths = {plan.id: path_of(request, plan) for plan in sights}
    days = days_of(coming, paths, labels_of(book, viewer.authority), names_all=is_lead)
    purposes = sorted({name for day in days for name in day.numbers})
    shown_plans = len(coming.looked_over) if is_lead else len(paths)
    return {"days": days, "coming": coming, "purposes": purposes, "shown_plans": shown_plans}


def parts_of(viewer: Viewer) -> list[tuple[str, str]]:
    """The pages about policies that somebody may come to."""
    parts = [("The rules", "/policies")]
    parts += [("The fortnight ahead", "/policies/ahead")] if WORKS_WITH_PLANS.admits(viewer) else []
    return parts + ([("Try a changed file", "/policies/compare")] if LEADS.admits(viewer) else [])


def days_of(coming: DaysAhead, paths: Paths, labels: Mapping[str, str], *, names_all: bool) -> list[AheadDay]:
    """The days on which anything comes. Without `names_all`, only what speaks of any of the plans in `paths`."""
    by_day: dict[date, list[Message]] = defaultdict(list)
    for message in coming.messages:
        if names_all or not _plans_of(message).isdisjoint(paths):
            by_day[local_day(message.at)].append(message)
    return [_day(day, messages, paths, labels, names_all=names_all) for day, messages in by_day.items()]


def _day(
    day: date, messages: Sequence[Message], paths: Paths, labels: Mapping[str, str], *, names_all: bool
) -> AheadDay:
    numbers = Counter(words.purpose(message.purpose, message.template) for message in messages)
    alike: dict[tuple[str, str, str], list[Message]] = defaultdict(list)
    for message in messages:
        alike[_what(message, labels), words.role(message.role), message.channel.value].append(message)
    rows = [_row(*likeness, group, paths, names_all=names_all) for likeness, group in sorted(alike.items())]
    return AheadDay(day, numbers, rows)


def _row(
    title: str, role: str, channel: str, messages: Collection[Message], paths: Paths, *, names_all: bool
) -> AheadRow:
    about = {plan for message in messages for plan in _plans_of(message)}
    seen = [(plan, paths[plan]) for plan in sorted(about & paths.keys())]
    return AheadRow(title, role, channel, len(messages), seen, len(about - paths.keys()) if names_all else 0)


def _what(message: Message, labels: Mapping[str, str]) -> str:
    if message.template in _GATHERED:
        return _GATHERED[message.template]
    kinds = sorted({str(about["kind"]) for about in message.about if about.get("kind") in labels})
    kind = f": {', '.join(labels[kind].lower() for kind in kinds)}" if kinds else ""
    return f"{words.purpose(message.purpose, message.template)}{kind}"


def _plans_of(message: Message) -> set[str]:
    named = {str(about["plan"]) for about in message.about if about.get("plan")}
    return named | ({message.plan} if message.plan else set())
