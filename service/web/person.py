"""One person: roles, when they are away and who covers, and how they may be contacted; with the forms for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from config.database import reading, transaction
from service.app import Service
from service.domain.events.payloads.people import ContactChannel
from service.domain.own_id import OwnId
from service.store import calendar_addresses
from service.use_cases.access.person_overview import PersonOverview, person_overview, shares_a_plan
from service.use_cases.overviews.colleagues import colleagues
from service.use_cases.overviews.names import names_of
from service.web.access_rules import SIGNED_IN, Proved
from service.web.failures import missing
from service.web.flash import done
from service.web.layout import Layout
from service.web.leading_roles import MANAGERS
from service.web.own_events import PageFact, new_form, record
from service.web.person_addresses import PersonAddresses
from service.web.recording.days import read_time
from service.web.viewer import Viewer, entrance_of, sign_in_path
from service.web.words import by_channel

_SIGNED_IN = Depends(SIGNED_IN)
Looking = Annotated[Viewer, _SIGNED_IN]
Shown = Annotated[Viewer, Depends(Proved(SIGNED_IN, parent=True))]
Errors = list[tuple[str, str]]
Line = Annotated[str, Form(max_length=200)]
FormId = Annotated[str, Form(max_length=40)]
_ME = "me"
_CHANNELS: Sequence[str] = get_args(ContactChannel)


@dataclass(frozen=True, slots=True)
class SeenPerson:
    """A person, and what the viewer may do: `is_self`, or `manages` (say that they are away, decide about contact)."""

    person: PersonOverview
    path: str
    is_self: bool
    manages: bool


@dataclass(frozen=True, slots=True)
class TypedForm:
    """What was typed into a form of the page that is shown again: which form, its values, and what is wrong."""

    form: str
    values: Mapping[str, str]
    errors: Errors


def person_router(service: Service, layout: Layout) -> APIRouter:
    """The page of a person, `/people/me` for the viewer's own."""
    router = APIRouter()
    page = _PersonPage(service, layout)
    for path, endpoint, method in (
        ("/people/{person}", page.show, "GET"),
        ("/people/{person}/away", page.away, "POST"),
        ("/people/{person}/back", page.back, "POST"),
        ("/people/{person}/contact", page.decide, "POST"),
        ("/people/me/calendar", page.calendar, "POST"),
    ):
        router.add_api_route(path, endpoint, methods=[method], response_class=HTMLResponse)
    return router


