"""What the visitor looks at: the overview, everybody's inbox, and everybody's phone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, HTTPException, Query, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from cli.demo.data.caseload import DemoPerson
from cli.demo.pages.actions import Actions
from cli.demo.pages.alerts import latest_alerts
from cli.demo.pages.checklist import Checklist
from cli.demo.pages.demonstration import Demonstration
from cli.demo.pages.door import Door, entrance_of_demo
from cli.demo.pages.feed import Happening, happening_of, happenings, of_event
from cli.demo.pages.frame import HEADERS, Frame, Pages
from cli.demo.standins.arrivals import Mail, folded
from config.database import reading
from service.domain.calendar import local_day
from service.store import obligations, plan_list
from service.store.plan_list import AsOf, Listed
from service.web.layout import Stage
from service.web.routes import add_pages

_HERE = Path(__file__).parent
_MILLISECONDS = 900
_ABOUT_CHECK_INS = "check_in_"
_LATEST_FOLLOWED = 8
Council = Annotated[str, Query(max_length=60)]
_LETTER = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'"


def frame(demonstration: Demonstration) -> Frame:
    """What surrounds every page during a demonstration."""

    async def common(request: Request) -> Mapping[str, object]:
        demonstration.visited.set()
        event, clock = demonstration.just_recorded, demonstration.clock
        line = of_event(demonstration, event) if event else None
        return {"clock": clock, "recorded": line, "refresh": None if clock.is_paused else 10}

    return Frame(
        navigation=(
            ("Overview", "/demo"),
            ("Inboxes", "/inboxes"),
            ("Phones", "/phones"),
            ("Look as somebody", "/sign-in"),
        ),
        live=_MILLISECONDS,
        common=common,
    )


def mount_demo(app: FastAPI, demonstration: Demonstration) -> None:
    """Give the service its pages, and those of the demonstration."""
    service = demonstration.service
    stage = Stage("Demonstration", (_HERE / "templates",), "_stage.html")
    add_pages(app, service, stage, entrance_of_demo(demonstration))
    pages = Pages(service.sessions, service.book, demonstration.clock, frame(demonstration))
    app.mount("/demo/static", StaticFiles(directory=_HERE / "static"), name="demo-static")
    app.include_router(Door(demonstration, pages).router, include_in_schema=False)
    app.include_router(Views(demonstration, pages).router, include_in_schema=False)
    app.include_router(Actions(demonstration).router, include_in_schema=False)


class Views:
    """The routes of the demonstration's pages."""

    def __init__(self, demonstration: Demonstration, pages: Pages) -> None:
        self._demonstration, self._pages = demonstration, pages
        self._arrivals, self._caseload = demonstration.arrivals, demonstration.caseload
        self._checklist = Checklist()
        self.router = APIRouter()
        for path, endpoint in (
            ("/demo", self.overview),
            ("/inboxes", self.inboxes),
            ("/inboxes/{person}", self.inboxes),
            ("/inboxes/{person}/{number}", self.inboxes),
            ("/letters/{number}", self.letter),
            ("/phones", self.phones),
            ("/phones/{person}", self.phone),
        ):
            self.router.add_api_route(path, endpoint, methods=["GET"], response_class=HTMLResponse)

    async def overview(self, request: Request, council: Council = "") -> HTMLResponse:
        """What is going on, what just happened, and what can be tried."""
        alerts = await latest_alerts(self._demonstration)
        async with reading(self._demonstration.service.sessions) as session:
            service = self._demonstration.service
            as_of = AsOf(local_day(service.clock.now()), service.book.authorities)
            running = await plan_list.page(session, as_of, "running", 500)
            counts, owed = await plan_list.counts(session), await obligations.counts(session)
        items = await self._checklist.items(self._demonstration, alerts)
        happened = await happenings(self._demonstration, council)
        chapter = self._caseload.chapter(self._demonstration.clock.now())
        context: dict[str, object] = {"chapter": chapter, "climbs": alerts, "milestones": items, "happenings": happened}
        context |= {"council": council, "counts": counts, "owed": owed, "arrived": self._arrivals.latest}
        return await self._pages.show(request, "overview.html", 200, plans=_by_council(running), **context)

    async def inboxes(
        self, request: Request, person: str | None = None, number: int | None = None, council: Council = ""
    ) -> HTMLResponse:
        """Everybody's mail program: the people, one person's emails, and one email."""
        chosen = self._demonstration.person(person) if person else None
        mails = self._arrivals.inbox(chosen.email) if chosen else []
        mail = next((mail for mail in mails if mail.number == number), None)
        self._demonstration.opened.update([mail.number] if mail else [])
        sent = await self._demonstration.sent_as([mail] if mail else [])
        origin = sent.get(mail.number) if mail else None
        shown = folded(mails, newest_first=True)
        context: dict[str, object] = {"chosen": chosen, "mails": shown, "mail": mail, "origin": origin}
        context |= {"desks": self._desks(council), "council": council, "keep": f"?council={council}" if council else ""}
        return await self._pages.show(request, "inboxes.html", 200, opened=self._demonstration.opened, **context)

    async def letter(self, number: int) -> HTMLResponse:
        """An email's own HTML, for a frame that can run nothing and go nowhere."""
        mail = next((mail for mail in self._arrivals.after() if mail.number == number), None)
        if not isinstance(mail, Mail) or mail.html is None:
            raise HTTPException(404, "There is no such letter.")
        # Its links open beside the page.
        html = mail.html.replace("<head>", '<head><base target="_blank">', 1)
        return HTMLResponse(html, headers={**HEADERS, "Content-Security-Policy": _LETTER})

    async def phones(self, request: Request, council: Council = "") -> HTMLResponse:
        """All phones with something on them."""
        phones = [phone for phone in self._demonstration.used_phones() if council in ("", phone.person.authority)]
        return await self._pages.show(request, "phones.html", phones=phones, council=council)

    async def phone(self, request: Request, person: str) -> HTMLResponse:
        """One person's phone, and a field to text back."""
        owner = self._demonstration.person(person)
        plan = self._caseload.plan_of_family_member.get(owner.id)
        other_phones = [phone for phone in self._demonstration.used_phones() if phone.person is not owner]
        context: dict[str, object] = {"phone": self._demonstration.phone(owner), "others": other_phones, "plan": plan}
        context |= {"followed": await self._followed(plan) if plan else [], "refresh": None}
        return await self._pages.show(request, "phone.html", 200, **context)

    async def _followed(self, plan: str) -> list[Happening]:
        """What the workers were told about a plan's check-ins, the newest first."""
        arrivals = self._arrivals.after()
        sent = await self._demonstration.sent_as(arrivals)
        deliveries = [(arrival, sent[arrival.number]) for arrival in reversed(arrivals) if arrival.number in sent]
        about = [pair for pair in deliveries if pair[1].plan == plan and pair[1].template.startswith(_ABOUT_CHECK_INS)]
        return [happening_of(self._demonstration, *pair) for pair in about[:_LATEST_FOLLOWED]]

    def _desks(self, council: str) -> dict[str, list[tuple[DemoPerson, int]]]:
        """Who has an inbox, and how much in it is unread, by council."""
        desks = defaultdict(list)
        for person in self._caseload.people.values():
            if person.email and council in ("", person.authority):
                mails = self._arrivals.inbox(person.email)
                unread = sum(mail.number not in self._demonstration.opened for mail in mails)
                desks[person.authority].append((person, unread))
        return desks


def _by_council(running: Sequence[Listed]) -> dict[str, list[str]]:
    """References of plans, by whose they are."""
    plans = defaultdict(list)
    for plan in running:
        plans[plan.own_id.authority].append(plan.own_id.id)
    return plans
