"""What to mend: problems of plans, addresses that fail, and what the sentinel finds; each with what to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from config.database import reading, transaction
from service.app import Service
from service.domain.own_id import OwnId
from service.sentinel.codes import CODES
from service.store import handlings
from service.store.handlings import LONGEST_NOTE, Handling
from service.store.problems import Occurrences
from service.use_cases.access.sights import in_sight
from service.use_cases.overviews.names import names_of
from service.use_cases.overviews.problem_words import in_words
from service.use_cases.overviews.to_mend import ToMend, to_mend
from service.web import words
from service.web.access_rules import holds
from service.web.flash import done
from service.web.layout import Layout
from service.web.page_errors import PageError
from service.web.person import person_path
from service.web.viewer import Viewer, entrance_of

OWNER = "configuration_owner"
_MENDS = Depends(holds("team_manager", OWNER))
Looking = Annotated[Viewer, _MENDS]
_GROUPS: Sequence[tuple[str, tuple[str, ...]]] = (
    ("Roles that nobody holds, and people who are away", ("role_vacant", "no_one_above", "absent_without_cover")),
    ("Contacts that fail", ("no_reachable_contact", "undeliverable")),
    (
        "Dates and names that are missing",
        ("no_review_date", "no_end_date", "action_without_owner", "action_without_date"),
    ),
)
_OTHERS = "Facts that have no effect, or look like a slip"
# The form that mends a problem, by the name that the fact has in addresses.
_FORMS: Mapping[str, tuple[str, str]] = {
    "role_vacant": ("role.assigned", "Say who has the role"),
    "no_one_above": ("role.assigned", "Say who has the role"),
    "no_review_date": ("review_date.set", "Set a review date"),
    "no_end_date": ("end_date.set", "Set an end date"),
    "action_without_owner": ("action.agreed", "Name who does it"),
    "action_without_date": ("action.agreed", "Agree a date"),
}


@dataclass(frozen=True, slots=True)
class MendLine:
    """A problem as it is read: of which plan, what is wrong, since when, the form that mends it, and who saw to it."""

    key: str
    plan: str
    plan_path: str
    words: str
    since: str
    times: int
    form: tuple[str, str] | None
    handled: Handling | None
    handled_by: str


def mend_router(service: Service, layout: Layout) -> APIRouter:
    """The page of what a team manager, or the configuration owner, has to mend."""
    router = APIRouter()

    @router.get("/mend", response_class=HTMLResponse)
    async def listed(request: Request, viewer: Looking, after: str | None = None) -> HTMLResponse:
        return await _show(service, layout, request, viewer, after)

    _let_note(router, service, layout)
    return router


async def _show(
    service: Service, layout: Layout, request: Request, viewer: Viewer, after: str | None, unsaid: str = ""
) -> HTMLResponse:
    """The list. `unsaid`: the key of a problem of which somebody has not said what was done."""
    now, everything = service.clock.now(), OWNER in viewer.roles
    plan = _plan_of(request, after)
    async with reading(service.sessions) as session:
        mend = await to_mend(session, service.book, now, viewer.own_id, everything=everything, after=plan)
        names = await names_of(session, viewer.authority, _people(mend))
        own_ids = {OwnId(viewer.authority, entry.problem.plan) for entry, _ in mend.problems if entry.problem.plan}
        seen = await in_sight(session, service.book, viewer.own_id, own_ids, now)
    return await layout.page(
        request,
        viewer,
        "mend.html",
        "Problems",
        422 if unsaid else 200,
        unsaid=unsaid,
        errors=[("unsaid", "Say what was done")] if unsaid else [],
        groups=_grouped(service, mend, viewer, names, now, _paths(request, seen)),
        addresses=[
            (
                bad,
                names.get(bad.person, bad.person),
                person_path(service, OwnId(viewer.authority, bad.person)),
                words.day_of(bad.at),
            )
            for bad in mend.addresses
        ],
        findings=[(CODES[finding.code], finding.detail, words.moment(finding.since)) for finding in mend.findings],
        is_owner=everything,
        after=after or "",
        more_after=_address_of(request, viewer, mend.more_after),
    )


def _let_note(router: APIRouter, service: Service, layout: Layout) -> None:
    @router.post("/mend", response_class=HTMLResponse)
    async def note(
        request: Request,
        viewer: Looking,
        key: Annotated[str, Form(max_length=1000)],
        note: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
        after: Annotated[str, Form(max_length=1000)] = "",
    ) -> Response:
        now, everything = service.clock.now(), OWNER in viewer.roles
        plan = _plan_of(request, after)
        async with transaction(service.sessions) as session:
            mend = await to_mend(session, service.book, now, viewer.own_id, everything=everything, after=plan)
            problem = next((entry.problem for entry, _ in mend.problems if entry.problem.key == key), None)
            if problem is None:
                raise PageError(
                    404, "Nothing was noted", "The problem has been put right since. Look at the list again."
                )
            if note.strip():
                handling = Handling(key, viewer.person, now, note.strip())
                await handlings.note(session, viewer.authority, "problem", problem.plan, handling)
        if not note.strip():
            return await _show(service, layout, request, viewer, after, unsaid=key)
        return done(request, f"/mend?{urlencode({'after': after})}" if after else "/mend", "noted")


def _plan_of(request: Request, address: str | None) -> str | None:
    """The plan after which a page begins: an address names it by its opaque id alone."""
    plan = entrance_of(request).addresses.plan_of(address) if address else None
    return plan.id if plan else None


def _address_of(request: Request, viewer: Viewer, plan: str | None) -> str | None:
    return None if plan is None else entrance_of(request).addresses.id_of(OwnId(viewer.authority, plan))


def _people(mend: ToMend) -> set[str]:
    handled = {handling.person for _, handling in mend.problems if handling is not None}
    away = {entry.problem.detail for entry, _ in mend.problems if entry.problem.code == "absent_without_cover"}
    return handled | away | {bad.person for bad in mend.addresses}


def _paths(request: Request, seen: Collection[OwnId]) -> dict[str, str]:
    """Where the pages of plans are: of those alone that the viewer sees, since the owner of settings sees no case."""
    addresses = entrance_of(request).addresses
    return {plan.id: f"/plans/{addresses.id_of(plan)}" for plan in seen}


def _grouped(
    service: Service,
    mend: ToMend,
    viewer: Viewer,
    names: Mapping[str, str],
    now: datetime,
    paths: Mapping[str, str],
) -> list[tuple[str, list[MendLine]]]:
    """The problems under headings, those that nobody has seen to first."""
    titles = {code: title for title, codes in _GROUPS for code in codes}
    groups: dict[str, list[MendLine]] = {title: [] for title in (*(title for title, _ in _GROUPS), _OTHERS)}
    for entry, handling in mend.problems:
        path = paths.get(entry.problem.plan or "", "")
        line = _line(service, viewer.authority, entry, handling, path, names, now)
        groups[titles.get(entry.problem.code, _OTHERS)].append(line)
    return [
        (title, sorted(lines, key=lambda line: line.handled is not None)) for title, lines in groups.items() if lines
    ]


def _line(
    service: Service,
    authority: str,
    entry: Occurrences,
    handling: Handling | None,
    path: str,
    names: Mapping[str, str],
    now: datetime,
) -> MendLine:
    problem = entry.problem
    sentence = in_words(problem)
    if problem.code == "absent_without_cover":
        sentence = sentence.replace(problem.detail, names.get(problem.detail, problem.detail), 1)
    form = _FORMS.get(problem.code) if path else None
    shown_form = (f"{path}/record/{form[0]}", form[1]) if form else None
    if problem.code == "absent_without_cover":
        shown_form = (person_path(service, OwnId(authority, problem.detail)), "Say who covers")
    return MendLine(
        key=problem.key,
        plan=problem.plan or "",
        plan_path=path,
        words=f"{sentence[:1].upper()}{sentence[1:]}.",
        since=words.day_of(entry.first_at),
        times=entry.times,
        form=shown_form,
        handled=handling,
        handled_by=names.get(handling.person, handling.person) if handling else "",
    )
