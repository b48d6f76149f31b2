"""The pages: safe, plain, the same without scripts, and with nothing in an address that names anybody."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import httpx2
from fastapi import FastAPI

from cli.demo.conductor import Conductor
from cli.demo.data.caseload import Caseload, CloudEvent, source_of
from cli.demo.demo_clock import DemoClock
from cli.demo.history import load_history
from cli.demo.pages.demonstration import Demonstration
from cli.demo.pages.views import mount_demo
from cli.demo.standins.arrivals import Arrivals
from cli.demo.standins.case_system import CaseSystem
from cli.demo.standins.phone_owners import PhoneOwners
from cli.demo.standins.sms_provider import Account, SmsProvider
from config.database import transaction
from config.settings import Settings
from notifications.message import Channel, Message, Purpose, message_id_of
from notifications.outbox import outbox
from service.app import Service, open_service
from service.domain.calendar import iso_local
from tests.databases.postgres import apart
from tests.demo_story import CROSSED, RECORDED_LATE, STARTS, UNVISITED, of_plans
from tests.world import book

HERE = "http://127.0.0.1:8000"
CASELOAD = Caseload(STARTS[0])
PLANS = (UNVISITED, RECORDED_LATE, CROSSED, "P-3001", "P-6001")
ATTACK = "<script>alert(1)</script>"
DILWYN = CASELOAD.people["sw-10"]
ADDRESSES = (
    "/demo", "/inboxes", "/inboxes/sw-10", "/inboxes/sw-10/1", "/phones", "/phones/sw-10", f"/demo/plans/{UNVISITED}",
    "/inboxes?council=bradford", "/phones/kin-1", "/demo/plans/P-6001", "/demo?council=wakefield", "/sign-in",
)  # fmt: skip


@dataclass(frozen=True)
class Browser:
    """The demonstration without its servers: pages are asked in this process."""

    service: Service
    demonstration: Demonstration
    client: httpx2.AsyncClient

    async def page(self, address: str) -> str:
        answer = await self.client.get(address)
        assert answer.status_code == 200, (address, answer.text)
        return answer.text

    async def records(self, event_type: str, **data: str) -> None:
        """The case system of Dudley records something that happens just now on the plan without its visit."""
        at = iso_local(self.demonstration.clock.now())
        event = {"specversion": "1.0", "id": uuid4().hex, "source": source_of("dudley"), "type": event_type,
                 "subject": UNVISITED, "time": at, "data": {"at": at, **data}}  # fmt: skip
        assert (await self.service.receive([event], looks=1)).accepted == 1


@cache
def database_after(plans: tuple[str, ...]) -> bytes:
    """The file of a database in which the plans with these references have had their history."""
    with TemporaryDirectory() as folder:
        apart(partial(_load, folder, of_plans(CASELOAD.history, frozenset(plans))))
        return Path(folder, "planwatch.db").read_bytes()


async def _load(folder: str, history: Sequence[CloudEvent]) -> None:
    service = await opened(folder, DemoClock(CASELOAD.start, 1440))
    await load_history(service, history)
    await service.close()


async def opened(folder: Path | str, clock: DemoClock) -> Service:
    settings = Settings(database_url=f"sqlite:///{folder}/planwatch.db", public_url=HERE)
    return await open_service(settings, clock=clock, book=book(), senders={})


@asynccontextmanager
async def browser(folder: Path, plans: Sequence[str] = PLANS) -> AsyncIterator[Browser]:
    (folder / "planwatch.db").write_bytes(database_after(tuple(plans)))
    clock = DemoClock(CASELOAD.start, 1440)
    arrivals = Arrivals(clock)
    service = await opened(folder, clock)
    arrivals.add_mail(DILWYN.email, "planwatch@example.org", f"P-2007 {ATTACK}", ATTACK, f"<head></head>{ATTACK}")
    arrivals.add_text(DILWYN.mobile, f"{ATTACK} Reply 447812", "SM1")
    cases, provider = CaseSystem([], clock, HERE, {}), SmsProvider(Account(), arrivals, clock, HERE)
    owners = PhoneOwners([], clock, arrivals, provider)
    demonstration = Demonstration(service, CASELOAD, clock, arrivals, cases, provider, owners)
    app = FastAPI()
    mount_demo(app, demonstration)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=HERE) as client:
        yield Browser(service, demonstration, client)
    await cases.close()
    await provider.close()
    await service.close()


async def test_every_page_keeps_other_peoples_scripts_out(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        for address in ADDRESSES:
            answer = await here.client.get(address)
            policy = answer.headers["content-security-policy"]
            assert "script-src 'self'" in policy
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            # With no referrer at all a browser calls the origin of our own forms "null", and they would be refused.
            assert answer.headers["referrer-policy"] == "same-origin"
            assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", answer.text), address
            assert ATTACK not in answer.text


async def test_an_emails_html_can_run_nothing(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        letter = await here.client.get("/letters/1")
        frame = await here.page("/inboxes/sw-10/1")
    assert "script-src" not in letter.headers["content-security-policy"]
    assert "default-src 'none'" in letter.headers["content-security-policy"]
    [sandbox] = re.findall(r'<iframe [^>]*sandbox="([^"]*)"', frame)
    assert "allow-scripts" not in sandbox
    assert "allow-same-origin" not in sandbox


async def test_no_address_names_anybody(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        pages = [await here.page(address) for address in ADDRESSES]
    addresses = {found for page in pages for found in re.findall(r'(?:href|src|action|formaction)="([^"]*)"', page)}
    named = [person for person in CASELOAD.people.values() if person.kind != "family"]
    words = {word.lower() for person in named for word in person.name.split()} | {"@", "+44", "%2b44", "07700"}
    assert len(addresses) > 50
    assert not [address for address in addresses if any(word in address.lower() for word in words)]


async def test_every_link_leads_somewhere(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        pages = [await here.page(address) for address in ADDRESSES]
        links = {found for page in pages for found in re.findall(r'(?:href|src)="(/[^"#]*)', page)}
        answers = {link: await here.client.get(link.replace("&amp;", "&")) for link in links}
    assert len(links) > 20
    # Whoever does not look as somebody yet is asked as whom.
    lost = [link for link, answer in answers.items() if answer.status_code != 200 and not answer.has_redirect_location]
    # The banner speaks of plans that this small caseload leaves out.
    assert not [link for link in lost if not link.startswith("/demo/plans/P-")]


async def test_it_works_without_scripts(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        here.demonstration.clock.go(1)
        moving = await here.page("/demo")
        assert '<noscript><meta http-equiv="refresh"' in moving
        assert (await here.client.post("/demo/clock", data={"do": "pause"})).headers["location"] == "/demo"
        assert "standing still" in await here.page("/demo")
        assert "http-equiv" not in await here.page("/phones/sw-10")


async def test_a_plan_is_looked_at_as_somebody_who_may_see_it(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        page = await here.page(f"/demo/plans/{UNVISITED}")
        assert re.search(rf'value="{DILWYN.id}">{DILWYN.name}</button> <span class="quiet">social worker', page)
        assert "Elowen Thackray" not in page  # of another council
        [csrf] = re.findall(r'name="csrf" value="(\w+)"', page)
        [path] = re.findall(r'name="next" value="([^"]+)"', page)
        chosen = {"csrf": csrf, "person": DILWYN.id, "next": path}
        assert (await here.client.post("/sign-in/as", data=chosen)).headers["location"] == path
        assert f"Plan {UNVISITED}" in await here.page(path)
        led = await here.client.get(f"/demo/plans/{UNVISITED}?message=abc")
        assert led.headers["location"] == f"{path}/messages/abc"
        assert "does not see it" in await here.page("/demo/plans/P-6001")


async def test_a_text_that_asks_about_two_plans_stands_on_the_page_of_each(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        now = here.demonstration.clock.now()
        for key, plans in (("two", ["P-6001", "P-6002"]), ("other", ["P-6002", "P-6003"])):
            text = Message(
                key=key, plan=None, authority="south_gloucestershire", role="network_member", person="kin-1",
                channel=Channel.SMS, purpose=Purpose.CHECK_IN, urgent=False, about=(), template="check_in",
                context={"check_ins": [[plan, "k"] for plan in plans]}, at=now, obligations=(),
            )  # fmt: skip
            async with transaction(here.service.sessions) as session:
                await outbox.put(session, [text], now)
        asked = await here.page("/demo/plans/P-6001")
        [csrf], [path] = (
            re.findall(r'name="csrf" value="(\w+)"', asked),
            re.findall(r'name="next" value="([^"]+)"', asked),
        )
        await here.client.post("/sign-in/as", data={"csrf": csrf, "person": "sg-sw-1", "next": path})
        page = await here.page(path)
    names = {key: message_id_of(f"south_gloucestershire/{key}") for key in ("two", "other")}
    assert names["two"] in page
    assert names["other"] not in page


async def test_one_council_is_shown_by_itself(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        desks, every = await here.page("/inboxes?council=south_gloucestershire"), await here.page("/inboxes")
    assert "Rowena Wickwar" in desks
    assert DILWYN.name not in desks
    assert DILWYN.name in every


async def test_a_familys_phone_can_answer_and_says_whose_it_is_by_a_label_only(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        page = await here.page("/phones/kin-1")
    assert '<h1 id="owner">Grandmother of P-6001' in page
    assert re.findall(r'name="text" value="(\w+)"', page) == ["1", "2", "STOP"]
    assert 'action="/demo/phones/kin-1"' in page


async def test_what_another_sites_page_sends_is_refused(tmp_path: Path) -> None:
    strangers = ({"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"})
    async with browser(tmp_path, plans=()) as here:
        here.demonstration.clock.go(1)
        for headers in strangers:
            assert (await here.client.post("/demo/clock", data={"do": "pause"}, headers=headers)).status_code == 403
        assert not here.demonstration.clock.is_paused


async def test_a_form_leads_back_to_our_own_pages_only(tmp_path: Path) -> None:
    async with browser(tmp_path, plans=()) as here:
        for back in ("https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"):
            answer = await here.client.post("/demo/clock", data={"do": "pause", "back": back})
            assert (answer.status_code, answer.headers["location"]) == (303, "/demo")


async def test_what_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    async with browser(tmp_path, plans=()) as here:
        for address in ("/demo/plans/P-1", "/demo/messages/none", "/inboxes/nobody", "/phones/nobody", "/letters/99"):
            assert (await here.client.get(address)).status_code == 404
        assert (await here.client.post("/demo/cross", data={"plan": "P-1"})).status_code == 404


async def test_the_clock_waits_for_a_service_that_is_slow(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        clock, conductor = here.demonstration.clock, Conductor(here.demonstration)
        await conductor.step()
        clock.go(1e9)
        while not clock.is_held:
            pass
        # Here nobody looks at what is due at 08:30.
        await conductor.step()
        await conductor.step()
        assert clock.now() == CASELOAD.start + timedelta(minutes=5)


async def test_the_clock_slows_down_while_an_alert_climbs(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        clock, conductor = here.demonstration.clock, Conductor(here.demonstration)
        await conductor.step()
        assert clock.pace == clock.speed == 1440
        await here.records("bottom_line.breached", bottom_line="bl-1")
        await conductor.step()
        assert clock.pace == 90
        clock.skip_to(clock.now() + timedelta(minutes=71))
        clock.run_until(None)
        await conductor.step()
        assert clock.pace == 1440


async def test_an_alert_stands_on_the_first_screen_until_it_falls_silent(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        await here.records("bottom_line.breached", bottom_line="bl-1")
        crossed = await here.page("/demo")
        [alert] = re.findall(r'id="alarm-([0-9a-f]+)"', crossed)
        first = dict(re.findall(r"<h3>([^<]+), 08:25</h3>\s*.*\s*<p><strong>([^<]+)<", crossed))
        assert first == {"Team manager": "Ambrose Kettlewick", "Hub service manager": "Bartram Oakhollow"}
        await here.records("alert.acknowledged", alert=alert, by="tm-02")
        assert "has acknowledged" in await here.page("/demo")
        await here.records("alert.acknowledged", alert=alert, by="hsm-01")
        silent = await here.page("/demo")
    assert "alarm-" not in silent
    assert re.search(r"Quiet: [\w ]+ and [\w ]+ acknowledged it", silent)
    assert f'href="/demo/plans/{UNVISITED}">Somebody acknowledges it' in silent


async def test_the_first_screen_leads_to_the_page_where_a_visit_is_recorded(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        overview = await here.page("/demo")
        assert '<button formmethod="get" formaction="/demo/plans">' in overview
        assert f"<option>{UNVISITED}</option>" in overview
        assert "As whom do you look" in await here.page(f"/demo/plans?plan={UNVISITED}")


async def test_the_first_screen_says_what_this_is_about_in_two_sentences(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        overview = await here.page("/demo")
    [lede] = re.findall(r'<p class="lede">(.*?)</p>', overview)
    assert lede.count(".") == 2
    assert all(words in lede for words in ("safety plan</strong>", "bottom line</strong>", "Without planwatch"))
