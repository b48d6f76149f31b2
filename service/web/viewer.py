"""Who looks: the person who is signed in, for every page. A stranger is sent to sign in, and back afterwards."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import Response

from config.database import reading, transaction
from service.app import Service
from service.domain.own_id import OwnId
from service.store import accounts, events, viewer_sessions
from service.store.viewer_sessions import NOTED_EVERY, SessionRow
from service.use_cases.access.sights import roles_of
from service.web import csrf
from service.web.cookies import Cookie
from service.web.page_errors import SignInNeeded
from service.web.plan_addresses import PlanAddresses
from service.web.sightings import Sightings

SIGN_IN = "/sign-in"
# How people sign in to a service.
PASSWORD, PASSKEY, OPENID = "password", "passkey", "openid"
WAYS = frozenset({PASSWORD, PASSKEY, OPENID})
_COOKIE = "session"
_LONGEST_TOKEN = 100  # letters; ours have 43
_LONGEST_NEXT = 500
# A session ends an hour after it was last used, and after a working day whatever happens.
IDLE, LONGEST = timedelta(hours=1), timedelta(hours=12)
# Before what would do harm in a thief's hand, somebody shows anew who they are, unless they did so a moment ago.
PROOF_LASTS = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who is signed in. `roles` are those that they hold now, on any plan or for the authority, or cover."""

    authority: str
    person: str  # the id in the directory
    name: str
    roles: frozenset[str]
    csrf: str
    way: str  # in which they signed in
    administrator: bool
    auditor: bool
    session: str  # the hash of its token
    proved_at: datetime  # when they last showed who they are

    @property
    def own_id(self) -> OwnId:
        """Who it is."""
        return OwnId(self.authority, self.person)


@dataclass(frozen=True)
class Entrance:
    """What pages need to know of whoever comes: the service, how sessions began that count here, how long they last.

    `proof_lasts`: how long somebody who showed who they are need not do so again.
    """

    service: Service
    ways: frozenset[str]
    idle: timedelta = IDLE
    longest: timedelta = LONGEST
    proof_lasts: timedelta = PROOF_LASTS
    sightings: Sightings = field(default_factory=Sightings, compare=False)

    @property
    def addresses(self) -> PlanAddresses:
        """The ids of plans in addresses."""
        return PlanAddresses(self.service.delivery.secret)

    def stands(self, row: SessionRow, now: datetime) -> bool:
        """Whether a session is still good at a moment."""
        in_time = now - row.seen_at < self.idle and now - row.created_at < self.longest
        return row.ended_at is None and in_time and row.way in self.ways

    def is_proved(self, looking: Viewer, now: datetime) -> bool:
        """Whether somebody has shown lately who they are."""
        return now - looking.proved_at < self.proof_lasts


def set_up_entrance(app: FastAPI, entrance: Entrance) -> None:
    """Let an application know its viewers. Once, before its pages are added."""
    app.state.entrance = entrance


def entrance_of(request: Request) -> Entrance:
    """The entrance of the application that a request came to."""
    entrance: Entrance = request.app.state.entrance
    return entrance


async def viewer(request: Request) -> Viewer:
    """Who is signed in: the dependency of pages. SignInNeeded for a stranger, PageError 403 for a foreign form."""
    looking = await viewer_or_none(request)
    if looking is None:
        raise SignInNeeded(sign_in_path(_here(request)))
    await csrf.check(request, token_of(request))
    return looking


def sign_in_path(back: str, *, again: bool = False) -> str:
    """Where somebody signs in, and comes back from; `again`: also whoever is signed in."""
    return f"{SIGN_IN}?next={quote(back, safe='/')}{'&again=1' if again else ''}"


async def viewer_or_none(request: Request) -> Viewer | None:
    """Who is signed in; None: nobody. It is asked once for each request."""
    if not hasattr(request.state, "viewer"):
        request.state.viewer = await _viewer(request)
    looking: Viewer | None = request.state.viewer
    return looking


def token_of(request: Request) -> str | None:
    """The token of the session in a request's cookie."""
    return Cookie.of(entrance_of(request).service.settings, request).read(request, _COOKIE, _LONGEST_TOKEN)


async def sign_in(
    request: Request,
    response: Response,
    person: OwnId,
    way: str,
    account: str | None = None,
    proved_at: datetime | None = None,
) -> None:
    """Begin a session with a new token, and end the one that the browser had: nobody's token outlives a sign-in.

    `proved_at`: when they showed who they are; by default just now.
    """
    service = entrance_of(request).service
    cookie, before, now = Cookie.of(service.settings, request), token_of(request), service.clock.now()
    async with transaction(service.sessions) as session:
        earlier = await viewer_sessions.find(session, before) if before else None
        if earlier is not None:
            await viewer_sessions.end(session, earlier.hash, earlier.own_id, now)
        token = await viewer_sessions.begin(session, person, account, way, now, proved_at)
    cookie.write(response, _COOKIE, token)


async def sign_out(request: Request, response: Response, looking: Viewer) -> None:
    """End the session, and let the browser forget it."""
    service = entrance_of(request).service
    async with transaction(service.sessions) as session:
        await viewer_sessions.end(session, looking.session, looking.own_id, service.clock.now())
    Cookie.of(service.settings, request).forget(response, _COOKIE)


def safe_next(address: str | None) -> str:
    """Where to go after signing in: an address of our own, else the first page."""
    own = address is not None and address.startswith("/") and not address.startswith(("//", "/\\"))
    plain = own and address is not None and len(address) <= _LONGEST_NEXT and address.isprintable()
    return address if plain and address is not None and not _leads_back(address) and "\\" not in address else "/"


def _leads_back(address: str) -> bool:
    return address.startswith(SIGN_IN)


def _here(request: Request) -> str:
    """The page that was asked for; the first one, where something was sent."""
    if request.method not in ("GET", "HEAD"):
        return "/"
    return safe_next(f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path)


async def _viewer(request: Request) -> Viewer | None:
    entrance, token = entrance_of(request), token_of(request)
    if token is None:
        return None
    service, now = entrance.service, entrance.service.clock.now()
    async with reading(service.sessions) as session:
        row = await viewer_sessions.find(session, token)
        if row is None or not entrance.stands(row, now) or row.authority not in service.book.authorities:
            return None
        account = await accounts.find(session, row.account) if row.account else None
        if row.account and (account is None or account.disabled_at is not None):
            return None
        recorded = [raw["data"] for raw in await events.of_persons(session, {row.own_id}) if "kind" in raw["data"]]
        if not recorded or recorded[-1]["kind"] in ("family", "child"):
            return None
        roles = await roles_of(session, service.book, row.own_id, now)
    if now - row.seen_at >= NOTED_EVERY:
        async with transaction(service.sessions) as session:
            await viewer_sessions.seen(session, row, now)
    administrator, auditor = (account.administrator, account.auditor) if account else (False, False)
    return Viewer(
        row.authority, row.person, str(recorded[-1]["name"]), roles, csrf.token_for(token), row.way,
        administrator, auditor, row.hash, row.proved_at,
    )  # fmt: skip
