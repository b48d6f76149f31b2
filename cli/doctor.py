"""`planwatch doctor`: one line a check, and what to do about what is wrong."""

import asyncio
import smtplib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from cli.console import out
from config.database import make_engine
from config.settings import Settings, SettingsError
from service.domain.calendar import local
from service.policy_files import PolicyFileError, load_policies
from service.store import schema

_PATIENCE = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `do` says what to do, where something is wrong."""

    check: str
    found: str
    do: str | None = None


def examine() -> None:
    """Print a line for each check, and end with status 1 if anything is wrong."""
    findings = list(_findings())
    for one in findings:
        mark = "[green]ok[/]  " if one.do is None else "[bold red]FAIL[/]"
        out.print(f"{mark}  {one.check:<10} {one.found}" + (f"\n      do: {one.do}" if one.do else ""))
    if any(one.do for one in findings):
        sys.exit(1)


def _findings() -> Iterator[Finding]:
    yield _policies()
    yield _clock()
    try:
        settings = Settings.load()
    except SettingsError as error:
        for fault in error.faults:
            yield Finding("settings", fault, "correct it in the environment or in .env")
        return
    yield Finding("settings", "can be used")
    yield asyncio.run(_database(settings))
    checks: tuple[Callable[[Settings], Finding], ...] = (_email, _texts)
    for check in checks:
        yield check(settings)


def _policies() -> Finding:
    try:
        book = load_policies()
    except PolicyFileError as error:
        return Finding(
            "policies", f"{len(error.faults)} faults", f"mend {error.faults[0]}; see: planwatch policy check"
        )
    return Finding("policies", f"of {', '.join(sorted(book.authorities))}")


def _clock() -> Finding:
    from config.clock import SystemClock

    now = SystemClock().now()
    found = f"{local(now):%a %d %b %Y %H:%M} in London"
    return Finding("clock", found, None if now.year >= 2026 else "set this machine's clock (NTP)")


async def _database(settings: Settings) -> Finding:
    engine = make_engine(settings.database_url)
    try:
        async with engine.connect() as connection:
            found = await schema.revision(connection)
    except (SQLAlchemyError, OSError, ImportError) as error:
        return Finding("database", f"does not answer ({type(error).__name__})", "look at PLANWATCH_DATABASE_URL")
    finally:
        await engine.dispose()
    if found != schema.newest():
        return Finding("database", f"has revision {found}, needs {schema.newest()}", "planwatch db upgrade")
    return Finding("database", f"answers, and is up to date (revision {found})")


def _email(settings: Settings) -> Finding:
    if settings.smtp_host is None:
        do = "set PLANWATCH_SMTP_HOST and PLANWATCH_MAIL_FROM"
        return Finding("email", "is not set up: none is sent", do)
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    opening = smtplib.SMTP_SSL if settings.smtp_tls == "implicit" else smtplib.SMTP
    try:
        with opening(settings.smtp_host, settings.smtp_port, timeout=_PATIENCE) as server:
            server.ehlo()
            if settings.smtp_tls == "starttls" and not server.has_extn("starttls"):
                do = "have the server offer it, or set PLANWATCH_SMTP_TLS to implicit (or none, on this machine)"
                return Finding("email", f"{where} offers no STARTTLS: nothing would be sent", do)
    except (OSError, smtplib.SMTPException) as error:
        do = "look at PLANWATCH_SMTP_HOST, PLANWATCH_SMTP_PORT and PLANWATCH_SMTP_TLS"
        return Finding("email", f"{where} does not answer ({type(error).__name__})", do)
    return Finding("email", f"{where} answers ({settings.smtp_tls})")


def _texts(settings: Settings) -> Finding:
    if settings.twilio_account_sid is None:
        do = "set PLANWATCH_TWILIO_ACCOUNT_SID, PLANWATCH_TWILIO_AUTH_TOKEN and PLANWATCH_TWILIO_FROM"
        return Finding("texts", "are not set up: none is sent", do)
    if settings.public_url is None:
        return Finding("texts", "are sent, but none can be received", "set PLANWATCH_PUBLIC_URL")
    return Finding("texts", f"are set up; Twilio is to call {settings.public_url}/v1/twilio/inbound")
