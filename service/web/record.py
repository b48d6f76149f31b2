"""Recording a fact: a form, what it would meet, and what it met. It goes through the same intake as every event."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from config.database import reading
from service.app import Service
from service.domain.calendar import iso_local, local_day
from service.domain.events.event import Event, EventFault
from service.domain.obligations.obligation import Obligation
from service.domain.own_id import OwnId
from service.domain.telling.wording import rule_of
from service.use_cases.overviews.consequences import Consequences, consequences, consequences_of
from service.use_cases.overviews.known_plan import KnownPlan, known_plan
from service.web.access_rules import SEES_PLAN, SeenPlan
from service.web.duties import DutyLine, DutyWords, code_of
from service.web.failures import missing
from service.web.flash import done
from service.web.headers import page_headers
from service.web.layout import Layout
from service.web.own_events import PageFact, note_recorded
from service.web.plan import path_of
from service.web.recording.answers import Answers, Offered, Typed, read_answers
from service.web.recording.facts import RecordableFact, grouped, recordable, ways_to_meet
from service.web.recording.offers import offered, proposed
from service.web.recording.source import source_of

_SEES = Depends(SEES_PLAN)
_FORM_ID = re.compile(r"[0-9a-f]{24}")
_OWN_FIELDS = frozenset({"csrf", "form", "step", "for"})
_MANAGERS_DECIDE = frozenset({"family_contact.approved"})
_MANAGERS = ("manager", "lead", "head_of_service")
Code = Annotated[str, Query(alias="for", max_length=20)]


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that a form about one plan needs."""

    seen: SeenPlan
    path: str
    plan: KnownPlan
    facts: Mapping[str, RecordableFact]
    offered: Offered

    def fact(self, name: str) -> RecordableFact:
        """The fact of a name in an address; 404 where there is none for this viewer."""
        if name not in self.facts:
            raise missing()
        return self.facts[name]

    def duty(self, code: str) -> Obligation | None:
        """The open duty that a form is to meet."""
        return next((duty for duty in self.plan.owed if duty.live and code_of(duty) == code), None)


