"""`planwatch doctor`: one line a check, and what to do about what is wrong."""

import asyncio
import smtplib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.console import out
from config.clock import SystemClock
from config.database import make_engine, make_sessions, reading
from config.settings import Settings, SettingsError
from notifications import interruption
from notifications.bounce_box import BounceBox
from service.domain.calendar import local
from service.policy_files import PolicyFileError, load_policies
from service.store import schema, waiting
from service.use_cases.watch_clock import SKEW, database_skew

_PATIENCE = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `do` says what to do, where something is wrong; `works`: the service does its work still."""

    check: str
    found: str
    do: str | None = None
    works: bool = False

    @property
    def mark(self) -> str:
        """How its line begins."""
        if self.do is None:
            return "[green]ok[/]  "
        return "[yellow]look[/]" if self.works else "[bold red]FAIL[/]"


def examine() -> None:
    """Print a line for each check, and end with status 1 if anything is wrong."""
    findings = list(_findings())
    for one in findings:
        out.print(f"{one.mark}  {one.check:<10} {one.found}" + (f"\n      do: {one.do}" if one.do else ""))
    if any(one.do and not one.works for one in findings):
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
    yield from asyncio.run(_database(settings))
    checks: tuple[Callable[[Settings], Finding], ...] = (_email, _returned, _texts)
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
    now = SystemClock().now()
    found = f"{local(now):%a %d %b %Y %H:%M} in London"
    return Finding("clock", found, None if now.year >= 2026 else "set this machine's clock (NTP)")


async def _database(settings: Settings) -> list[Finding]:
    engine = make_engine(settings.database_url)
    try:
        async with engine.connect() as connection:
            found = await schema.revision(connection)
        if found != schema.newest():
            return [Finding("database", f"has revision {found}, needs {schema.newest()}", "planwatch db upgrade")]
        answers = Finding("database", f"answers, and is up to date (revision {found})")
        return [answers, await _sending(engine), await _clocks(engine), await _events(engine)]
    except (SQLAlchemyError, OSError, ImportError) as error:
        return [Finding("database", f"does not answer ({type(error).__name__})", "look at PLANWATCH_DATABASE_URL")]
    finally:
        await engine.dispose()


async def _sending(engine: AsyncEngine) -> Finding:
    """Whether a hold or a pause is open."""
    async with reading(make_sessions(engine)) as session:
        found = await interruption.current(session, SystemClock().now())
    if found is None:
        return Finding("sending", "is not held or paused")
    what = "nothing is sent" if found.kind is interruption.Kind.HOLD else "only what is urgent is sent"
    said = f"{what} since {local(found.since):%d %b %Y %H:%M}: a {found.kind.value}, cause {found.cause.value}"
    return Finding("sending", said, "find out why, then: planwatch release")


async def _clocks(engine: AsyncEngine) -> Finding:
    """Whether PostgreSQL's clock and this machine's agree."""
    async with reading(make_sessions(engine)) as session:
        skew = (await database_skew(session, SystemClock().now())).total_seconds()
    if abs(skew) <= SKEW.total_seconds():
        return Finding("clocks", "the database's and this machine's agree")
    return Finding("clocks", f"the database's is {skew:.0f} seconds from this machine's", "set both right (NTP)")


async def _events(engine: AsyncEngine) -> Finding:
    """Whether anything is kept back that somebody meant to take effect."""
    async with reading(make_sessions(engine)) as session:
        found = await waiting.summary(session)
    if found is None:
        return Finding("events", "all took effect: none waits")
    number = f"{found.events} event{' waits' if found.events == 1 else 's wait'}"
    kinds = ", ".join(f"{count} for {_WAITS_FOR[kind]}" for kind, count in sorted(found.kinds.items()))
    said = f"{number} since {local(found.since):%d %b %Y %H:%M} for what nothing has introduced: {kinds}"
    return Finding("events", said, "send the plan.opened or person.recorded that they wait for", works=True)


_WAITS_FOR = {"plan": "a plan", "person": "a person", "any": "a plan or person"}


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


def _returned(settings: Settings) -> Finding:
    if settings.bounces is None:
        do = "set PLANWATCH_BOUNCES to the mailbox in which email to PLANWATCH_MAIL_FROM arrives"
        return Finding("returned", "email that comes back is not read: nobody is told of it", do, works=True)
    fault = BounceBox(settings.bounces).fault
    if fault:
        return Finding("returned", f"email {fault}", "look at PLANWATCH_BOUNCES and who may read there", works=True)
    return Finding("returned", "email is read")


def _texts(settings: Settings) -> Finding:
    if settings.twilio_account_sid is None:
        do = "set PLANWATCH_TWILIO_ACCOUNT_SID, PLANWATCH_TWILIO_AUTH_TOKEN and PLANWATCH_TWILIO_FROM"
        return Finding("texts", "are not set up: none is sent", do)
    if settings.public_url is None:
        return Finding("texts", "are sent, but none can be received", "set PLANWATCH_PUBLIC_URL")
    return Finding("texts", f"are set up; Twilio is to call {settings.public_url}/v1/twilio/inbound")
