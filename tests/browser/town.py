"""A council whose pages are served on loopback, with a hand on its clock, and browsers of its people."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from fastapi import FastAPI
from playwright.async_api import Browser
from starlette.types import ASGIApp, Receive, Scope, Send

from config.database import transaction
from config.settings import Settings
from service.api.application import make_application
from service.domain.own_id import OwnId
from service.store import viewer_sessions
from service.use_cases.access.account_life import Invited, add_account
from service.web.routes import add_pages
from service.web.viewer import PASSWORD, Entrance
from tests.browser.hands import DESK, PHONE, Hand, Way
from tests.contract.served import served
from tests.world import MONDAY, World, book

COOKIE = "planwatch-session"


class _Door:
    """Stands where requests come in, before the application that needs to know its own address is made."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


@dataclass
class Town:
    """The council, its address, and who is looking at it."""

    world: World
    url: str
    chromium: Browser
    way: Way
    app: FastAPI
    accounts: dict[str, str] = field(default_factory=dict)

    @asynccontextmanager
    async def hand(self, person: str | None = None, way: Way | None = None) -> AsyncIterator[Hand]:
        """Somebody at a browser of their own; None: a stranger. On a phone no script runs."""
        used = way or self.way
        on_phone = used == "phone"
        context = await self.chromium.new_context(
            base_url=self.url,
            viewport=PHONE if on_phone else DESK,
            has_touch=on_phone,
            java_script_enabled=not on_phone,
            locale="en-GB",
            timezone_id="Europe/London",
        )
        context.set_default_timeout(20_000)
        try:
            if person is not None:
                await context.add_cookies([{"name": COOKIE, "value": await self.session_of(person), "url": self.url}])
            yield Hand(await context.new_page(), used)
        finally:
            await context.close()

    async def session_of(self, person: str) -> str:
        """The token of a new session of somebody."""
        async with transaction(self.world.service.sessions) as session:
            account, now = self.accounts.get(person), self.world.clock.now()
            return await viewer_sessions.begin(session, OwnId("dudley", person), account, PASSWORD, now)

    async def invite(self, person: str, *, administrator: bool = False, auditor: bool = False) -> Invited:
        """Make an account."""
        async with transaction(self.world.service.sessions) as session:
            own_id, now = OwnId("dudley", person), self.world.clock.now()
            invited = await add_account(
                session, book(), own_id, None, now, administrator=administrator, auditor=auditor
            )
        self.accounts[person] = invited.account.id
        return invited

    def plan_path(self, plan: str = "P-1001") -> str:
        """Where the page of a plan is."""
        addresses = Entrance(self.world.service, frozenset()).addresses
        return f"/plans/{addresses.id_of(OwnId('dudley', plan))}"

    def link_in_email(self, person: str) -> str:
        """The link by which somebody acknowledges the alert of the latest email."""
        [*_, latest] = self.world.inbox(person)
        return str(re.findall(r"/a/[\w-]{43}", latest.content.text)[0])


@asynccontextmanager
async def town(database: str, chromium: Browser, way: Way, **settings: object) -> AsyncIterator[Town]:
    """The council of a database, on a Monday at 09:00; `settings` stand beside those of a world."""
    door = _Door()
    async with served(door) as port:
        url = f"http://127.0.0.1:{port}"
        world = await World.open(database, MONDAY, public_url=url)
        try:
            await world.go_on()
            changed = Settings.model_validate(world.service.settings.model_dump() | settings)
            service = replace(world.service, settings=changed)
            app = make_application(service)
            add_pages(app, service)
            door.app = app
            yield Town(world, url, chromium, way, app)
        finally:
            await world.close()