class RecordRoutes:
    """The routes of the forms."""

    def __init__(self, service: Service, layout: Layout) -> None:
        self._service, self._layout = service, layout
        self.router = APIRouter()
        for method, path, endpoint in (
            ("GET", "/plans/{plan}/record", self.choose),
            ("GET", "/plans/{plan}/record/{fact}", self.ask),
            ("POST", "/plans/{plan}/record/{fact}", self.answer),
            ("GET", "/plans/{plan}/entries/{entry}", self.entry),
            ("POST", "/plans/{plan}/entries/{entry}/withdraw", self.withdraw),
        ):
            self.router.add_api_route(path, endpoint, methods=[method], response_class=HTMLResponse)

    async def choose(self, request: Request, seen: Annotated[SeenPlan, _SEES]) -> Response:
        """What can be recorded: first what would meet something, then everything."""
        desk = await self._desk(request, seen)
        book = self._service.book
        now = self._service.clock.now()
        lines = DutyWords(book, now, desk.plan.names, {seen.plan: desk.path})
        open_duties = [
            lines.line(duty) for duty in desk.plan.owed if duty.live and ways_to_meet(rule_of(book, duty), desk.facts)
        ]
        values: dict[str, object] = {"asked": open_duties, "groups": grouped(desk.facts)}
        return await self._page(request, desk, "record_choose.html", "Record something", 200, **values)

    async def ask(self, request: Request, fact: str, seen: Annotated[SeenPlan, _SEES], code: Code = "") -> Response:
        """The form of a fact, with what is known already."""
        desk = await self._desk(request, seen)
        chosen, duty = desk.fact(fact), desk.duty(code)
        rule = rule_of(self._service.book, duty) if duty else None
        typed = proposed(chosen, desk.plan.facts, seen.viewer.person, duty, rule)
        return await self._form(request, desk, chosen, typed, secrets.token_hex(12), code)

    async def answer(self, request: Request, fact: str, seen: Annotated[SeenPlan, _SEES]) -> Response:
        """What was typed: said back with what it would meet; then, once that is confirmed, taken in."""
        desk = await self._desk(request, seen)
        chosen, sent = desk.fact(fact), await request.form()
        typed = {name: [str(value) for value in sent.getlist(name)] for name in sent if name not in _OWN_FIELDS}
        form, step, code = (str(sent.get(name, "")) for name in ("form", "step", "for"))
        if not _FORM_ID.fullmatch(form):
            raise HTTPException(400, "The form has lost its id.")
        if any(event.id == _name(form) for event in desk.plan.history.events):
            return _to(f"{desk.path}/entries/{_name(form)}")
        answers = read_answers(chosen, typed, desk.offered, self._service.clock.now())
        if answers.errors or step == "change":
            errors = answers.errors if step != "change" else {}
            return await self._form(request, desk, chosen, typed, form, code, errors)
        return await self._take(request, desk, chosen, typed, answers, form, step, code)

    async def _take(
        self, request: Request, desk: Desk, chosen: RecordableFact, typed: Typed, answers: Answers, form: str,
        step: str, code: str,
    ) -> Response:  # fmt: skip
        raw = self._event(desk, chosen.event_type.name, _name(form), answers.data)
        try:
            would = consequences(self._service.book, desk.seen.plan, desk.plan.history, raw, self._service.clock.now())
        except EventFault as fault:
            errors = {_field_of(fault.field): f"This {fault.detail}"}
            return await self._form(request, desk, chosen, typed, form, code, errors)
        if step != "send":
            return await self._check(request, desk, chosen, typed, answers, form, code, would)
        received = await self._service.receive([raw], writer=desk.seen.plan.authority)
        if not received.taken and not await self._is_recorded(desk.seen.plan, _name(form)):
            raise HTTPException(500, "It was not taken.")
        await self._note(desk.seen, chosen.event_type.name)
        self._layout.count_anew(desk.seen.viewer.own_id)
        return _to(f"{desk.path}/entries/{_name(form)}")

    async def entry(self, request: Request, entry: str, seen: Annotated[SeenPlan, _SEES]) -> Response:
        """What was recorded, what it met, and how to take it back."""
        desk = await self._desk(request, seen)
        return await self._entry(request, desk, self._recorded(desk, entry))

    async def withdraw(self, request: Request, entry: str, seen: Annotated[SeenPlan, _SEES]) -> Response:
        """It was recorded by mistake: withdrawn, with a reason. Two clicks withdraw it once."""
        desk = await self._desk(request, seen)
        event, sent = self._recorded(desk, entry), await request.form()
        reason = str(sent.get("reason", "")).strip()
        if self._withdrawn(desk, event) is not None:
            return _to(f"{desk.path}/entries/{entry}")
        if not reason:
            return await self._entry(request, desk, event, {"reason": "Say why it is withdrawn"})
        raw = self._event(desk, "event.withdrawn", f"{event.id}-withdrawn", {"event": event.id, "reason": reason})
        await self._service.receive([raw], writer=seen.plan.authority)
        await self._note(seen, "event.withdrawn")
        return done(request, desk.path, "withdrawn")

    # ------------------------------------------------------------------------------------------------------ pages

    async def _form(
        self, request: Request, desk: Desk, chosen: RecordableFact, typed: Typed, form: str, code: str,
        errors: Mapping[str, str] | None = None,
    ) -> Response:  # fmt: skip
        faults = dict(errors or {})
        duty = desk.duty(code)
        listed = [
            (f"field-{question.name}", faults[question.name]) for question in chosen.fields if question.name in faults
        ]
        listed += [
            ("form", text) for name, text in faults.items() if name not in {question.name for question in chosen.fields}
        ]
        values: dict[str, object] = {
            "fact": chosen, "typed": typed, "form": form, "code": code, "errors": listed, "faults": faults,
            "offered": desk.offered, "duty": self._lines(desk).line(duty) if duty else None,
        }  # fmt: skip
        return await self._page(request, desk, "record_form.html", chosen.title, 422 if faults else 200, **values)

    async def _check(
        self, request: Request, desk: Desk, chosen: RecordableFact, typed: Typed, answers: Answers, form: str,
        code: str, would: Consequences,
    ) -> Response:  # fmt: skip
        day = answers.data.get("on") or str(answers.data.get("at", ""))[:10]
        is_ahead = chosen.event_type.done and str(day) > local_day(self._service.clock.now()).isoformat()
        values: dict[str, object] = {
            "fact": chosen, "typed": typed, "form": form, "code": code, "understood": answers.understood,
            "is_ahead": is_ahead, **self._in_words(desk, would),
        }  # fmt: skip
        return await self._page(request, desk, "record_check.html", "Check what you are recording", 200, **values)

    async def _entry(
        self, request: Request, desk: Desk, event: Event, faults: Mapping[str, str] | None = None
    ) -> Response:
        async with reading(self._service.sessions) as session:
            did = await consequences_of(session, self._service.book, desk.seen.plan, event.id)
        withdrawal = self._withdrawn(desk, event)
        values: dict[str, object] = {
            "event": event, "withdrawal": withdrawal, "errors": [*(faults or {}).items()], "faults": dict(faults or {}),
            **self._in_words(desk, did),
        }  # fmt: skip
        status = 422 if faults else 200
        return await self._page(request, desk, "record_entry.html", "Recorded", status, **values)

    async def _page(
        self, request: Request, desk: Desk, template: str, title: str, status: int, **values: object
    ) -> Response:
        around: dict[str, object] = {"path": desk.path, "plan": desk.seen.plan, "names": desk.plan.names}
        return await self._layout.page(request, desk.seen.viewer, template, title, status, **around, **values)

    # ------------------------------------------------------------------------------------------------------- parts

    async def _desk(self, request: Request, seen: SeenPlan) -> Desk:
        if seen.sight.by_exception:
            raise HTTPException(403, "Who looks by exception records nothing.")
        service, now = self._service, self._service.clock.now()
        async with reading(service.sessions) as session:
            plan = await known_plan(session, service.book, seen.plan, now)
        if plan is None:
            raise missing()
        policy = service.book.newest(seen.plan.authority)
        decides = any(role.endswith(_MANAGERS) for role in seen.sight.roles)
        facts = {
            name: fact
            for name, fact in recordable(policy).items()
            if decides or fact.event_type.name not in _MANAGERS_DECIDE
        }
        return Desk(seen, path_of(request, seen.plan), plan, facts, offered(plan.facts, plan.names, policy))

    def _event(self, desk: Desk, type_name: str, name: str, data: Mapping[str, object]) -> dict[str, object]:
        """An event of the pages' own source; beside its data it says who recorded it."""
        return {
            "specversion": "1.0",
            "id": name,
            "source": source_of(desk.seen.plan.authority),
            "type": type_name,
            "subject": desk.seen.plan.id,
            "time": iso_local(self._service.clock.now()),
            "data": {**data, "recorded_by": desk.seen.viewer.person},
        }

    def _lines(self, desk: Desk) -> DutyWords:
        return DutyWords(self._service.book, self._service.clock.now(), desk.plan.names, {desk.seen.plan: desk.path})

    def _in_words(self, desk: Desk, effects: Consequences) -> dict[str, object]:
        lines = self._lines(desk)
        parts = {"met": effects.met, "opened": effects.opened, "ended": effects.ended}
        return {name: [_worded(lines, duty) for duty in duties] for name, duties in parts.items()}

    def _recorded(self, desk: Desk, entry: str) -> Event:
        """An entry of the pages on this plan; 404 where there is none."""
        source = source_of(desk.seen.plan.authority)
        for event in desk.plan.history.events:
            if event.id == entry and event.source == source and event.type != "event.withdrawn":
                return event
        raise missing()

    def _withdrawn(self, desk: Desk, event: Event) -> Event | None:
        name = f"{event.id}-withdrawn"
        return next((other for other in desk.plan.history.events if other.id == name), None)

    async def _note(self, seen: SeenPlan, event_type: str) -> None:
        await note_recorded(self._service, seen.viewer, [PageFact(event_type, seen.plan.id, {})])

    async def _is_recorded(self, plan: OwnId, name: str) -> bool:
        """Whether the other of two clicks has recorded it."""
        async with reading(self._service.sessions) as session:
            current = await known_plan(session, self._service.book, plan, self._service.clock.now())
        return current is not None and any(event.id == name for event in current.history.events)


def _worded(lines: DutyWords, duty: Obligation) -> DutyLine:
    return lines.line(duty)


def _name(form: str) -> str:
    """The id of the event that a form makes: two clicks are one fact."""
    return f"page-{form}"


def _field_of(field: str) -> str:
    """The question behind a field of an event."""
    name = field.removeprefix("data.").partition(".")[0]
    return "when" if name in ("on", "at") else name


def _to(path: str) -> Response:
    return RedirectResponse(path, 303, headers=page_headers())
