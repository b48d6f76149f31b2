"""The body of a request, read up to a limit of size and time."""

import asyncio

from fastapi import Request

from service.api.problems import ProblemError

# Far more than an honest network needs. A slower request would only take up one of the few places.
READ_WITHIN = 30.0  # seconds
# The rest of a refused body is not read, so the connection cannot be used again.
_CLOSE = {"Connection": "close"}


async def read_body(request: Request, limit: int, seconds: float = READ_WITHIN) -> bytes:
    """The whole body.

    Raises ProblemError 413 if it is longer than `limit` bytes, 415 if it is compressed, and 408 if it takes longer than
    `seconds` to arrive.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise ProblemError(415, "A compressed body is not taken; send it as it is.", _CLOSE)
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced[:20]) > limit:
        raise _too_long(limit)
    try:
        async with asyncio.timeout(seconds):
            return await _read(request, limit)
    except TimeoutError:
        detail = f"The body did not come within {seconds:g} seconds; send the same again."
        raise ProblemError(408, detail, _CLOSE) from None


async def _read(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise _too_long(limit)
    return bytes(body)


def _too_long(limit: int) -> ProblemError:
    detail = f"The body is longer than {limit // 1024} KB; send fewer or smaller events at a time."
    return ProblemError(413, detail, _CLOSE)
