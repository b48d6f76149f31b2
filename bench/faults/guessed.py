"""100,000 guesses at passwords, codes, tokens and links: nobody gets in, and the owner has her alert all the same.

They come from many addresses, over hours, and a thousand passwords are hashed; the others are refused unseen.
"""

import random
import re
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.types import Message

from bench.faults.rig import case
from bench.faults.rig.databases import database
from bench.faults.rig.progress import progress
from bench.faults.rig.verdict import Verdict
from config.database import reading, transaction
from config.logs import configure_logs
from service.api.application import make_application
from service.domain.own_id import OwnId
from service.store.access_tables import viewer_session
from service.store.tables import event
from service.use_cases.access import passwords
from service.use_cases.access.account_life import add_account, set_up_account
from service.use_cases.texts.receive_text import store_text, understand_text
from service.web import csrf
from service.web.routes import add_pages
from tests.world import NUMBERS, World, book, staff, world_in

GUESSES = 100_000
HASHED = 1_000  # passwords that are looked at: the others come after too many tries
PUBLIC, _HOST = "https://planwatch.example.org", b"planwatch.example.org"
NAMES = 100
_MANAGER = "w-tm"
_PASSWORD = "four plain words here"  # noqa: S105 - of an account that lasts as long as the case
_ONE = {"Content-Type": "application/cloudevents+json"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a guess."""

    status_code: int
    location: str


@dataclass
class Address:
    """An address from which guesses come: it talks to the application itself, since a client costs as much as it does.

    `cookies` holds what the application gave out.
    """

    app: FastAPI
    peer: str
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str) -> Answer:
        """Ask for a path."""
        return await self._ask("GET", path, b"", [])

    async def post(
        self, path: str, fields: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a form, or nothing that can be read."""
        kind = {"content-type": "application/x-www-form-urlencoded"} if fields is not None else {}
        named = [(name.lower().encode(), value.encode()) for name, value in {**kind, **(headers or {})}.items()]
        return await self._ask("POST", path, urlencode(fields or {}).encode() if fields is not None else b"{}", named)

    async def _ask(self, method: str, path: str, body: bytes, headers: list[tuple[bytes, bytes]]) -> Answer:
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items()).encode()
        length = str(len(body)).encode()
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "https",
            "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "state": {},
            "headers": [(b"host", _HOST), (b"cookie", jar), (b"content-length", length), *headers],
            "client": (self.peer, 4000), "server": ("127.0.0.1", 443),
        }  # fmt: skip
        begun: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)

        await self.app(scope, receive, send)
        given = [(name.decode(), value.decode()) for name, value in begun[0]["headers"]]
        for name, value in given:
            if name == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self.cookies[cookie] = content
        return Answer(int(begun[0]["status"]), dict(given).get("location", ""))


@dataclass
class Thief:
    """Whoever can reach the service from many addresses. `passed` counts what was not refused."""

    world: World
    addresses: list[Address]
    chance: random.Random
    passed: int = 0

    @property
    def address(self) -> Address:
        """One of the addresses."""
        return self.chance.choice(self.addresses)

    async def password(self) -> int:
        """A password for one of the names, one of which has an account."""
        number = self.chance.randrange(NAMES)
        name = f"{_MANAGER}@example.org" if not number else f"name-{number}@example.org"
        fields = {"name": name, "password": f"guess {self.chance.random()}", "next": "/"}
        answer = await self._form("/sign-in", fields)
        self.passed += answer.status_code not in (401, 429)
        return answer.status_code

    async def second_factor(self) -> int:
        """The code of an account whose password the thief knows."""
        address = self.address
        await self._form("/sign-in", {"name": f"{_MANAGER}@example.org", "password": _PASSWORD}, address)
        answer = await self._form("/sign-in/code", {"code": f"{self.chance.randrange(10**6):06}"}, address)
        # Without the step before, which is limited as well, there is no form for a code.
        back = answer.status_code == 303 and answer.location == "/sign-in"
        self.passed += answer.status_code not in (401, 429) and not back
        return answer.status_code

    async def token(self) -> int:
        """A token of a case system."""
        headers = {**_ONE, "Authorization": f"Bearer {secrets.token_urlsafe(32)}"}
        answer = await self.address.post("/v1/events", headers=headers)
        self.passed += answer.status_code not in (401, 429)
        return answer.status_code

    async def link(self) -> int:
        """An address that holds a secret: of an alert, an invitation or a calendar."""
        secret = secrets.token_urlsafe(32)
        path = self.chance.choice((f"/a/{secret}", f"/invitation/{secret}", f"/calendar/{secret}.ics"))
        ask = self.address.post if path.startswith("/a/") else self.address.get
        answer = await ask(path)
        self.passed += answer.status_code not in (404, 410, 429)
        return answer.status_code

    async def text(self) -> int:
        """The code of the manager's alert, in a text that poses as hers."""
        now, text_id = self.world.clock.now(), secrets.token_hex(8)
        body = {"From": NUMBERS[_MANAGER], "Body": f"{self.chance.randrange(10**6):06}"}
        await store_text(self.world.service.sessions, "twilio", text_id, body, now)
        await understand_text(self.world.service.sessions, book(), now)
        return 0

    async def _form(self, path: str, fields: Mapping[str, str], address: Address | None = None) -> Answer:
        used = address or self.address
        token = csrf.token_for(used.cookies["__Host-planwatch-form"])
        return await used.post(path, {**fields, "csrf": token})


