"""Every page of the application, for each of its people: no dead link, and nothing that keeps anybody out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from config.database import transaction
from service.domain.own_id import OwnId
from service.use_cases.access.account_life import set_up_account
from service.web.access_rules import page_routes
from service.web.person import person_path
from tests.browser.hands import Hand
from tests.browser.looked_at import faults_of
from tests.browser.town import Town, town
from tests.databases.sqlite import copy_of

PEOPLE = ("w-sw", "w-tm", "w-lead", "w-config", "w-audit")
STRANGER = "a stranger"
EACH_FACT = "/plans/{plan}/record/{fact}"  # each is a page of its own; one person's are looked at
# What nobody comes to but by a secret, by the step before, or with a key in their hand.
BY_FORM = {"/static/{digest}/{name}", "/calendar/{secret}.ics", "/sign-in/code", "/sign-in/passkey"}
_NO_PAGE = (".csv", ".ics", ".css", ".svg")
_MOST = {"/plans/{plan}": 2}  # of a route's pages for each person, else one: they are alike


@dataclass
class Walk:
    """Which pages somebody has come to, and what is wrong with them."""

    council: Town
    routes: dict[str, re.Pattern[str]] = field(default_factory=dict)
    visited: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def route_of(self, path: str) -> str | None:
        """The route that answers a path: the first that fits."""
        return next((route for route, pattern in self.routes.items() if pattern.fullmatch(path)), None)

    async def from_page(self, hand: Hand, whose: str, start: str) -> None:
        """Look at a page, and at all that it leads to."""
        waiting, seen, of_route = [start], {start}, Counter[str]()
        while waiting:
            address = waiting.pop(0)
            route = self.route_of(urlsplit(address).path)
            if route is None:
                self.faults.append(f"{whose}, {address}: a link that leads nowhere")
                continue
            if of_route[route] >= _MOST.get(route, 1) and not (route == EACH_FACT and whose == "w-sw"):
                continue
            of_route[route] += 1
            links = await self.look(hand, whose, address, route)
            waiting += [link for link in links if link not in seen]
            seen.update(links)

    async def look(self, hand: Hand, whose: str, address: str, route: str, status: int = 200) -> list[str]:
        """Look at one page; returns where it leads."""
        self.visited[route] += 1
        if urlsplit(address).path.endswith(_NO_PAGE):
            answer = await hand.page.context.request.get(address)
            if answer.status != status:
                self.faults.append(f"{whose}, {route}: {answer.status}")
            return []
        loaded = await hand.page.goto(address)
        assert loaded is not None
        led_to = urlsplit(hand.page.url).path
        if loaded.status != status or led_to not in (urlsplit(address).path, "/sign-in" if whose == STRANGER else ""):
            self.faults.append(f"{whose}, {route}: {loaded.status}, and led to {led_to}")
        links = await hand.page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        self.faults += [f"{whose}, {route}: {fault}" for fault in await faults_of(hand.page)]
        return list(self._ours(links))

    def _ours(self, links: Iterable[str]) -> Iterable[str]:
        for link in links:
            parts = urlsplit(urljoin(self.council.url, link))
            if f"{parts.scheme}://{parts.netloc}" == self.council.url:
                yield parts.path + (f"?{parts.query}" if parts.query else "")


def walk_through(council: Town) -> Walk:
    """A walk that has not begun."""
    routes = [route.path for route in page_routes(council.app) if route.methods & {"GET"}]
    return Walk(council, {route: re.compile(re.sub(r"\{[^}]+\}", "[^/]+", route)) for route in routes})


@pytest_asyncio.fixture(loop_scope="session")
async def busy(chromium: Browser, staffed_file: Path, tmp_path: Path, monkeypatch: object) -> AsyncIterator[Town]:
    """A council on which much has happened."""
    async with town(copy_of(staffed_file, tmp_path, threads=True), chromium, "keyboard") as council:
        await _much_happens(council)
        yield council


async def _much_happens(council: Town) -> None:
    world = council.world
    people = ("f-mum", "family"), ("c-zq", "child"), ("w-lead", "worker"), ("w-audit", "worker")
    await world.service.receive([world.person(name, kind) for name, kind in people])
    await world.receive("role.assigned", None, authority="dudley", role="service_lead", person="w-lead")
    await world.open_plan("P-1002", worker="w-sw2")
    await world.receive("role.assigned", role="parent", person="f-mum")
    await world.receive("contact.decided", "f-mum", decision="allow", decided_by="w-tm", channel="sms")
    await world.receive("check_ins.started", people=["f-mum"], days=["mon"], at="10:00")
    await world.receive("action.agreed", ref="A-1", what="x", due_on="2026-01-06")
    await world.receive("action.agreed", "P-1002", ref="A-2", what="x")
    await world.receive("visit.recorded", by="w-sw", child_seen=True, on=world.today())
    await world.receive("role.ended", "P-1002", role="social_worker", person="w-sw2")
    await world.until("2026-01-05T10:30")
    await world.receive("check_in.replied", person="f-mum", text="2 can somebody ring", at=world.now_text())
    await world.receive("bottom_line.breached", id="b-0", bottom_line="x", at=world.now_text())
    await world.advance(hours=1)
    await world.receive("alert.closed", alert="b-0", by="w-tm", outcome="safe")
    await world.until("2026-02-16T09:30")
    await world.receive("absence.recorded", "w-sw", from_=world.today(), until=world.today(), cover="w-sw2")
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    await world.tick()
    invited = await council.invite("w-config", administrator=True, auditor=True)
    async with transaction(world.service.sessions) as session:
        await set_up_account(session, invited.token, "the hash of a password", 0, world.clock.now())
    await council.invite("w-audit", auditor=True)


@pytest.mark.timeout(3600)  # seconds; it loads a hundred pages
async def test_every_page_can_be_used_by_everybody_and_no_link_is_dead(busy: Town) -> None:
    walk = walk_through(busy)
    for person in PEOPLE:
        async with busy.hand(person) as hand:
            await walk.from_page(hand, person, "/")
            await _by_other_ways(walk, hand, person)
    async with busy.hand() as stranger:
        await walk.from_page(stranger, STRANGER, "/sign-in")
        invited = await busy.invite("w-kp")
        for path, status in ((f"/invitation/{invited.token}", 200), (busy.link_in_email("w-tm"), 200)):
            await walk.look(stranger, STRANGER, path, walk.route_of(path) or path, status)
        await walk.look(stranger, STRANGER, "/nowhere", "/nowhere", 404)
    unvisited = {route for route in walk.routes if not walk.visited[route]}
    assert walk.faults == [], "\n".join(walk.faults)
    assert unvisited <= BY_FORM


async def _by_other_ways(walk: Walk, hand: Hand, whose: str) -> None:
    """Pages to which a button leads, or a search, or a form."""
    mother = person_path(walk.council.world.service, OwnId("dudley", "f-mum"))
    paths: dict[str, tuple[str, ...]] = {
        "w-tm": (mother, "/team/handover?role=social_worker&giver=w-sw", "/plans?ref=none"),
        "w-config": ("/account/app", "/account/passkeys", "/account/password"),
        "w-sw": (await _recorded(hand),) if whose == "w-sw" else (),
    }
    for path in paths.get(whose, ()):
        await walk.look(hand, whose, path, walk.route_of(urlsplit(path).path) or path)


async def _recorded(hand: Hand) -> str:
    """The page of a visit that somebody has just recorded."""
    await hand.open("/")
    await hand.follow("Record it: Social worker visit")
    await hand.mark("Yes")
    await hand.press("Continue")
    await hand.press("Record it")
    return urlsplit(hand.page.url).path
