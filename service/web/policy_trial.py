"""What a changed policy file would have sent differently: it is checked and compared, and never put in force here."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, UploadFile
from fastapi.responses import Response

from config.clock import NEVER
from config.database import reading
from service.app import Service
from service.domain.calendar import local_day
from service.domain.policy import Policy
from service.policy_tools.comparison import Change, Comparison
from service.policy_tools.draft import Draft, read_draft
from service.policy_tools.live_comparison import LiveComparison, compare_live
from service.use_cases.access.sights import in_sight
from service.web import words
from service.web.layout import Layout
from service.web.overview import labels_of
from service.web.plan import path_of
from service.web.policies import LEADS, parts_of
from service.web.viewer import Viewer

_DIRECTIONS = ("more", "fewer", "earlier", "later")
_MOST_LISTED = 100
_TEXT, _FILE = "text", "file"
Leading = Annotated[Viewer, Depends(LEADS)]


@dataclass(frozen=True, slots=True)
class TotalRow:
    """Messages of a kind in both versions, whoever gets them."""

    title: str
    before: int
    after: int
    changes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One message that would have come otherwise, on a plan that the reader may see."""

    plan: str
    path: str
    title: str
    direction: str
    change: Change


class PolicyTrial:
    """The routes of trying a changed file out."""

    def __init__(self, service: Service, layout: Layout) -> None:
        self._service, self._layout = service, layout
        self.router = APIRouter()
        self.router.add_api_route("/policies/compare", self.ask, methods=["GET"], response_model=None)
        self.router.add_api_route("/policies/compare", self.compare, methods=["POST"], response_model=None)

    async def ask(self, request: Request, viewer: Leading) -> Response:
        """The form for a file or its text."""
        return await self._page(request, viewer, "")

    async def compare(
        self, request: Request, viewer: Leading, text: Annotated[str, Form()] = "", file: UploadFile | None = None
    ) -> Response:
        """Check what was sent, and say what it would have changed in the last quarter."""
        content = await file.read() if file is not None and file.filename else b""
        try:
            pasted = content.decode() if content else text
        except UnicodeDecodeError:
            return await self._page(request, viewer, "", [(_FILE, "The file is not UTF-8 text; save it as UTF-8")])
        if not pasted.strip():
            return await self._page(request, viewer, "", [(_FILE, "Choose a file, or paste its text")])
        today = local_day(self._service.clock.now())
        folder = self._service.settings.policies
        draft = await asyncio.to_thread(read_draft, pasted, viewer.authority, folder, today)
        if draft.policy is None:
            faults = words.plural(len(draft.faults), "fault")
            return await self._page(
                request, viewer, pasted, [(_TEXT, f"The policy has {faults}: mend what is listed above")], draft
            )
        return await self._shown(request, viewer, pasted, draft, draft.policy)

    async def _shown(self, request: Request, viewer: Viewer, text: str, draft: Draft, changed: Policy) -> Response:
        service, now = self._service, self._service.clock.now()
        old = service.book.in_force(viewer.authority, local_day(now))
        live = await compare_live(service.sessions, old, changed, now)
        async with reading(service.sessions) as session:
            sights = await in_sight(session, service.book, viewer.own_id, live.compared, now)
        paths = {plan.id: path_of(request, plan) for plan in sights}
        labels = {**labels_of(service.book, viewer.authority), **{rule.kind: rule.label for rule in changed.rules}}
        lines = _lines(live.comparison, paths, labels)
        values: dict[str, object] = {
            "totals": _totals(live.comparison, labels),
            "lines": lines[:_MOST_LISTED],
            "more_lines": max(len(lines) - _MOST_LISTED, 0),
            "others": len(live.comparison.changes) - len(lines),
        }
        return await self._page(request, viewer, text, [], draft, live, **values)

    async def _page(
        self,
        request: Request,
        viewer: Viewer,
        text: str,
        errors: Sequence[tuple[str, str]] = (),
        draft: Draft | None = None,
        live: LiveComparison | None = None,
        **values: object,
    ) -> Response:
        values |= {"text": text, "errors": list(errors), "draft": draft, "live": live, "parts": parts_of(viewer)}
        status = 422 if errors else 200
        return await self._layout.page(
            request, viewer, "policies_compare.html", "Try a changed policy", status, **values
        )


def _totals(comparison: Comparison, labels: Mapping[str, str]) -> list[TotalRow]:
    """What changes, by what is told: those with the most changes first."""
    counts: dict[str, Counter[str]] = {}
    for total in comparison.totals:
        row = counts.setdefault(_what(total.kind, total.purpose, labels), Counter())
        row.update({name: getattr(total, name) for name in ("before", "after", *_DIRECTIONS)})
    rows = [
        TotalRow(title, row["before"], row["after"], {name: row[name] for name in _DIRECTIONS})
        for title, row in counts.items()
        if any(row[name] for name in _DIRECTIONS)
    ]
    return sorted(rows, key=lambda row: (-sum(row.changes.values()), row.title))


def _lines(comparison: Comparison, paths: Mapping[str, str], labels: Mapping[str, str]) -> list[ChangeLine]:
    lines = [
        ChangeLine(
            change.thing.plan,
            paths[change.thing.plan],
            _what(change.thing.kind, change.thing.purpose, labels),
            change.direction,
            change,
        )
        for change in comparison.changes
        if change.thing.plan in paths
    ]
    return sorted(lines, key=lambda line: (line.plan, line.change.before or line.change.after or NEVER))


def _what(kind: str, purpose: str, labels: Mapping[str, str]) -> str:
    label = labels.get(kind, kind.replace("_", " "))
    return f"{label[:1].upper()}{label[1:]}, {words.PURPOSE.get(purpose, purpose).lower()}"
