"""The body of a request: read up to a limit, never beyond."""

from fastapi import Request

from service.api.problems import ProblemError


async def read_body(request: Request, limit: int) -> bytes:
    """All of the body; ProblemError 413 where it is longer than `limit` bytes, 415 where it is compressed."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise ProblemError(415, "A compressed body is not taken; send it as it is.")
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise _too_long(limit)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise _too_long(limit)
    return bytes(body)


def _too_long(limit: int) -> ProblemError:
    # The rest is not read: the connection is of no further use.
    detail = f"The body is longer than {limit // 1024} KB; send fewer or smaller events at a time."
    return ProblemError(413, detail, {"Connection": "close"})
