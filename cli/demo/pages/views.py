"""What the visitor looks at: the overview, everybody's inbox, and everybody's phone."""

from collections import Counter
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, HTTPException, Query, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from cli.demo.pages.actions import Actions
from cli.demo.pages.alerts import latest_climbs
from cli.demo.pages.checklist import Checklist
from cli.demo.pages.demonstration import Demonstration
from cli.demo.pages.door import Door, entrance_of_demo
from cli.demo.pages.feed import Happening, happening_of, happenings
from cli.demo.pages.frame import Pages
from cli.demo.standins.arrivals import Mail, folded
from service.web.headers import page_headers
from service.web.layout import Stage
from service.web.routes import add_pages

_HERE = Path(__file__).parent
_ABOUT_CHECK_INS = "check_in_"
_LATEST_FOLLOWED = 8
Council = Annotated[str, Query(max_length=60)]
_LETTER = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'"


def mount_demo(app: FastAPI, demonstration: Demonstration) -> None:
    """Give the service its pages, and those of the demonstration."""
    stage = Stage("Demonstration", (_HERE / "templates",), "_stage.html")
    pages = Pages(demonstration, add_pages(app, demonstration.service, stage, entrance_of_demo(demonstration)))
    app.mount("/demo/static", StaticFiles(directory=_HERE / "static"), name="demo-static")
    for routes in (Door(demonstration, pages), Views(demonstration, pages), Actions(demonstration)):
        app.include_router(routes.router, include_in_schema=False)


class Views:
    """The routes of the demonstration's pages."""

    def __init__(self, demonstration: Demonstration, pages: Pages) -> None:
        self._demonstration, self._pages = demonstration, pages
        self._arrivals, self._caseload = demonstration.arrivals, demonstration.caseload
        self._checklist = Checklist(demonstration)
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
        climbs = await latest_climbs(self._demonstration)
        context: dict[str, object] = {"climbs": climbs, "milestones": await self._checklist.items(climbs)}
        context |= {"chapter": self._caseload.chapter(self._demonstration.clock.now()), "council": council}
        context |= {"happenings": await happenings(self._demonstration, council), "arrived": self._arrivals.latest}
        return await self._pages.show(request, "overview.html", plans=self._caseload.lasting_plans, **context)

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
        arrived = (mail for mail in self._arrivals.after() if isinstance(mail, Mail))
        unread = Counter(mail.to for mail in arrived if mail.number not in self._demonstration.opened)
        shown = folded(mails, newest_first=True)
        context: dict[str, object] = {"chosen": chosen, "mails": shown, "mail": mail, "origin": origin}
        context |= {"unread": unread, "council": council, "keep": f"?council={council}" if council else ""}
        return await self._pages.show(request, "inboxes.html", opened=self._demonstration.opened, **context)

    async def letter(self, number: int) -> HTMLResponse:
        """An email's own HTML, for a frame that can run nothing and go nowhere."""
        mail = next((mail for mail in self._arrivals.after() if mail.number == number), None)
        if not isinstance(mail, Mail) or mail.html is None:
            raise HTTPException(404, "There is no such letter.")
        # Its links open beside the page.
        html = mail.html.replace("<head>", '<head><base target="_blank">', 1)
        return HTMLResponse(html, headers=page_headers(_LETTER) | {"X-Frame-Options": "SAMEORIGIN"})

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
        return await self._pages.show(request, "phone.html", **context)

    async def _followed(self, plan: str) -> list[Happening]:
        """What the workers were told about a plan's check-ins, the newest first."""
        arrivals = self._arrivals.after()
        sent = await self._demonstration.sent_as(arrivals)
        deliveries = [(arrival, sent[arrival.number]) for arrival in reversed(arrivals) if arrival.number in sent]
        about = [pair for pair in deliveries if pair[1].plan == plan and pair[1].template.startswith(_ABOUT_CHECK_INS)]
        return [happening_of(self._demonstration, *pair) for pair in about[:_LATEST_FOLLOWED]]
