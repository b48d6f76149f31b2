"""Until when certificates hold: those of our address, the mail server and the heartbeat.

A provider does not call an address whose certificate has run out, and nothing is sent over a line that is not trusted.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from aiosmtplib import SMTP, SMTPException

from cli.doctor.checked import Checked
from config.clock import SystemClock
from config.settings import Settings

_SOON, _NOW = 30, 7  # days
_RENEW = "renew it, and find out why it was not renewed by itself"
_HTTPS = 443


async def check(settings: Settings, trust: ssl.SSLContext | None = None) -> Sequence[Checked]:
    """A line for each line that is secured. `trust`: whose certificates are believed; None: the system's."""
    believed = trust if trust is not None else await asyncio.to_thread(ssl.create_default_context)
    asked: list[Awaitable[Checked]] = []
    for whose, url in (("PLANWATCH_PUBLIC_URL", settings.public_url), ("the heartbeat", settings.heartbeat_url)):
        if url and urlsplit(url).scheme == "https":
            asked.append(_looked(whose, _of_web(url, believed)))
    if settings.smtp_host and settings.smtp_tls != "none":
        asked.append(_looked("the mail server", _of_mail(settings, settings.smtp_host, believed)))
    return await asyncio.gather(*asked)


def judged(whose: str, ends: datetime, now: datetime) -> Checked:
    """What to say of a certificate that holds until then."""
    left = (ends - now).days
    said = f"of {whose} holds for {left} days more"
    return Checked("certificate", said) if left >= _SOON else Checked("certificate", said, _RENEW, works=left >= _NOW)


async def _looked(whose: str, asked: Awaitable[Any]) -> Checked:
    try:
        ends = ssl.cert_time_to_seconds((await asked)["notAfter"])
    except (OSError, SMTPException) as error:
        refused = _refusal(error)
        if refused is None:  # whether it can be reached is another check's matter
            do = "see whether it can be reached from this machine; if not, look at its certificate from elsewhere"
            return Checked("certificate", f"of {whose} could not be seen ({type(error).__name__})", do, works=True)
        return Checked("certificate", f"of {whose} is not believed: {refused}", _RENEW)
    return judged(whose, datetime.fromtimestamp(ends, UTC), SystemClock().now())


def _refusal(error: BaseException | None) -> str | None:
    """What is wrong with a certificate, where that is what an error came from."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return None if error is None else error.verify_message


async def _of_web(url: str, trust: ssl.SSLContext) -> Any:
    parts = urlsplit(url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port or _HTTPS, ssl=trust)
    try:
        return writer.get_extra_info("peercert")
    finally:
        writer.close()


async def _of_mail(settings: Settings, host: str, trust: ssl.SSLContext) -> Any:
    client = SMTP(
        hostname=host,
        port=settings.smtp_port,
        use_tls=settings.smtp_tls == "implicit",
        start_tls=settings.smtp_tls == "starttls",
        tls_context=trust,
    )
    try:
        await client.connect()
        return client.get_transport_info("peercert")
    finally:
        client.close()
