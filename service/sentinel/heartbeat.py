"""The heartbeat: a call to a service outside for as long as all is well; its silence is the alarm."""

import structlog
from httpx2 import AsyncClient, HTTPError

_log = structlog.get_logger(__name__)
_PATIENCE = 10.0  # seconds


async def send_heartbeat(url: str) -> bool:
    """Call the service that waits for it; return whether it answered 2xx.

    Redirects are not followed. The URL is a secret and is not logged.
    """
    try:
        async with AsyncClient(timeout=_PATIENCE, follow_redirects=False, trust_env=False) as client:
            answer = await client.get(url)
    except HTTPError as error:
        _log.warning("heartbeat_not_heard", fault=type(error).__name__)
        return False
    if not answer.is_success:
        _log.warning("heartbeat_not_heard", status=answer.status_code)
    return answer.is_success
