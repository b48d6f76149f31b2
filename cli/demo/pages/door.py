"""The demonstration's door: a visitor looks as whom they like, with one click. No other setting opens it."""

from collections import defaultdict
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from cli.demo.data.caseload import DemoPerson
from cli.demo.pages.demonstration import Demonstration
from cli.demo.pages.frame import Pages
from config.database import reading, transaction
from service.domain.access import may_see
from service.domain.own_id import OwnId
from service.domain.telling.wording import role_text
from service.store import accounts, obligations
from service.use_cases.access.account_life import add_account
from service.use_cases.access.sights import roles_of, sight_of
from service.use_cases.looks.look_at_plan import facts_of
from service.web import csrf
from service.web.access_rules import PUBLIC
from service.web.cookies import Cookie
from service.web.page_errors import not_there
from service.web.viewer import SIGN_IN, Entrance, Viewer, entrance_of, safe_next, sign_in

WAY = "demonstration"
_FOR_GOOD = timedelta(days=36_500)  # the demonstration's clock passes a day in a minute
FIRST_SCREEN = "/demo"
_APPOINTED = "configuration_owner"

Name = Annotated[str, Form(max_length=200)]
Looking = Annotated[Viewer | None, Depends(PUBLIC)]


def entrance_of_demo(demonstration: Demonstration) -> Entrance:
    """How the demonstration's pages know who looks: by a click, for as long as it runs."""
    return Entrance(demonstration.service, frozenset({WAY}), _FOR_GOOD, _FOR_GOOD, _FOR_GOOD)


class Door:
    """The routes by which a visitor comes in."""

    def __init__(self, demonstration: Demonstration, pages: Pages) -> None:
        self._demonstration, self._service, self._pages = demonstration, demonstration.service, pages
        self.router = APIRouter()
        for path, endpoint in ((SIGN_IN, self.choose), ("/demo/plans", self.plan), ("/demo/plans/{plan}", self.plan)):
            self.router.add_api_route(path, endpoint, methods=["GET"], response_class=HTMLResponse)
        self.router.add_api_route(f"{SIGN_IN}/as", self.enter, methods=["POST"], response_class=RedirectResponse)

    async def choose(self, request: Request, looking: Looking, next: str = "") -> Response:  # noqa: A002
        """Everybody who works with planwatch, with their roles, and one button each."""
        if looking is None and next == "/":  # whoever has just come sees first what is going on
            return RedirectResponse(FIRST_SCREEN, 303)
        guises = await self._guises()
        return await self._asked(request, looking, "sign_in_as.html", guises=guises, next=safe_next(next or "/"))

    async def plan(
        self,
        request: Request,
        looking: Looking,
        plan: str,
        message: Annotated[str, Query(max_length=64, pattern="[0-9a-f]*")] = "",
    ) -> Response:
        """A plan's own page, or that of one of its messages; a visitor who may not see it chooses who may."""
        authority = self._demonstration.caseload.plans.get(plan)
        if authority is None:
            raise not_there()
        own_id, book, now = OwnId(authority, plan), self._service.book, self._service.clock.now()
        path = f"/plans/{entrance_of(request).addresses.id_of(own_id)}{f'/messages/{message}' if message else ''}"
        async with reading(self._service.sessions) as session:
            if looking is not None and await sight_of(session, book, looking.own_id, own_id, now) is not None:
                return RedirectResponse(path, 303)
            plan_facts = await facts_of(session, book, own_id)
            live = await obligations.live_of_plans(session, [own_id])
        facts = plan_facts.for_alerts(now) if plan_facts else None
        if facts is None:
            raise not_there()
        guises = [
            (guise, sight.reason)
            for guise in self._demonstration.caseload.workers
            if guise.authority == authority and (sight := may_see(book, facts, live, guise.id, now))
        ]
        return await self._asked(request, looking, "look_at_plan.html", plan=plan, guises=guises, next=path)

    async def enter(self, request: Request, looking: Looking, person: Name, next: Name = "/") -> Response:  # noqa: A002
        """Look as somebody from here on."""
        del looking
        chosen = self._demonstration.person(person)
        if chosen not in self._demonstration.caseload.workers:
            raise not_there()
        own_id = OwnId(chosen.authority, chosen.id)
        answer = RedirectResponse(safe_next(next), 303)
        await sign_in(request, answer, own_id, WAY, await self._account(own_id))
        return answer

    async def _asked(self, request: Request, looking: Viewer | None, template: str, **context: object) -> Response:
        """A page of buttons, each of which looks as somebody."""
        secret = csrf.new_form_secret()
        token = looking.csrf if looking else csrf.token_for(secret)
        answer = await self._pages.show(request, template, csrf=token, looking=looking, **context)
        if looking is None:
            csrf.keep_form_secret(answer, Cookie.of(self._service.settings, request), secret)
        return answer

    async def _guises(self) -> dict[str, dict[str, list[DemoPerson]]]:
        """Who works with planwatch, by council, and under their roles, or what they do where they hold none."""
        book, now = self._service.book, self._service.clock.now()
        guises: dict[str, dict[str, list[DemoPerson]]] = defaultdict(lambda: defaultdict(list))
        async with reading(self._service.sessions) as session:
            for person in self._demonstration.caseload.workers:
                roles = await roles_of(session, book, OwnId(person.authority, person.id), now)
                heading = ", ".join(sorted(map(role_text, roles))) or person.desk
                guises[person.authority][heading[:1].upper() + heading[1:]].append(person)
        return guises

    async def _account(self, own_id: OwnId) -> str:
        """The account of somebody; who owns the configuration administers and audits, too."""
        book, now = self._service.book, self._service.clock.now()
        async with transaction(self._service.sessions) as session:
            account = await accounts.of_person(session, own_id)
            if account is None:
                appointed = _APPOINTED in await roles_of(session, book, own_id, now)
                name = f"{own_id.id}@{own_id.authority}"
                invited = await add_account(
                    session, book, own_id, name, now, administrator=appointed, auditor=appointed
                )
                account = invited.account
            return account.id
