"""The demonstration's own pages: the overview, everybody's inbox, and everybody's phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.staticfiles import StaticFiles

from cli.demo.cast import PEOPLE
from cli.demo.councils.south_gloucestershire import KIN
from cli.demo.pages.actions import Actions, person_of
from cli.demo.pages.alerts import climbs
from cli.demo.pages.checklist import Milestones
from cli.demo.pages.demonstration import Stage, owner
from cli.demo.pages.feed import Happening, happenings, of_arrival
from cli.demo.pages.sent import Origin
from cli.demo.person import Person
from cli.demo.standins.arrivals import Mail, Text
from cli.demo.story_line import chapter
from config.database import reading
from service.domain.calendar import iso_local
from service.domain.policy import PolicyBook
from service.store import obligations, plan_list
from service.store.plan_list import Listed
from service.web.pages import HEADERS, Frame, Pages, mount_pages

_HERE = Path(__file__).parent
_MILLISECONDS = 900
_ASKS = "All ok today?"
_ABOUT_CHECK_INS = "check_in_"
_FOLLOWED = 8
KIN_OF = {person.id: plan for plan, person in KIN.items()}
Council = Annotated[str, Query(max_length=60)]
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

    @property
    def is_asked(self) -> bool:
        """Whether the last text is a check-in that waits for its answer."""
        last = self.texts[-1] if self.texts and self.person.kind == "family" else None
        return last is not None and not last.theirs and _ASKS in last.body


def frame(stage: Stage) -> Frame:
    """What surrounds every page during a demonstration."""

    async def common(request: Request) -> Mapping[str, object]:
        stage.visited.set()
        return {"clock": stage.clock, "refresh": None if stage.clock.is_paused else 10}

    return Frame(
        navigation=(("Overview", "/"), ("Inboxes", "/inboxes"), ("Phones", "/phones"), ("Plans", "/plans")),
        templates=(_HERE / "templates",),
        styles=("/demo/static/demo.css",),
        stage=("Demonstration", ": nobody here exists"),
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
    app.include_router(Views(stage, pages).router, include_in_schema=False)
    app.include_router(Actions(stage).router, include_in_schema=False)


class Views:
    """What the visitor looks at."""

    def __init__(self, stage: Stage, pages: Pages) -> None:
        self._stage, self._pages = stage, pages
        self._milestones = Milestones()
        self.router = APIRouter()
        for path, endpoint in (
            ("/", self.overview),
            ("/inboxes", self.inboxes),
            ("/inboxes/{person}", self.inboxes),
            ("/inboxes/{person}/{number}", self.inboxes),
            ("/letters/{number}", self.letter),
            ("/phones", self.phones),
            ("/phones/{person}", self.phone),
            ("/demo/feed.json", self.feed),
        ):
            self.router.add_api_route(path, endpoint, methods=["GET"], response_class=HTMLResponse)

    async def overview(self, request: Request, council: Council = "") -> HTMLResponse:
        """What is going on, what just happened, and what can be tried."""
        stage = self._stage
        climbing = await climbs(stage, self._pages.book)
        async with reading(stage.sessions) as session:
            running = await plan_list.page(session, "running", 500)
            counts, owed = await plan_list.counts(session), await obligations.counts(session)
        return await self._pages.show(
            request,
            "overview.html",
            chapter=chapter(stage.clock.now()),
            climbs=climbing,
            milestones=await self._milestones.reached(stage, climbing),
            happenings=await happenings(stage, council),
            council=council,
            plans=_by_council(running),
            arrived=stage.received.latest,
            counts=counts,
            owed=owed,
        )

    async def inboxes(
        self, request: Request, person: str | None = None, number: int | None = None, council: Council = ""
    ) -> HTMLResponse:
        """Everybody's mail program: the people, one person's emails, and one email."""
        stage = self._stage
        chosen = person_of(person) if person else None
        mail = _mail(stage, chosen, number)
        if mail:
            stage.opened.add(mail.number)
        origins = await stage.origins_of([mail]) if mail else {}
        return await self._pages.show(
            request,
            "inboxes.html",
            desks=_desks(stage, council),
            council=council,
            keep=f"?council={council}" if council else "",
            chosen=chosen,
            mails=stage.received.inbox(chosen.email) if chosen else [],
            mail=mail,
            origin=origins.get(mail.number) if mail else None,
            opened=stage.opened,
        )

    async def letter(self, number: int) -> HTMLResponse:
        """An email's own HTML, for a frame that can run nothing and go nowhere."""
        mail = self._stage.received.mail(number)
        if mail is None or mail.html is None:
            raise HTTPException(404, "There is no such letter.")
        # Its links open beside the page.
        html = mail.html.replace("<head>", '<head><base target="_blank">', 1)
        return HTMLResponse(html, headers={**HEADERS, "Content-Security-Policy": _LETTER})

    async def phones(self, request: Request, council: Council = "") -> HTMLResponse:
        """All phones with something on them."""
        phones = [one for one in _phones(self._stage) if council in ("", one.person.authority)]
        return await self._pages.show(request, "phones.html", phones=phones, council=council)

    async def phone(self, request: Request, person: str) -> HTMLResponse:
        """One person's phone, and a field to text back."""
        chosen = person_of(person)
        others = [other for other in _phones(self._stage) if other.person is not chosen]
        shown = Phone(chosen, self._stage.received.phone(chosen.mobile))
        plan = KIN_OF.get(chosen.id)
        followed = await self._followed(plan) if plan else []
        context = {"phone": shown, "others": others, "plan": plan, "followed": followed, "refresh": None}
        return await self._pages.show(request, "phone.html", 200, **context)

    async def _followed(self, plan: str) -> list[Happening]:
        """What the workers were told about a plan's check-ins, the newest first."""
        arrivals = self._stage.received.everything()
        origins = await self._stage.origins_of(arrivals)
        told = [(one, origins[one.number]) for one in reversed(arrivals) if one.number in origins]
        return [
            of_arrival(one, origin)
            for one, origin in told
            if origin.plan == plan and origin.template.startswith(_ABOUT_CHECK_INS)
        ][:_FOLLOWED]

    async def feed(self, after: Annotated[int, Query(ge=0)] = 0) -> JSONResponse:
        """What arrived after a number, and how the alerts stand, for programs."""
        arrivals = self._stage.received.everything(after)
        origins = await self._stage.origins_of(arrivals)
        climbing = await climbs(self._stage, self._pages.book)
        answer = {
            "now": iso_local(self._stage.clock.now()),
            "latest": self._stage.received.latest,
            "items": [_item(one, origins.get(one.number)) for one in arrivals],
            "alerts": [
                {"plan": one.plan, "event": one.event, "open": one.is_open, "told": one.told} for one in climbing
            ],
        }
        return JSONResponse(answer, headers=dict(HEADERS))