async def guessed(name: str, folder: Path, guesses: int = GUESSES, hashed: int = HASHED) -> Verdict:
    """Guess, then let the owner take her alert by its link, and count what got through."""
    with database(name, folder) as db:
        await staff(db.url)
        async with world_in(db.url, public_url=PUBLIC) as world:
            await _alerted_manager(world)
            thief = await _thief(world)
            answers = await _guess(thief, guesses, hashed, f"guessed, {db.name}")
            let_in = thief.passed + await _sessions(world) + await _acknowledged(world)
            taken = await _owner_takes_it(thief)
            refused = world.service.refused_requests.counts
    faults = [*(["let in"] if let_in else []), *([] if taken else ["the owner was kept out"])]
    faults += [] if sum(refused.values()) >= guesses // 2 else ["the log does not say so"]
    statuses = ", ".join(f"{number:,} answered {status or 'by text'}" for status, number in sorted(answers.items()))
    noted = ", ".join(f"{number:,} {kind.value}" for kind, number in refused.items() if number)
    return Verdict(
        "guessed", db.name, f"{guesses:,} guesses", unexpected=let_in, more=(statuses, noted), faults=tuple(faults)
    )


async def _guess(thief: Thief, guesses: int, hashed: int, title: str) -> Counter[int]:
    """So many guesses, in turn of every kind; time passes so that as many passwords are hashed."""
    kinds: list[Callable[[], Awaitable[int]]] = [thief.password, thief.token, thief.link, thief.password]
    every = max(1, guesses * NAMES * 10 // max(hashed, 1))
    answers = Counter[int]()
    with progress(title, guesses) as done:
        for number in range(guesses):
            if number % every == every - 1:
                thief.world.clock.advance(minutes=16)
            rare = number % 50
            guess = thief.second_factor if rare == 48 else thief.text if rare == 49 else kinds[number % len(kinds)]
            answers[await guess()] += 1
            done(number + 1)
    return answers


async def _alerted_manager(world: World) -> None:
    """A manager with an account, who is just being alerted."""
    now = world.clock.now()
    async with transaction(world.service.sessions) as session:
        invited = await add_account(session, book(), OwnId("dudley", _MANAGER), None, now)
    kept = await passwords.hashed(_PASSWORD)
    async with transaction(world.service.sessions) as session:
        assert await set_up_account(session, invited.token, kept, 0, now) is not None
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    await world.tick()


async def _thief(world: World) -> Thief:
    app: FastAPI = make_application(world.service)
    add_pages(app, world.service)
    addresses = [Address(app, f"198.51.100.{number}") for number in range(200)]
    for address in addresses:
        await address.get("/sign-in")
    return Thief(world, addresses, random.Random(1))


async def _owner_takes_it(thief: Thief) -> bool:
    """Whether the link in her email still does what it is for, from an address from which others guess."""
    [*_, email] = thief.world.inbox(_MANAGER)
    path = re.findall(r"/a/[\w-]{43}", str(email.content.text))[0]
    await thief.address.post(path)
    return await _acknowledged(thief.world) == 1


async def _acknowledged(world: World) -> int:
    async with reading(world.service.sessions) as session:
        counted = select(func.count()).select_from(event).where(event.c.type == "alert.acknowledged")
        return int(await session.scalar(counted) or 0)


async def _sessions(world: World) -> int:
    async with reading(world.service.sessions) as session:
        return int(await session.scalar(select(func.count()).select_from(viewer_session)) or 0)


if __name__ == "__main__":
    configure_logs(json=False, level="ERROR")
    raise SystemExit(case.run(guessed, partial(guessed, guesses=GUESSES // 5, hashed=HASHED // 5)))
