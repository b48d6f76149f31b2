"""The body of a request: read up to a limit and within a time, never beyond."""

import asyncio

from fastapi import Request

from service.api.problems import ProblemError

# Far more than any honest network needs for what may be sent. Who is slower keeps a place that others want.
READ_WITHIN = 30.0  # seconds
# The rest of a body that is refused is not read: the connection is of no further use.
_CLOSE = {"Connection": "close"}


async def read_body(request: Request, limit: int, seconds: float = READ_WITHIN) -> bytes:
    """All of the body.

    ProblemError 413 where it is longer than `limit` bytes, 415 where it is compressed, 408 where it takes longer than
    `seconds` to come.
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
