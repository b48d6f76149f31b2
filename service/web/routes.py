"""All pages of the service, put onto its application in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute

from service.app import Service
from service.web.access_rules import BY_LINK, EVERYBODY
from service.web.account import OwnAccount
from service.web.accounts import Accounts
from service.web.acknowledge import acknowledge_router
from service.web.alerts import alerts_router
from service.web.audit import audit_router
from service.web.body_limit import BodyLimit
from service.web.calendar_feed import calendar_router
from service.web.exception import Exceptions
from service.web.factors import Factors
from service.web.failures import fail_on_pages
from service.web.handover import handover_router
from service.web.help import help_router
from service.web.invitation import Invitation
from service.web.layout import Layout, Stage
from service.web.mend import mend_router
from service.web.overview import overview_router
from service.web.passkey_pages import PasskeyPages
from service.web.person import person_router
from service.web.plan import plan_router
from service.web.plans import plans_router
from service.web.policies import policies_router
from service.web.policy_trial import PolicyTrial
from service.web.record import RecordRoutes
from service.web.replies import replies_router
from service.web.sign_in import SignIn
from service.web.stylesheet import assets_router
from service.web.team import team_router
from service.web.viewer import WAYS, Entrance, set_up_entrance
from service.web.work import work_router

if TYPE_CHECKING:  # it is loaded where an issuer is set
    from service.use_cases.access.openid import OpenIdIssuer


def add_pages(app: FastAPI, service: Service, stage: Stage | None = None, entrance: Entrance | None = None) -> Layout:
    """Give the service its pages. `stage` is what a demonstration adds to each, `entrance` who comes in there."""
    layout = Layout(service, stage)
    set_up_entrance(app, entrance or Entrance(service, WAYS))
    app.include_router(assets_router(), include_in_schema=False, dependencies=[Depends(EVERYBODY)])
    for router in (acknowledge_router(service), calendar_router(service)):
        app.include_router(router, include_in_schema=False, dependencies=[Depends(BY_LINK)])
    for router in (
        work_router(service, layout),
        plans_router(service, layout),
        RecordRoutes(service, layout).router,
        plan_router(service, layout),
        alerts_router(service, layout),
        replies_router(service, layout),
        mend_router(service, layout),
        team_router(service, layout),
        handover_router(service, layout),
        person_router(service, layout),
        overview_router(service, layout),
        policies_router(service, layout),
        PolicyTrial(service, layout).router,
        audit_router(service, layout),
        help_router(service, layout),
        OwnAccount(service, layout).router,
        Exceptions(service, layout).router,
    ):
        _add(app, router)
    if entrance is None:  # a demonstration has a door of its own
        entry = SignIn(service, layout)
        keys, factors = PasskeyPages(service, layout, entry), Factors(service, layout)
        invitation, kept = Invitation(service, layout, entry), Accounts(service, layout)
        for router in (entry.router, invitation.router, keys.router, factors.router, kept.router):
            _add(app, router)
        if (issuer := _issuer(service)) is not None:
            from service.web.openid import OpenIdSignIn

            _add(app, OpenIdSignIn(service, issuer, entry).router)
    app.add_middleware(BodyLimit)
    fail_on_pages(app, layout)
    return layout


def _add(app: FastAPI, router: APIRouter) -> None:
    """Give the application a router's routes as they are: to include it would work each of them out once more."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            route.include_in_schema = False
        app.router.routes.append(route)


def _issuer(service: Service) -> OpenIdIssuer | None:
    """The issuer of the settings, by whom people may sign in as well."""
    settings = service.settings
    if settings.openid_issuer is None or settings.openid_client_id is None or settings.openid_client_secret is None:
        return None
    from service.use_cases.access.openid import OpenIdIssuer

    secret = settings.openid_client_secret.get_secret_value()
    return OpenIdIssuer(settings.openid_issuer, settings.openid_client_id, secret)
