"""The three forms in which CloudEvents come over HTTP, and the handshake that some senders begin with.

Structured: one event, as a JSON object. Batched: an array of them. Binary: the attributes are headers (`ce-id`), and
the body holds the data alone. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
"""

import asyncio
import re
from urllib.parse import unquote

from fastapi import Request
from fastapi.responses import Response

from service.api.body import read_body
from service.api.problems import ProblemError
from service.files.strict_json import MAX_EVENT_BYTES, StrictJSONError, parse_json

SINGLE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
DATA_ALONE = "application/json"
# A batch is stored in one transaction, for which others wait.
MOST_EVENTS = 1000
_LIMITS = {SINGLE: MAX_EVENT_BYTES, BATCH: 4 * 1024 * 1024, DATA_ALONE: MAX_EVENT_BYTES}
_READ_AT_ONCE = 64 * 1024
_ORIGIN = re.compile(r"[A-Za-z0-9.-]{1,253}")


async def read_events(request: Request) -> list[object]:
    """The events of a request, in whichever form, not checked yet; ProblemError where the form itself is wrong."""
    media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    is_binary = "ce-specversion" in request.headers
    if media_type not in (_LIMITS if is_binary else (SINGLE, BATCH)) and not (is_binary and not media_type):
        accepted = f"{SINGLE}, {BATCH}"
        detail = (
            f"Send {SINGLE} or {BATCH}; or {DATA_ALONE} with the event's attributes as headers (ce-id, ce-type, …)."
        )
        raise ProblemError(415, detail, {"Accept-Post": accepted})
    body = await read_body(request, _LIMITS.get(media_type, MAX_EVENT_BYTES))
    if len(body) > _READ_AT_ONCE:
        # Parsing it takes a while. Other requests and the ticks go on meanwhile.
        content = await asyncio.to_thread(_content, body)
    else:
        content = _content(body) if body or not is_binary else {}
    if media_type == BATCH:
        return _batch(content)
    return [_with_attributes(request, content) if is_binary and media_type != SINGLE else content]


def _content(body: bytes) -> object:
    try:
        return parse_json(body)
    except StrictJSONError as fault:
        raise ProblemError(400, f"The body {fault}.") from None


def _batch(content: object) -> list[object]:
    if not isinstance(content, list):
        raise ProblemError(422, "The body of a batch is a JSON array of events.")
    if len(content) > MOST_EVENTS:
        raise ProblemError(413, f"A batch has at most {MOST_EVENTS} events; send them in several.")
    return content


def _with_attributes(request: Request, data: object) -> dict[str, object]:
    attributes: dict[str, object] = {
        name.removeprefix("ce-"): unquote(value) for name, value in request.headers.items() if name.startswith("ce-")
    }
    return {**attributes, "data": data}


def shake_hands(request: Request) -> Response:
    """Consent to deliveries, as CloudEvents' rules for webhooks ask; a delivery still needs a token."""
    headers = {"Allow": "POST, OPTIONS"}
    origin = request.headers.get("webhook-request-origin", "")
    if _ORIGIN.fullmatch(origin):
        headers |= {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"}
    return Response(status_code=200, headers=headers)
