"""The real process, whose pages somebody attacks: by a session of theirs, a form, an address, a frame, a host."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx2
import pyotp

from tests.contract.mail import mail_server
from tests.integration.service_process import Places, breach, caseload, running, token_for_dudley
from tests.waiting import until

HOST = "planwatch.example.org"
SESSION, FORM = "__Host-planwatch-session", "__Host-planwatch-form"
WORDS = "four plain words here"
ELSEWHERE = (
    "//evil.example", "https://evil.example", "/\\evil.example", "\\/evil.example", "javascript:alert(1)",
    "/%09/evil.example", "/\t/evil.example", "http:evil.example", "/sign-in?next=//evil.example", " //evil.example",
)  # fmt: skip


class Tab:
    """A browser that sends what it is told to: cookies are kept by hand, since they are for https alone."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        self.cookies: dict[str, str] = {}
        self.kept: list[str] = []  # what the last answer let it keep, as it was sent
        self.csrf = ""

    async def get(self, path: str, method: str = "GET", **headers: str) -> httpx2.Response:
        return self._read(await self._client.request(method, path, headers=self._headers(headers)))

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> httpx2.Response:
        answer = await self._client.post(path, data={"csrf": self.csrf} | fields, headers=self._headers(headers))
        return self._read(answer)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"host": HOST, "accept": "text/html"} | ({"cookie": cookies} if cookies else {}) | named

    def _read(self, answer: httpx2.Response) -> httpx2.Response:
        self.kept = answer.headers.get_list("set-cookie")
        for cookie in self.kept:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        tokens = re.findall(r'name="csrf" value="(\w+)"', answer.text)
        self.csrf = tokens[0] if tokens else self.csrf
        return answer


@asynccontextmanager
async def browser_at(url: str) -> AsyncIterator[Tab]:
    async with httpx2.AsyncClient(base_url=url, timeout=600) as client:
        yield Tab(client)


async def test_the_pages_of_the_real_process_keep_an_attacker_out(tmp_path: Path) -> None:
    async with mail_server(tmp_path) as mailbox:
        places = Places(tmp_path, mailbox.port, more={"PUBLIC_URL": f"https://{HOST}"})
        token = await token_for_dudley(places)
        async with running(places) as service:
            await service.post(token, *caseload("P-1"))
            link = (await places.run("user", "add", "dudley", "w-tm"))[1].strip()
            async with browser_at(service.url) as owner, browser_at(service.url) as thief:
                key = await _set_up(owner, thief, urlsplit(link).path)
                await _forms_from_elsewhere_change_nothing(owner)
                await _nothing_leads_elsewhere(owner)
                await _no_frame_cache_or_foreign_host(owner, thief)
                await _two_tabs_sign_in(thief, key)
            await service.post(token, breach("P-1"))
            await until(lambda: bool(mailbox.arrived()))
            async with browser_at(service.url) as scanner:
                bodies = [email.get_body((kind,)) for email in mailbox.messages() for kind in ("plain", "html")]
                await _scanner_follows_everything(scanner, "".join(body.get_content() for body in bodies if body))
            assert places.rows("SELECT count(*) FROM event WHERE type = 'alert.acknowledged'") == [(0,)]
            assert await service.stop() == 0


async def _set_up(owner: Tab, thief: Tab, path: str) -> pyotp.TOTP:
    """The owner signs in with a session that somebody else has planted: it is of no use to either afterwards."""
    owner.cookies[SESSION] = "A" * 43
    page = await owner.get(path)
    [kept] = owner.kept
    assert re.fullmatch(rf"{FORM}=[\w-]+; HttpOnly; Max-Age=3600; Path=/; SameSite=lax; Secure", kept)
    key = pyotp.TOTP(re.findall(r"<code>([A-Z2-7 ]+)</code>", page.text)[0].replace(" ", ""))
    fields = {"password": WORDS, "again": WORDS, "code": key.at(datetime.now(UTC))}
    assert (await owner.post(path, fields)).status_code == 303
    assert any(
        re.fullmatch(rf"{SESSION}=[\w-]{{43}}; HttpOnly; Path=/; SameSite=lax; Secure", one) for one in owner.kept
    )
    assert owner.cookies[SESSION] != "A" * 43
    thief.cookies[SESSION] = "A" * 43
    assert (await thief.get("/")).headers["location"].startswith("/sign-in")
    assert (await owner.get("/account")).status_code == 200
    return key


async def _forms_from_elsewhere_change_nothing(owner: Tab) -> None:
    away = {"form": "f", "begins": "tomorrow", "ends": "tomorrow"}
    await owner.get("/people/me")
    assert (await owner.post("/people/me/away", away, origin="https://evil.example")).status_code == 403
    assert (await owner.post("/people/me/away", away, sec_fetch_site="cross-site")).status_code == 403
    assert (await owner.post("/people/me/away", away, origin="null")).status_code == 403
    assert (await owner.post("/people/me/away", away | {"csrf": "0" * 64})).status_code == 403
    assert "Not away" in (await owner.get("/people/me")).text


async def _nothing_leads_elsewhere(owner: Tab) -> None:
    for address in ELSEWHERE:
        answer = await owner.get(f"/sign-in?next={quote(address)}")
        assert urlsplit(answer.headers["location"]).netloc == ""
        assert answer.headers["location"] in ("/", "/%09/evil.example"), address


async def _no_frame_cache_or_foreign_host(owner: Tab, thief: Tab) -> None:
    for path in ("/", "/account", "/sign-in", "/nowhere", "/a/" + "A" * 43, "/invitation/x", "/calendar/x.ics"):
        for tab in (owner, thief):
            headers = (await tab.get(path)).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"], path
            assert headers["x-frame-options"] == "DENY", path
            assert headers["cache-control"] == "no-store", path
            assert headers["x-content-type-options"] == "nosniff", path
            assert headers["strict-transport-security"], path
    for path in ("/sign-in", "/people/me"):
        foreign = await owner.get(path, host="evil.example")
        assert (foreign.status_code, "evil" in foreign.text) == (421, False)
        forwarded = await owner.get(path, x_forwarded_host="evil.example", x_forwarded_proto="http")
        assert "evil" not in forwarded.text + str(forwarded.headers)


async def _two_tabs_sign_in(browser: Tab, key: pyotp.TOTP) -> None:
    """Two pages for signing in stand open side by side: both can be sent."""
    browser.cookies.clear()
    await browser.get("/sign-in?next=/plans")
    earlier = browser.csrf
    await browser.get("/sign-in?next=/alerts")
    form = {"name": "w-tm@example.org", "password": WORDS}
    assert (await browser.post("/sign-in", form)).headers["location"] == "/sign-in/code"
    assert (await browser.post("/sign-in", form | {"csrf": earlier})).headers["location"] == "/sign-in/code"
    await browser.get("/sign-in/code")
    used = await browser.post("/sign-in/code", {"code": key.at(datetime.now(UTC) - timedelta(minutes=5))})
    assert used.status_code == 401


async def _scanner_follows_everything(scanner: Tab, mail: str) -> None:
    """It opens every link of the emails, and every link of the pages behind them, again and again."""
    paths = {urlsplit(address).path for address in re.findall(rf"https://{HOST}[^\s\"'<>]*", mail)}
    assert any(path.startswith("/a/") for path in paths)
    for path in sorted(paths):
        for method in ("GET", "HEAD", "GET"):
            page = await scanner.get(path or "/", method)
            assert page.status_code in (200, 303, 404), path
            for further in set(re.findall(r'href="(/[^"#]*)"', page.text)):
                await scanner.get(further)
