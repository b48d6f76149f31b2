"""POST /v1/events: one CloudEvent or a batch, with a token that may write one authority's events."""

import hashlib
from dataclasses import asdict
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.api import openapi
from service.api.cloud_events import BATCH, MOST_EVENTS, SINGLE, read_events, shake_hands
from service.api.event_schemas import EVENT
from service.api.lookups import SharedLookups
from service.api.places import Places
from service.api.problems import ProblemError, problem
from service.api.refusing import let_stay, peer, refusal
from service.app import Service
from service.domain.admission import Refusal, Rejected
from service.domain.events.event_types import URGENT
from service.refused_requests import RefusalKind
from service.store.tokens import Token
from service.use_cases.intake.check_token import check_token, note_token
from service.use_cases.intake.receive_events import Received

# A batch may be 4 MB, so this bounds their memory. It also keeps database connections free for sending.
_MOST_AT_ONCE = 32
_MOST_FOR_ONE_TOKEN = 24
_MOST_WAITING = 128
_MOST_WAITING_FOR_ONE_TOKEN = 64
# Whoever comes again at once is so slowed down. Its connection gives way to others' meanwhile.
_BEFORE_REFUSAL = 2.0  # seconds
# Strangers ask the database for tokens that it does not have; the connections that sending needs are not theirs.
_MOST_CHECKS = 8
_MOST_WAITING_CHECKS = 1024  # more than there are connections
_STATUS = {Refusal.FAULT: 422, Refusal.CONFLICT: 409, Refusal.FORBIDDEN: 403}
_KIND = {
    Refusal.FAULT: RefusalKind.EVENT_FAULTY,
    Refusal.CONFLICT: RefusalKind.EVENT_CONFLICT,
    Refusal.FORBIDDEN: RefusalKind.AUTHORITY_FORBIDDEN,
}
_WHEN_FULL = "60"  # seconds
_BEARER = {"WWW-Authenticate": "Bearer"}
_bearer = HTTPBearer(auto_error=False, description="made by `planwatch token create --authority NAME --name SYSTEM`")


def events_router(service: Service) -> APIRouter:
    """The route by which other systems report events."""
    router = APIRouter()
    # Taken by callers with a token alone: a stranger is answered before anything of a body is read.
    places = Places(
        _MOST_AT_ONCE,
        _MOST_FOR_ONE_TOKEN,
        waiting=_MOST_WAITING,
        waiting_share=_MOST_WAITING_FOR_ONE_TOKEN,
        pause=_BEFORE_REFUSAL,
    )
    tokens = _tokens(service)

    async def writer(
        request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Token:
        if credentials is None:
            detail = "A token is needed: send the header `Authorization: Bearer TOKEN`."
            raise refusal(service, request, RefusalKind.TOKEN_MISSING, 401, detail, headers=_BEARER)
        return _good(service, request, await tokens.of(credentials.credentials))

    @router.post("/v1/events", status_code=202, openapi_extra=_BODY, responses=_RESPONSES)
    async def post_events(request: Request, token: Annotated[Token, Depends(writer)]) -> Response:
        """Take events; the answer comes when they are on disk and in effect."""
        async with places.taken(token.name, partial(let_stay, request)):
            raws = await read_events(request)
            if service.disk_reserve.short_of_room:
                _refuse_what_can_wait(raws)
            received = await service.receive(raws, token.authority, token=token.name)
        for _, rejected in received.rejected:
            service.refused_requests.note(_KIND[rejected.refusal], peer(request), token.name)
        return _answer(received)

    @router.options("/v1/events", include_in_schema=False)
    async def handshake(request: Request) -> Response:
        return shake_hands(request)

    return router


def _tokens(service: Service) -> SharedLookups[Token | None]:
    """The tokens by their secrets; that one is in use is noted now and then."""
    # By what was sent as a token, and not by peer, as all may come by one proxy: nobody's own waits behind a flood of
    # another.
    checks = Places(_MOST_CHECKS, _MOST_CHECKS, waiting=_MOST_WAITING_CHECKS)

    async def look_up(secret: str) -> Token | None:
        async with checks.taken(_fingerprint(secret)):
            token = await check_token(service.sessions, secret)
        if token is not None:
            await note_token(service.sessions, token, service.clock.now())
        return token

    return SharedLookups(look_up)


def _fingerprint(secret: str) -> str:
    """By which a secret is told from others, without being kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _good(service: Service, request: Request, token: Token | None) -> Token:
    if token is None:
        detail = "This token is not known here. Send `Authorization: Bearer TOKEN`, with a token that was made here."
        raise refusal(service, request, RefusalKind.TOKEN_UNKNOWN, 401, detail, headers=_BEARER)
    if not token.is_good(service.clock.now()):
        detail = f"The token {token.name} has ended, and nothing was stored. Ask whoever runs planwatch for a new one."
        kind = RefusalKind.TOKEN_ENDED
        raise refusal(service, request, kind, 401, detail, headers=_BEARER, token=token.name)
    return token


def _refuse_what_can_wait(raws: list[object]) -> None:
    """With the disk full, the last room is for what begins or ends an alert, or keeps a message from somebody."""
    if all(isinstance(raw, dict) and raw.get("type") in URGENT for raw in raws):
        return
    taken = ", ".join(sorted(URGENT))
    detail = f"The disk is full, and nothing was stored. Until there is room only these are taken: {taken}."
    raise ProblemError(503, detail, {"Retry-After": _WHEN_FULL})


def _answer(received: Received) -> Response:
    rejected = [
        {"id": rejection.id, "field": rejection.field, "detail": rejection.detail} for _, rejection in received.rejected
    ]
    if not received.taken and rejected:
        return _none_taken([rejection for _, rejection in received.rejected], rejected)
    counts = {"accepted": received.accepted, "duplicates": received.duplicates, "waiting": received.waiting}
    warnings = [asdict(warned) for _, warned in received.warnings]
    return JSONResponse({**counts, "rejected": rejected, "warnings": warnings}, 202)


def _none_taken(refused: list[Rejected], rejected: list[dict[str, str | None]]) -> Response:
    refusals = {rejection.refusal for rejection in refused}
    status = _STATUS[refusals.pop()] if len(refusals) == 1 else 422
    first_refused = refused[0]
    label = f"Event {first_refused.id}" if first_refused.id else "The event"
    more = f" (and {len(refused) - 1} more, see rejected)" if len(refused) > 1 else ""
    detail = f"{label}: {first_refused.field} {first_refused.detail}{more}"
    return problem(status, detail, event=first_refused.id, field=first_refused.field, rejected=rejected)


_BODY = openapi.body({SINGLE: EVENT, BATCH: {"type": "array", "items": EVENT, "maxItems": MOST_EVENTS}})
_RESPONSES: openapi.Responses = {
    202: openapi.answer("Stored, and in effect", "application/json", openapi.TAKEN),
    **openapi.problems(400, 401, 403, 408, 409, 413, 415, 422, 429, 503),
}