def _by_council(running: Sequence[Listed]) -> dict[str, list[str]]:
    """References of plans, by whose they are."""
    found: dict[str, list[str]] = {}
    for one in running:
        found.setdefault(str(one.opening["data"]["authority"]), []).append(one.id)
    return found


def _desks(stage: Stage, council: str) -> dict[str, list[tuple[Person, int]]]:
    """Who has an inbox, and how much in it is unread, by council."""
    found: dict[str, list[tuple[Person, int]]] = {}
    for one in PEOPLE:
        if one.email and council in ("", one.authority):
            found.setdefault(one.authority, []).append((one, stage.unread(one)))
    return found


def _item(one: Mail | Text, origin: Origin | None) -> dict[str, object]:
    person, shown = owner(one), of_arrival(one, origin)
    return {
        "number": one.number,
        "at": iso_local(one.at),
        "channel": "email" if isinstance(one, Mail) else "sms",
        "person": person.id if person else None,
        "purpose": origin.purpose if origin else None,
        "role": origin.role if origin else None,
        "plan": origin.plan if origin else None,
        "template": origin.template if origin else None,
        "about": origin.what if origin else None,
        "theirs": isinstance(one, Text) and one.theirs,
        "link": shown.link,
    }


def _mail(stage: Stage, person: Person | None, number: int | None) -> Mail | None:
    mail = stage.received.mail(number) if number else None
    return mail if mail and person and mail.to == person.email else None


def _phones(stage: Stage) -> list[Phone]:
    """The phones with something on them, the newest first."""
    phones = [Phone(person, stage.received.phone(person.mobile)) for person in PEOPLE if person.mobile]
    return sorted((one for one in phones if one.texts), key=lambda one: one.texts[-1].number, reverse=True)
