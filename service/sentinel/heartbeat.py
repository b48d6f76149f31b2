"""The heartbeat: a call to somebody outside, as long as all is well. Its silence is the alarm."""

import structlog
from httpx2 import AsyncClient, HTTPError

_log = structlog.get_logger(__name__)
_PATIENCE = 10.0  # seconds


async def send_heartbeat(url: str) -> bool:
    """Whether whoever waits for it has heard it (2xx). Redirects are not followed; the URL, a secret, is not logged."""
    try:
        async with AsyncClient(timeout=_PATIENCE, follow_redirects=False, trust_env=False) as client:
            answer = await client.get(url)
    except HTTPError as error:
        _log.warning("heartbeat not heard", fault=type(error).__name__)
        return False
    if not answer.is_success:
        _log.warning("heartbeat not heard", status=answer.status_code)
    return answer.is_success
