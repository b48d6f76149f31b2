"""Callbacks of GOV.UK Notify: received texts and delivery reports. Its token authenticates them."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from notifications.providers.notify import callback
from service.api import openapi
from service.api.body import read_body
from service.api.callbacks import callback_places, readable, take_report, take_text
from service.api.problems import ProblemError
from service.api.refusing import let_stay, peer, refusal
from service.app import Service
from service.refused_requests import RefusalKind

_LIMIT = 64 * 1024
_bearer = HTTPBearer(auto_error=False, scheme_name="NotifyBearer", description="PLANWATCH_NOTIFY_CALLBACK_TOKEN")


def notify_router(service: Service) -> APIRouter:
    """The routes that are given to Notify as callbacks. It tries again after our 5xx, and never after a 4xx."""
    router = APIRouter()
    places = callback_places()

    async def sender(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> None:
        _check(service, request, credentials)

    @router.post(
        "/v1/notify/received",
        dependencies=[Depends(sender)],
        status_code=204,
        openapi_extra=_BODY,
        responses=_ANSWERS,
    )
    async def received(request: Request) -> Response:
        """A text came in: kept, then understood. The same one again changes nothing."""
        async with places.taken(peer(request)):
            fields = await _fields(request)
        with readable():
            provider_id = callback.message_id(fields)
        await take_text(service, "notify", provider_id, callback.text_of(fields))
        return Response(status_code=204)

    @router.post(
        "/v1/notify/receipts",
        dependencies=[Depends(sender)],
        status_code=204,
        openapi_extra=_BODY,
        responses=_ANSWERS,
    )
    async def receipts(request: Request) -> Response:
        """How far a message of ours has come; in whatever order and how often this is said."""
        async with places.taken(peer(request)):
            fields = await _fields(request)
        with readable():
            report = callback.report_of(fields, service.clock.now())
        await take_report(service, report)
        return Response(status_code=204)

    return router


def _check(service: Service, request: Request, credentials: HTTPAuthorizationCredentials | None) -> None:
    token, kind = service.settings.notify_callback_token, RefusalKind.CALLBACK_TOKEN_WRONG
    if token is None:
        raise ProblemError(404, "Callbacks are not set up here: PLANWATCH_NOTIFY_CALLBACK_TOKEN.")
    if credentials is None:
        headers = {"WWW-Authenticate": "Bearer"}
        raise refusal(service, request, kind, 401, "The callback token is needed.", headers=headers)
    if not callback.is_known(credentials.credentials, token):
        detail = "The token is not the one in PLANWATCH_NOTIFY_CALLBACK_TOKEN."
        raise refusal(service, request, kind, 403, detail)
    let_stay(request)


async def _fields(request: Request) -> Mapping[str, Any]:
    body = await read_body(request, _LIMIT)
    with readable():
        return callback.read_object(body)


_BODY = openapi.body({"application/json": openapi.NOTIFY_OBJECT})
_ANSWERS: openapi.Responses = {
    204: {"description": "Kept"},
    **openapi.problems(400, 401, 403, 404, 408, 413, 415, 429, 503),
}
