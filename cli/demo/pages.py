"""The demonstration's own pages: the overview, everybody's inbox, and everybody's phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from cli.demo.actions import actions
from cli.demo.cast import BY_ID, PEOPLE, Person
from cli.demo.feed import happenings, of_arrival
from cli.demo.ladder import climbs
from cli.demo.milestones import Milestones
from cli.demo.received import Mail, Text
from cli.demo.stage import Stage, owner
from cli.demo.story_line import chapter
from config.database import reading
from notifications import outbox
from service.domain.calendar import iso_local
from service.domain.policy import PolicyBook
from service.store import obligations, plan_list
from service.web.pages import HEADERS, Frame, Pages, mount_pages

_HERE = Path(__file__).parent
_MILLISECONDS = 900
_LETTER = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'"


@dataclass(frozen=True, slots=True)
class Phone:
    """A person's phone, as the page shows it."""

    person: Person
    texts: Sequence[Text]

    @property
    def code(self) -> str | None:
        """The code that the last text asks for, until something was sent back."""
        return self.texts[-1].code if self.texts else None


def frame(stage: Stage) -> Frame:
    """What surrounds every page during a demonstration."""

    async def common(request: Request) -> Mapping[str, object]:
        stage.visited.set()
        return {"clock": stage.clock, "refresh": None if stage.clock.is_paused else 5}

    return Frame(
        navigation=(("Overview", "/"), ("Inboxes", "/inboxes"), ("Phones", "/phones"), ("Plans", "/plans")),
        templates=(_HERE / "templates",),
        styles=("/demo/static/demo.css",),
        stage="Demonstration: nobody here exists",
        strip="_strip.html",
        plan_tools="_plan_tools.html",
        live=_MILLISECONDS,
        common=common,
    )


def mount_demo(app: FastAPI, stage: Stage, book: PolicyBook) -> None:
    """Give the service its pages, and those of the demonstration."""
    pages = Pages(stage.sessions, book, stage.clock, frame(stage))
    app.mount("/demo/static", StaticFiles(directory=_HERE / "static"), name="demo-static")
    mount_pages(app, pages)
    app.include_router(_views(stage, pages), include_in_schema=False)
    app.include_router(actions(stage), include_in_schema=False)


def _views(stage: Stage, pages: Pages) -> APIRouter:
    router = APIRouter()
    milestones = Milestones()

    @router.get("/")
    async def overview(request: Request) -> HTMLResponse:
        climbing = await climbs(stage, pages.book)
        async with reading(stage.sessions) as session:
            plans = await plan_list.page(session, "running", 500)
            counts = await plan_list.counts(session)
            owed = await obligations.counts(session)
            messages = await outbox.counts(session)
        return await pages.show(
            request,
            "overview.html",
            chapter=chapter(stage.clock.now()),
            climbs=climbing,
            milestones=await milestones.reached(stage, climbing),
            happenings=await happenings(stage),
            plans=[plan.id for plan in plans],
            counts=counts,
            owed=owed,
            messages=messages,
            arrived=stage.received.latest,
        )

    @router.get("/inboxes")
    @router.get("/inboxes/{person}")
    @router.get("/inboxes/{person}/{number}")
    async def inboxes(request: Request, person: str | None = None, number: int | None = None) -> HTMLResponse:
        chosen = _person(person) if person else None
        mail = _mail(stage, chosen, number)
        if mail:
            stage.opened.add(mail.number)
        origins = await stage.origins_of([mail]) if mail else {}
        return await pages.show(
            request,
            "inboxes.html",
            desks=_desks(stage),
            chosen=chosen,
            mails=stage.received.inbox(chosen.email) if chosen else [],
            mail=mail,
            origin=origins.get(mail.number) if mail else None,
            opened=stage.opened,
        )

    @router.get("/letters/{number}")
    async def letter(number: int) -> HTMLResponse:
        mail = stage.received.mail(number)
        if mail is None or mail.html is None:
            raise HTTPException(404, "There is no such letter.")
        # Links open beside the page: the frame itself may go nowhere.
        html = mail.html.replace("<head>", '<head><base target="_blank">', 1)
        return HTMLResponse(html, headers={**HEADERS, "Content-Security-Policy": _LETTER})

    @router.get("/phones")
    async def phones(request: Request) -> HTMLResponse:
        return await pages.show(request, "phones.html", phones=_phones(stage))

    @router.get("/phones/{person}")
    async def phone(request: Request, person: str) -> HTMLResponse:
        chosen = _person(person)
        shown = Phone(chosen, stage.received.phone(chosen.mobile))
        others = [other for other in _phones(stage) if other.person is not chosen]
        return await pages.show(request, "phone.html", phone=shown, others=others)

    @router.get("/demo/feed.json")
    async def feed(after: Annotated[int, Query(ge=0)] = 0) -> JSONResponse:
        arrivals = stage.received.everything(after)
        origins = await stage.origins_of(arrivals)
        items = []
        for one in arrivals:
            person, origin = owner(one), origins.get(one.number)
            shown = of_arrival(one, origin)
            items.append(
                {
                    "number": one.number,
                    "at": iso_local(one.at),
                    "channel": "email" if isinstance(one, Mail) else "sms",
                    "person": person.id if person else None,
                    "purpose": origin.purpose if origin else None,
                    "role": origin.role if origin else None,
                    "plan": origin.plan if origin else None,
                    "theirs": isinstance(one, Text) and one.theirs,
                    "title": shown.title,
                    "link": shown.link,
                }
            )
        climbing = await climbs(stage, pages.book)
        alerts = [{"plan": one.plan, "event": one.event, "open": one.is_open, "told": one.told} for one in climbing]
        answer = {"now": iso_local(stage.clock.now()), "latest": stage.received.latest, "items": items}
        return JSONResponse(answer | {"alerts": alerts}, headers=dict(HEADERS))

    return router


def _person(person: str) -> Person:
    if person not in BY_ID:
        raise HTTPException(404, "There is nobody of that id.")
    return BY_ID[person]


def _mail(stage: Stage, person: Person | None, number: int | None) -> Mail | None:
    mail = stage.received.mail(number) if number else None
    return mail if mail and person and mail.to == person.email else None


def _desks(stage: Stage) -> list[tuple[Person, int, int]]:
    """Everybody with mail: who, how many emails, how many of them unread; whoever has some first."""
    return [(person, len(stage.received.inbox(person.email)), stage.unread(person)) for person in PEOPLE]


def _phones(stage: Stage) -> list[Phone]:
    """The phones with something on them, the newest first."""
    phones = [Phone(person, stage.received.phone(person.mobile)) for person in PEOPLE]
    return sorted((one for one in phones if one.texts), key=lambda one: one.texts[-1].number, reverse=True)
