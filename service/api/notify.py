"""What GOV.UK Notify sends: texts that came in, and how far a message of ours has come. Believed with its token."""

import hmac
import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from config.settings import in_turn
from service.api import openapi
from service.api.body import read_body
from service.api.callbacks import take_text, take_word
from service.api.problems import ProblemError
from service.app import Service
from service.use_cases.delivery.receive_delivery_report import Word

_LIMIT = 64 * 1024
_ID = re.compile(r"[!-~]{1,64}")
_NUMBER = re.compile(r"[1-9]\d{6,14}")
_bearer = HTTPBearer(auto_error=False, scheme_name="NotifyBearer", description="PLANWATCH_NOTIFY_CALLBACK_TOKEN")


def notify_router(service: Service) -> APIRouter:
    """The routes that are given to Notify as callbacks. It tries again after our 5xx, and never after a 4xx."""
    router = APIRouter()

    async def known(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> None:
        _check(service, given)

    @router.post(
        "/v1/notify/received", dependencies=[Depends(known)], status_code=204, openapi_extra=_BODY, responses=_ANSWERS
    )
    async def received(request: Request) -> Response:
        """A text came in: kept, then understood. The same one again changes nothing."""
        said = await _said(request)
        await take_text(service, "notify", _id(said), _as_text(said))
        return Response(status_code=204)

    @router.post(
        "/v1/notify/receipts", dependencies=[Depends(known)], status_code=204, openapi_extra=_BODY, responses=_ANSWERS
    )
    async def receipts(request: Request) -> Response:
        """How far a message of ours has come; in whatever order and how often this is said."""
        said = await _said(request)
        word = Word("notify", _id(said), _text(said, "status"), reference=_text(said, "reference") or None)
        await take_word(service, word)
        return Response(status_code=204)

    return router


def _check(service: Service, given: HTTPAuthorizationCredentials | None) -> None:
    token = service.settings.notify_callback_token
    if token is None:
        raise ProblemError(404, "Callbacks are not set up here: PLANWATCH_NOTIFY_CALLBACK_TOKEN.")
    if given is None:
        raise ProblemError(401, "The callback token is needed.", {"WWW-Authenticate": "Bearer"})
    said = given.credentials.encode()
    # Each is compared, whatever the first gives: the time taken tells nothing.
    if not any([hmac.compare_digest(said, one.encode()) for one in in_turn(token)]):  # noqa: C419
        raise ProblemError(403, "The token is not the one in PLANWATCH_NOTIFY_CALLBACK_TOKEN.")


async def _said(request: Request) -> Mapping[str, Any]:
    """The object in the body. What a person wrote stands in it, so that no character is refused."""
    try:
        said = json.loads(await read_body(request, _LIMIT))
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise ProblemError(400, "The body is no JSON object.")
    return said


def _id(said: Mapping[str, Any]) -> str:
    found = _text(said, "id")
    if not _ID.fullmatch(found):
        raise ProblemError(400, "id is missing.")
    return found


def _as_text(said: Mapping[str, Any]) -> Mapping[str, str]:
    """A text in the words that those of every provider are kept in."""
    number = _text(said, "source_number")
    return {
        "From": f"+{number}" if _NUMBER.fullmatch(number) else number,
        "To": _text(said, "destination_number"),
        "Body": _text(said, "message"),
        "At": _text(said, "date_received"),
    }


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return value if isinstance(value, str) else ""


_BODY = openapi.body({"application/json": openapi.NOTIFY_OBJECT})
_ANSWERS: openapi.Responses = {204: {"description": "Kept"}, **openapi.problems(400, 401, 403, 404, 408, 413, 415, 503)}
