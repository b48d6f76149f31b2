"""The body of a request, read up to a limit of size and time."""

import asyncio

from fastapi import Request

from service.api.problems import ProblemError

# A slower request would only take up one of the few places: whoever sends a body without a pause is far faster.
READ_WITHIN = 30.0  # seconds, for all of it
FIRST_SECONDS = 5.0
SLOWEST = 8 * 1024  # bytes a second, after the first seconds
# The rest of a refused body is not read, so the connection cannot be used again.
_CLOSE = {"Connection": "close"}


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body.

    Raises ProblemError 413 if it is longer than `limit` bytes, 415 if it is compressed, and 408 if it arrives too
    slowly: it must be there after five seconds and one more for each 8 KB that has come, and after thirty in any case.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise ProblemError(415, "A compressed body is not taken; send it as it is.", _CLOSE)
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced[:20]) > limit:
        raise _too_long(limit)
    try:
        async with asyncio.timeout(FIRST_SECONDS) as patience:
            return await _read(request, limit, patience)
    except TimeoutError:
        raise ProblemError(
            408, "The body did not come in time; send the same again, without a pause.", _CLOSE
        ) from None


async def _read(request: Request, limit: int, patience: asyncio.Timeout) -> bytes:
    body = bytearray()
    began = asyncio.get_running_loop().time()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise _too_long(limit)
        patience.reschedule(began + min(FIRST_SECONDS + len(body) / SLOWEST, READ_WITHIN))
    return bytes(body)


def _too_long(limit: int) -> ProblemError:
    detail = f"The body is longer than {limit // 1024} KB; send fewer or smaller events at a time."
    return ProblemError(413, detail, _CLOSE)
