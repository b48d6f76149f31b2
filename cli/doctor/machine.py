"""This machine: its clock, its disk, and its secure lines, which are the certificates and the way to the heartbeat."""

import asyncio
import shutil
import ssl
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiosmtplib import SMTP, SMTPException

from cli.doctor.report import CheckResult, size_text
from config.clock import SystemClock
from config.database import sqlite_file
from config.disk_reserve import SIZE
from config.env_file import ENV_FILE
from config.settings import Settings
from service.domain.calendar import local

_BUILT_IN = 2026  # a clock that was never set shows an earlier year
_RENEW_WITHIN, _FAILS_WITHIN = 30, 7  # days before a certificate ends
_RENEW = "renew it, and find out why it was not renewed by itself"
_PORTS = {"http": 80, "https": 443}


async def check_clock(_: Settings) -> Sequence[CheckResult]:
    """Show the local time, for a person to compare, and fail for a clock that was never set."""
    now = SystemClock().now()
    remedy = None if now.year >= _BUILT_IN else "set this machine's clock (NTP)"
    return [CheckResult("clock", f"{local(now):%a %d %b %Y %H:%M} in London", remedy)]


async def check_disk(settings: Settings) -> Sequence[CheckResult]:
    """Check the room beside a SQLite file; no result for PostgreSQL, whose disk is its server's."""
    file = sqlite_file(settings.database_url)
    return [await asyncio.to_thread(_room, file)] if file else []


async def check_modes(settings: Settings, env_file: Path = ENV_FILE) -> Sequence[CheckResult]:
    """Check that nobody else on this machine may read what holds facts about children, or the settings' secrets."""
    file = sqlite_file(settings.database_url)
    beside = [] if file is None else [file.with_name(f"{file.name}{suffix}") for suffix in ("", "-wal", ".spool")]
    return await asyncio.to_thread(_open_to_others, [*beside, env_file])


def _open_to_others(files: Sequence[Path]) -> list[CheckResult]:
    existing = [file for file in files if file.exists()]
    too_open = [file for file in existing if file.stat().st_mode & 0o077]
    if not existing:
        return []
    if not too_open:
        return [CheckResult("files", "only their owner may read them")]
    return [
        CheckResult("files", f"{file} can be read by others on this machine", f"chmod 600 {file}", advisory=True)
        for file in too_open
    ]


def _room(file: Path) -> CheckResult:
    folder = next(parent for parent in file.absolute().parents if parent.exists())
    free = shutil.disk_usage(folder).free
    stored = sum(part.stat().st_size for part in (file, file.with_name(f"{file.name}-wal")) if part.exists())
    finding = f"{size_text(free)} free; the database takes {size_text(stored)}"
    return disk_result(finding, free, stored, disk_reserve=file.with_name(f"{file.name}.ballast").exists())


def disk_result(finding: str, free: int, stored: int, *, disk_reserve: bool) -> CheckResult:
    """Judge free bytes: there must be room for the disk reserve and as much again, and then for a copy of the database.

    `disk_reserve`: it exists already, so its own room is no longer among the free bytes.
    """
    if free < (SIZE if disk_reserve else 2 * SIZE):
        remedy = "make room: soon nothing is taken but what is about danger"
        return CheckResult("disk", f"{finding}: too little", remedy)
    if free < stored + 2 * SIZE:
        remedy = "make room, or back up to another disk: a copy of the database does not fit beside it"
        return CheckResult("disk", finding, remedy, advisory=True)
    return CheckResult("disk", finding)


async def check_certificates(settings: Settings, trust: ssl.SSLContext | None = None) -> Sequence[CheckResult]:
    """Check the certificates of our public address, the heartbeat and the mail server, each where TLS is used.

    A provider does not call an address whose certificate has run out, and we send nothing over a line that we do not
    trust. `trust` holds the authorities to believe; None: the system's.
    """
    trusted = trust if trust is not None else await asyncio.to_thread(ssl.create_default_context)
    checks: list[Awaitable[CheckResult]] = []
    for owner, url in (("PLANWATCH_PUBLIC_URL", settings.public_url), ("the heartbeat", settings.heartbeat_url)):
        if url and urlsplit(url).scheme == "https":
            checks.append(_certificate(owner, _web_certificate(url, trusted)))
    if settings.smtp_host and settings.smtp_tls != "none":
        checks.append(_certificate("the mail server", _mail_certificate(settings, settings.smtp_host, trusted)))
    return await asyncio.gather(*checks)


def certificate_result(owner: str, ends_at: datetime, now: datetime) -> CheckResult:
    """Judge a certificate by the days that it still holds."""
    days = (ends_at - now).days
    finding = f"of {owner} holds for {days} days more"
    if days >= _RENEW_WITHIN:
        return CheckResult("certificate", finding)
    return CheckResult("certificate", finding, _RENEW, advisory=days >= _FAILS_WITHIN)


async def _certificate(owner: str, fetch: Awaitable[Any]) -> CheckResult:
    try:
        ends_at = ssl.cert_time_to_seconds((await fetch)["notAfter"])
    except (OSError, SMTPException) as error:
        refusal = _refusal(error)
        if refusal is None:  # another check says whether the server can be reached
            finding = f"of {owner} could not be seen ({type(error).__name__})"
            remedy = "see whether it can be reached from this machine; if not, look at its certificate from elsewhere"
            return CheckResult("certificate", finding, remedy, advisory=True)
        return CheckResult("certificate", f"of {owner} is not believed: {refusal}", _RENEW)
    return certificate_result(owner, datetime.fromtimestamp(ends_at, UTC), SystemClock().now())


def _refusal(error: BaseException | None) -> str | None:
    """Why a certificate was not believed; None if the error has another cause."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return None if error is None else error.verify_message


async def _web_certificate(url: str, trust: ssl.SSLContext) -> Any:
    parts = urlsplit(url)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port or _PORTS["https"], ssl=trust)
    try:
        return writer.get_extra_info("peercert")
    finally:
        writer.close()


async def _mail_certificate(settings: Settings, host: str, trust: ssl.SSLContext) -> Any:
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


async def check_heartbeat(settings: Settings) -> Sequence[CheckResult]:
    """Connect to the service that waits for the heartbeat, and say nothing: a beat would claim that all is well.

    Its address is a secret and is not shown.
    """
    if settings.heartbeat_url is None:
        finding = "is not set: if this machine dies, nobody is told"
        remedy = (
            "set PLANWATCH_HEARTBEAT_URL to a service that rings somebody when it hears nothing; see "
            "planwatch docs monitoring"
        )
        return [CheckResult("heartbeat", finding, remedy, advisory=True)]
    parts = urlsplit(settings.heartbeat_url)
    secure = ssl.create_default_context() if parts.scheme == "https" else None
    try:
        _, writer = await asyncio.open_connection(parts.hostname, parts.port or _PORTS[parts.scheme], ssl=secure)
    except OSError as error:  # a certificate that is not believed is an OSError, too
        finding = f"cannot reach who waits for it ({type(error).__name__})"
        remedy = "look at PLANWATCH_HEARTBEAT_URL, and whether this machine may go out there"
        return [CheckResult("heartbeat", finding, remedy)]
    writer.close()
    return [CheckResult("heartbeat", "can reach who waits for it")]
