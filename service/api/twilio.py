"""Callbacks of Twilio: received texts and delivery reports. Its signature authenticates them."""

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response

from notifications.providers.twilio import callback
from service.api import openapi
from service.api.body import read_body
from service.api.callbacks import callback_places, readable, take_report, take_text
from service.api.problems import ProblemError
from service.api.refusing import let_stay, peer, refusal
from service.app import Service
from service.refused_requests import RefusalKind

_LIMIT = 64 * 1024
_EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def twilio_router(service: Service) -> APIRouter:
    """The routes that are given to Twilio as webhooks."""
    router = APIRouter()
    places = callback_places()

    @router.post("/v1/twilio/inbound", response_class=Response, openapi_extra=_REQUEST, responses=_KEPT)
    async def inbound(request: Request) -> Response:
        """A text came in: kept, then understood. The same one again changes nothing."""
        async with places.taken(peer(request)):
            form = await _signed_form(service, request)
        with readable():
            sid = callback.message_sid(form)
        await take_text(service, "twilio", sid, form)
        return Response(_EMPTY, media_type="text/xml")  # no text goes back to the phone

    @router.post("/v1/twilio/status", status_code=204, openapi_extra=_REQUEST_STATUS, responses=_NOTED)
    async def status(request: Request) -> Response:
        """How far a text of ours has come; in whatever order and how often this is said."""
        async with places.taken(peer(request)):
            form = await _signed_form(service, request)
        with readable():
            report = callback.report_of(form, request.query_params.get("attempt", ""), service.clock.now())
        await take_report(service, report)
        return Response(status_code=204)

    return router


async def _signed_form(service: Service, request: Request) -> Mapping[str, str]:
    token, public_url = service.settings.twilio_auth_token, service.settings.public_url
    if token is None or public_url is None:
        raise ProblemError(404, "Texts are not set up here: PLANWATCH_TWILIO_AUTH_TOKEN and PLANWATCH_PUBLIC_URL.")
    signature = request.headers.get("x-twilio-signature", "")
    # Whoever sends none is a stranger, of whom no body is read.
    form = await _form(request) if signature else {}
    # Twilio signs the address that it was given. The host and scheme in a request could come from anybody.
    query = f"?{request.url.query}" if request.url.query else ""
    url = f"{public_url}{request.url.path}{query}"
    if not signature or not callback.is_signed(url, form, signature, token):
        detail = "The signature is not Twilio's for this address (see PLANWATCH_PUBLIC_URL)."
        raise refusal(service, request, RefusalKind.SIGNATURE_FORGED, 403, detail)
    let_stay(request)
    with readable():
        callback.check_fields(form, service.settings.twilio_account_sid)
    return form


async def _form(request: Request) -> Mapping[str, str]:
    body = await read_body(request, _LIMIT)
    with readable():
        return callback.read_form(body)


_REFUSED = openapi.problems(400, 403, 404, 408, 413, 415, 429, 503)
_KEPT: openapi.Responses = {200: openapi.answer("Kept", "text/xml", {"type": "string"}), **_REFUSED}
_NOTED: openapi.Responses = {204: {"description": "Noted"}, **_REFUSED}
_ATTEMPT = {"name": "attempt", "in": "query", "required": False, "schema": {"type": "string"}}
_REQUEST = {
    **openapi.body({"application/x-www-form-urlencoded": openapi.TWILIO_FORM}),
    "parameters": [openapi.TWILIO_SIGNATURE],
}
_REQUEST_STATUS = {**_REQUEST, "parameters": [openapi.TWILIO_SIGNATURE, _ATTEMPT]}