class _PersonPage:
    def __init__(self, service: Service, layout: Layout) -> None:
        self._service, self._layout = service, layout

    async def show(self, request: Request, viewer: Looking, person: str) -> Response:
        return await self._page(request, viewer, await self._seen(request, viewer, person))

    async def away(
        self, request: Request, viewer: Looking, person: str, form: FormId,
        begins: Line = "", ends: Line = "", cover: Line = "",
    ) -> Response:  # fmt: skip
        """That the person is away on some days, and who covers."""
        seen = await self._seen(request, viewer, person)
        if not seen.is_self and not seen.manages:
            raise missing()
        now, errors = self._service.clock.now(), Errors()
        first_day = _day("begins", begins, now, errors, "Write the first day away, like tomorrow or 5/12")
        last_day = _day("ends", ends, now, errors, "Write the last day away, like Friday or 12/12")
        if first_day and last_day and last_day < first_day:
            errors.append(("ends", "The last day lies before the first. Write the last day on which you are away"))
        if cover == seen.person.own_id.id:
            errors.append(("cover", "Nobody covers for themselves. Choose somebody else"))
        if not errors and first_day and last_day:
            data = {"from": first_day.isoformat(), "until": last_day.isoformat(), **({"cover": cover} if cover else {})}
            fact = PageFact("absence.recorded", seen.person.own_id.id, data)
            errors = [("begins", fault) for fault in await record(self._service, viewer, form, [fact])]
        if errors:
            typed = TypedForm(form, {"begins": begins, "ends": ends, "cover": cover}, errors)
            return await self._page(request, viewer, seen, typed)
        return done(request, seen.path, "away" if cover else "away-alone")

    async def back(self, request: Request, viewer: Looking, person: str, form: FormId, event: Line) -> Response:
        """That an absence was recorded by mistake, or does not come about."""
        seen = await self._seen(request, viewer, person)
        own = [entry.event for entry in seen.person.absences if entry.withdrawable]
        if event not in own or not (seen.is_self or seen.manages):
            raise missing()
        withdrawal = {"event": event, "reason": "not away after all"}
        await record(self._service, viewer, form, [PageFact("event.withdrawn", seen.person.own_id.id, withdrawal)])
        return done(request, seen.path, "withdrawn")

    async def decide(
        self, request: Request, viewer: Shown, person: str, form: FormId,
        decision: Line = "", channel: Line = "", again: Line = "",
    ) -> Response:  # fmt: skip
        """Whether the person may be contacted, by the viewer's decision."""
        seen = await self._seen(request, viewer, person)
        if not seen.manages:
            raise missing()
        errors: Errors = []
        if decision not in ("allow", "never"):
            errors.append(("decision", "Choose whether the person may be contacted"))
        again_on = _day("again", again, self._service.clock.now(), errors) if again.strip() else None
        if not errors:
            data = {"decision": decision, "decided_by": viewer.person}
            data |= {"channel": channel} if channel in _CHANNELS and decision == "allow" else {}
            data |= {"check_again_on": again_on.isoformat()} if again_on and decision == "allow" else {}
            fact = PageFact("contact.decided", seen.person.own_id.id, data)
            errors = [("decision", fault) for fault in await record(self._service, viewer, form, [fact])]
        if errors:
            typed = TypedForm(form, {"decision": decision, "channel": channel, "again": again}, errors)
            return await self._page(request, viewer, seen, typed)
        return done(request, seen.path, "decided")

    async def calendar(self, request: Request, viewer: Looking, wish: Line = "") -> Response:
        """A new address for the viewer's calendar, which is shown once; or none any more."""
        async with transaction(self._service.sessions) as session:
            if wish == "end":
                await calendar_addresses.revoke(session, viewer.own_id)
                return done(request, f"/people/{_ME}", "calendar-ended")
            secret = await calendar_addresses.make(session, viewer.own_id, self._service.clock.now())
        base = self._service.settings.public_url or str(request.base_url).rstrip("/")
        return await self._layout.page(
            request, viewer, "calendar_made.html", "Calendar", address=f"{base}/calendar/{secret}.ics"
        )

    async def _seen(self, request: Request, viewer: Viewer, opaque: str) -> SeenPerson:
        """The person that an address means; PageError 404 where the viewer has nothing to do with them."""
        person = viewer.own_id if opaque == _ME else addresses_of(self._service).person_of(opaque)
        if person is None or person.authority != viewer.authority:
            raise missing()
        service, now = self._service, self._service.clock.now()
        async with reading(service.sessions) as session:
            overview = await person_overview(session, service.book, now, person)
            if overview is None:
                raise missing()
            shares = person == viewer.own_id or await shares_a_plan(session, service.book, now, viewer.own_id, person)
        if overview.is_family and not shares:
            raise missing()
        manages = shares and not viewer.roles.isdisjoint(MANAGERS)
        return SeenPerson(overview, f"/people/{opaque}", person == viewer.own_id, manages)

    async def _page(
        self, request: Request, viewer: Viewer, seen: SeenPerson, typed: TypedForm | None = None
    ) -> HTMLResponse:
        person = seen.person
        people = {entry.cover for entry in person.absences if entry.cover}
        people |= {entry.decided_by for entry in person.decisions}
        async with reading(self._service.sessions) as session:
            names = await names_of(session, viewer.authority, people)
            choices = await colleagues(session, viewer.authority) if seen.is_self or seen.manages else {}
            made_at = await calendar_addresses.made_at(session, viewer.own_id) if seen.is_self else None
        shown = typed or TypedForm(new_form(), {}, [])
        values = dict.fromkeys(("begins", "ends", "cover", "decision", "channel", "again"), "") | dict(shown.values)
        return await self._layout.page(
            request, viewer, "person.html", "Your page" if seen.is_self else "Person",
            422 if shown.errors else 200,
            seen=seen, person=person, names=names, values=values, form=shown.form, errors=shown.errors,
            colleagues=[(key, name) for key, name in choices.items() if key != person.own_id.id],
            ways=[(name, f"By {by_channel(name).word} alone") for name in _CHANNELS],
            calendar_made_at=made_at, show_first=_show_first(request, viewer, seen.path, self._service.clock.now()),
        )  # fmt: skip


def _show_first(request: Request, viewer: Viewer, path: str, now: datetime) -> str | None:
    """Where the viewer shows who they are before they decide about others; None: they did so lately."""
    return None if entrance_of(request).is_proved(viewer, now) else sign_in_path(path, again=True)


def _day(field: str, text: str, now: datetime, errors: Errors, left_out: str = "") -> date | None:
    """A day that was typed; what is wrong with it is added to the errors of its field. `left_out`: where it is none."""
    if not text.strip():
        errors.append((field, left_out))
        return None
    try:
        return read_time(text, now, ahead=True).day
    except ValueError as fault:
        errors.append((field, str(fault)))
        return None


def addresses_of(service: Service) -> PersonAddresses:
    """The ids of people in the addresses of a service's pages."""
    return PersonAddresses(service.delivery.secret)


def person_path(service: Service, person: OwnId) -> str:
    """Where the page of a person is."""
    return f"/people/{addresses_of(service).id_of(person)}"
