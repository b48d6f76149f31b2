"""Whether whoever waits for the heartbeat can be reached. No beat is sent: it would say that all is well."""

import asyncio
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

from cli.doctor.checked import Checked
from config.settings import Settings

_PORTS = {"http": 80, "https": 443}


async def check(settings: Settings) -> Sequence[Checked]:
    """A connection, with TLS where the address has it, and nothing said on it. The address, a secret, is not shown."""
    if settings.heartbeat_url is None:
        do = "set PLANWATCH_HEARTBEAT_URL to a service that rings somebody when it hears nothing (docs/monitoring.md)"
        return [Checked("heartbeat", "is not set: if this machine dies, nobody is told", do, works=True)]
    parts = urlsplit(settings.heartbeat_url)
    secure = ssl.create_default_context() if parts.scheme == "https" else None
    try:
        _, writer = await asyncio.open_connection(parts.hostname, parts.port or _PORTS[parts.scheme], ssl=secure)
    except OSError as error:  # what is wrong with a certificate is one, too
        found = f"cannot reach who waits for it ({type(error).__name__})"
        do = "look at PLANWATCH_HEARTBEAT_URL, and whether this machine may go out there"
        return [Checked("heartbeat", found, do)]
    writer.close()
    return [Checked("heartbeat", "can reach who waits for it")]
