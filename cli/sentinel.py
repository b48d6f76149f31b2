"""`planwatch sentinel`: the auditor, in a process of its own."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from cli.console import out
from cli.policies_in_force import book_in_force
from config.clock import SystemClock
from config.database import Sessions, make_engine, make_sessions, reading
from config.logs import configure_logs, log_uncaught
from config.settings import Settings
from jobs.sentinel_loop import AUDIT_EVERY, SentinelLoop, withholding
from service.app import worker_id
from service.domain.live_policies import LivePolicies
from service.domain.policy import Policy, PolicyBook
from service.files.policy_folder import read_policies
from service.sentinel.auditor import Auditor
from service.sentinel.codes import CODES
from service.sentinel.finding import Expected
from service.sentinel.heartbeat import send_heartbeat
from service.store import findings
from service.use_cases.operations.tell_findings import tell_findings
from service.use_cases.policies.follow import UnreadablePolicyError, follow

_log = structlog.get_logger(__name__)
# Messages go to these if nobody holds their own role, and so does word of what stays overdue.
_FALLBACKS = frozenset({"team_manager", "service_manager", "configuration_owner"})
_HELD_ON_PLANS = frozenset({"social_worker", "key_professional"})


def watch(*, once: bool, parent: int | None) -> None:
    """Look every 15 seconds until a signal; `once`: look once, print the findings, and exit with 1 if any is serious.

    It ends with its `parent`, the id of the process that started it: the next parent starts the next one.
    """
    settings = Settings.load()
    configure_logs(json=not sys.stderr.isatty())
    log_uncaught()
    if once:
        sys.exit(asyncio.run(_once(settings)))
    asyncio.run(_watch(settings, parent))


def expected_of(book: PolicyBook) -> Expected:
    """What the auditor expects of the policies, as bare data: it does not read policies itself."""
    newest = {authority: book.versions(authority)[-1] for authority in book.authorities}
    return Expected(
        holidays={authority: frozenset(policy.closed) for authority, policy in newest.items()},
        roles={authority: _roles(policy) for authority, policy in newest.items()},
    )


def _roles(policy: Policy) -> frozenset[str]:
    line = policy.bottom_line
    alerted: set[str] = {*line.alert, *(rung.role for rung in line.then), *([line.duty] if line.duty else [])}
    return (_FALLBACKS | alerted) - _HELD_ON_PLANS


async def _once(settings: Settings) -> int:
    engine = make_engine(settings.database_url)
    try:
        sessions = make_sessions(engine)
        expected = expected_of(await book_in_force(sessions, settings))
        counts = await Auditor(sessions, SystemClock(), expected, worker_id()).look()
        async with reading(sessions) as session:
            for finding in await findings.all_now(session):
                code = CODES.get(finding.code)
                out.print(f"[bold]{finding.code}[/] since {finding.since:%F %H:%M}Z: {finding.detail}", markup=True)
                out.print(f"      do: {code.do}" if code else "", markup=False)
    finally:
        await engine.dispose()
    if not counts:
        out.print("[green]all is well[/]")
    return 1 if withholding(counts) else 0


async def _watch(settings: Settings, parent: int | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, lambda: None)  # it reads no files: it follows
    engine = make_engine(settings.database_url)
    try:
        sessions, clock = make_sessions(engine), SystemClock()
        book = LivePolicies.of(read_policies(settings.policies).book)  # until the database says what is in force
        auditor = Auditor(sessions, clock, expected_of(book), worker_id())
        loop = SentinelLoop(
            auditor,
            lambda: tell_findings(sessions, book, clock.now()),
            partial(send_heartbeat, settings.heartbeat_url) if settings.heartbeat_url else None,
        )
        while not stop.is_set():
            await _expect_what_is_in_force(sessions, book, auditor)
            await loop.run_once()
            await _rest(stop, parent)
    finally:
        await engine.dispose()


async def _expect_what_is_in_force(sessions: Sessions, book: PolicyBook, auditor: Auditor) -> None:
    try:
        async with asyncio.timeout(AUDIT_EVERY), reading(sessions) as session:
            if await follow(session, book):
                auditor.expect(expected_of(book))
    except (SQLAlchemyError, OSError, TimeoutError, UnreadablePolicyError) as error:
        _log.error("policies_not_followed", fault=type(error).__name__)  # it audits by what it knew before


async def _rest(stop: asyncio.Event, parent: int | None) -> None:
    """Wait for the next look; set `stop` if the parent has died."""
    for _ in range(int(AUDIT_EVERY)):
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1)
        if stop.is_set():
            return
        if parent is not None and os.getppid() != parent:
            stop.set()
