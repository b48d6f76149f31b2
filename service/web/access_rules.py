"""The rule of each page: who may come to it. A route declares one as a dependency; a test refuses those without."""

from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from config.database import reading
from service.domain.access import Sight
from service.domain.own_id import OwnId
from service.use_cases.access.sights import sight_of
from service.web import csrf
from service.web.cookies import Cookie
from service.web.page_errors import PageError, SignInNeeded, not_there
from service.web.viewer import Viewer, entrance_of, sign_in_path, token_of, viewer, viewer_or_none


class AccessRule:
    """What a page asks of whoever comes. As a dependency it gives what it found out, or refuses."""

    words = ""

    def admits(self, looking: Viewer) -> bool:
        """Whether somebody who is signed in may come; of one plan among others, whether they may come to any."""
        del looking
        return True


@dataclass(frozen=True)
class Public(AccessRule):
    """For everybody, signed in or not; forms carry a token of their own."""

    words = "everybody"

    async def __call__(self, request: Request) -> Viewer | None:
        """Who is signed in, if anybody is."""
        looking = await viewer_or_none(request)
        cookie = Cookie.of(entrance_of(request).service.settings, request)
        await csrf.check(request, token_of(request) if looking else csrf.form_secret(request, cookie))
        return looking


@dataclass(frozen=True)
class Everybody(AccessRule):
    """For everybody and for caches: what pages are made of, with nothing of anybody on it."""

    words = "everybody"

    async def __call__(self) -> None:
        """Nothing is asked."""


@dataclass(frozen=True)
class ByLink(AccessRule):
    """For whoever has the address, which holds a secret of 256 bits: nobody signs in."""

    words = "whoever has the link"

    async def __call__(self) -> None:
        """Nothing is asked: the page itself looks at its secret."""


@dataclass(frozen=True)
class SignedIn(AccessRule):
    """For everybody who is signed in, and is admitted."""

    words = "everybody who is signed in"

    async def __call__(self, request: Request) -> Viewer:
        """Who it is; PageError 403 for whoever is not admitted."""
        looking = await viewer(request)
        if not self.admits(looking):
            raise PageError(
                403, "This page is for others", "It is for people with another role. Start again from your work."
            )
        return looking


@dataclass(frozen=True)
class WorksWithPlans(SignedIn):
    """For those who hold, or cover, any role now: whoever administers or audits, and no more, sees no case."""

    words = "whoever has a role"

    def admits(self, looking: Viewer) -> bool:
        """Whether they have one."""
        return bool(looking.roles)


@dataclass(frozen=True)
class HoldsRole(SignedIn):
    """For those who hold, or cover, one of these roles now: anywhere in the authority."""

    roles: frozenset[str]

    @property
    def words(self) -> str:  # type: ignore[override]
        """For whom it is."""
        return f"whoever is {', '.join(sorted(self.roles))}"

    def admits(self, looking: Viewer) -> bool:
        """Whether they hold one."""
        return not self.roles.isdisjoint(looking.roles)


@dataclass(frozen=True)
class Appointed(SignedIn):
    """For those whose account makes them administrators, or auditors."""

    administrator: bool = False
    auditor: bool = False

    @property
    def words(self) -> str:  # type: ignore[override]
        """For whom it is."""
        return " or ".join(name for name in ("administrator", "auditor") if getattr(self, name)) + "s"

    def admits(self, looking: Viewer) -> bool:
        """Whether their account makes them so."""
        return (self.administrator and looking.administrator) or (self.auditor and looking.auditor)


@dataclass(frozen=True)
class Proved(SignedIn):
    """For those whom another rule admits, and who have shown lately who they are. Others do so first, and come back.

    `parent`: the form of this route stands on the page one step up in the address.
    """

    rule: SignedIn
    parent: bool = False

    @property
    def words(self) -> str:  # type: ignore[override]
        """For whom it is."""
        return f"{self.rule.words}, and has shown lately who they are"

    def admits(self, looking: Viewer) -> bool:
        """Whether the other rule does."""
        return self.rule.admits(looking)

    async def __call__(self, request: Request) -> Viewer:
        """Who it is; SignInNeeded for whoever has to show it anew."""
        looking, entrance = await self.rule(request), entrance_of(request)
        if not entrance.is_proved(looking, entrance.service.clock.now()):
            path = request.url.path.rpartition("/")[0] if self.parent else request.url.path
            raise SignInNeeded(sign_in_path(path, again=True))
        return looking


@dataclass(frozen=True, slots=True)
class SeenPlan:
    """A plan in an address, and in which role the viewer sees it."""

    viewer: Viewer
    plan: OwnId
    sight: Sight


@dataclass(frozen=True)
class SeesPlan(AccessRule):
    """For those who may see the plan that `{plan}` in the address stands for. It is not there for anybody else."""

    words = "whoever planwatch would tell about the plan"

    async def __call__(self, request: Request) -> SeenPlan:
        """The plan, and why they see it; PageError 404 where they do not."""
        looking, entrance = await viewer(request), entrance_of(request)
        plan = entrance.addresses.plan_of(request.path_params["plan"])
        if plan is None or plan.authority != looking.authority:
            raise not_there()
        service, now = entrance.service, entrance.service.clock.now()
        async with reading(service.sessions) as session:
            sight = await sight_of(session, service.book, looking.own_id, plan, now)
        if sight is None:
            raise not_there()
        await entrance.sightings.note(service.sessions, looking.own_id, looking.session, plan, now)
        return SeenPlan(looking, plan, sight)


PUBLIC, EVERYBODY, BY_LINK, SIGNED_IN, SEES_PLAN = Public(), Everybody(), ByLink(), SignedIn(), SeesPlan()
WORKS_WITH_PLANS = WorksWithPlans()
ADMINISTRATOR, AUDITOR = Appointed(administrator=True), Appointed(auditor=True)


def holds(*roles: str) -> HoldsRole:
    """The rule for a page of those who hold one of these roles."""
    return HoldsRole(frozenset(roles))


@dataclass(frozen=True, slots=True)
class PageRoute:
    """A page of an application: its path, how it is asked for, and its rule; None: it declares none."""

    path: str
    methods: frozenset[str]
    rule: AccessRule | None


def page_routes(app: FastAPI) -> list[PageRoute]:
    """Every page of an application, in the order in which they were added: what is not of its API."""
    routes = [route for route in iter_route_contexts(app.routes) if isinstance(route.original_route, APIRoute)]
    of_programs = {route.path for route in routes if route.include_in_schema}
    return [
        PageRoute(str(route.path), frozenset(route.methods or ()), _rule_in(route.dependant))
        for route in routes
        if route.path not in of_programs
    ]


def _rule_in(dependant: Dependant) -> AccessRule | None:
    calls: list[object] = [inner.call for inner in dependant.dependencies]
    return next((call for call in calls if isinstance(call, AccessRule)), None)
