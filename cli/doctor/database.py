"""The database: its revision and, for PostgreSQL, its version, clock and standbys; then the checks of what it holds."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from cli.doctor import service
from cli.doctor.report import CheckResult, size_text
from config.clock import SystemClock
from config.database import Sessions, is_postgresql, make_engine, make_sessions, reading, sqlite_file
from config.settings import Settings
from service.store import schema
from service.use_cases.operations.watch_clock import SKEW, database_skew

SessionCheck = Callable[[AsyncSession], Awaitable[Sequence[CheckResult]]]
_UPGRADE = "planwatch db upgrade (planwatch run does it, too)"
_OLDEST = 15  # the oldest version of PostgreSQL that planwatch is tested on
_LAG = 10.0  # seconds
_SERVER = text(
    "SELECT current_setting('server_version_num')::int / 10000, pg_is_in_recovery(), "
    "pg_database_size(current_database())"
)
# A user without the role pg_monitor sees the rows, and null in every other column.
_STANDBYS = text(
    "SELECT sync_state, coalesce(extract(epoch FROM replay_lag), 0)::float AS lag FROM pg_stat_replication"
)


async def check_database(settings: Settings) -> Sequence[CheckResult]:
    """Check that the database answers and has our revision; only then check what it holds."""
    file = sqlite_file(settings.database_url)
    if file is not None and not file.exists():
        return [CheckResult("database", "is not there yet", _UPGRADE)]
    engine = make_engine(settings.database_url)
    try:
        if is_postgresql(settings.database_url) and (unusable := await _pooler(settings.database_url)):
            return unusable
        return await _revision_and_content(engine)
    except (SQLAlchemyError, OSError, ImportError) as error:
        finding = f"does not answer ({type(error).__name__})"
        return [CheckResult("database", finding, "look at PLANWATCH_DATABASE_URL")]
    finally:
        await engine.dispose()


async def _pooler(url: str) -> Sequence[CheckResult]:
    """Whether a connection keeps its session; no result where it does."""
    from config import pooler  # its driver is an extra

    remedy = "set pool_mode = session, or name the server itself: planwatch docs operations, Two machines"
    finding = "gives a connection another session with each transaction: planwatch does not start"
    return [] if await pooler.keeps_sessions(url) else [CheckResult("pooler", finding, remedy)]


async def _revision_and_content(engine: AsyncEngine) -> Sequence[CheckResult]:
    async with engine.connect() as connection:
        revision = await schema.revision(connection)
    if revision != schema.newest():
        return [CheckResult("database", f"has revision {revision}, needs {schema.newest()}", _UPGRADE)]
    sessions = make_sessions(engine)
    answers = await asyncio.gather(*(_in_session(sessions, check) for check in _SESSION_CHECKS))
    up_to_date = CheckResult("database", f"answers, and is up to date (revision {revision}; {engine.dialect.name})")
    return [up_to_date, *(result for answer in answers for result in answer)]


async def _in_session(sessions: Sessions, check: SessionCheck) -> Sequence[CheckResult]:
    async with reading(sessions) as session:
        return await check(session)


async def check_postgresql(session: AsyncSession) -> Sequence[CheckResult]:
    """Check the version of PostgreSQL, that it takes writes, its size and its standbys; no result for SQLite."""
    if session.get_bind().dialect.name != "postgresql":
        return []
    version, is_standby, stored = (await session.execute(_SERVER)).one()
    standbys = [(row.sync_state, row.lag) for row in await session.execute(_STANDBYS)]
    return [_server(version, stored, is_standby=is_standby), *standby_results(standbys)]


def _server(version: int, stored: int, *, is_standby: bool) -> CheckResult:
    finding = f"version {version}, {size_text(stored)}"
    if is_standby:
        remedy = "name the primary, too, and first"
        return CheckResult("postgresql", f"{finding}: a standby, which takes no writes", remedy)
    if version < _OLDEST:
        remedy = f"bring it to {_OLDEST} or newer: planwatch is not tested on it"
        return CheckResult("postgresql", finding, remedy, advisory=True)
    return CheckResult("postgresql", finding)


def standby_results(standbys: Sequence[tuple[str | None, float]]) -> Iterator[CheckResult]:
    """Judge the standbys by the sync state of each (None: hidden from our user) and its lag in seconds."""
    if not standbys:
        finding = "none is connected: what is lost with the primary's disk is lost"
        remedy = "for service that outlives a machine: planwatch docs operations, Two machines"
        yield CheckResult("standby", finding, remedy, advisory=True)
    elif any(state is None for state, _ in standbys):
        yield CheckResult("standby", f"{len(standbys)} connected; how far behind is hidden from us (GRANT pg_monitor)")
    else:
        lag = max(lag for _, lag in standbys)
        finding = f"{len(standbys)} connected, {lag:.1f} s behind at most"
        if lag > _LAG:
            yield CheckResult("standby", finding, "see why: the disk or the network of the standby", advisory=True)
        elif all(state == "async" for state, _ in standbys):
            remedy = "make one synchronous: planwatch docs operations, What may be lost"
            yield CheckResult("standby", f"{finding}, none of them synchronous", remedy, advisory=True)
        else:
            yield CheckResult("standby", finding)


async def check_clock_skew(session: AsyncSession) -> Sequence[CheckResult]:
    """Compare PostgreSQL's clock with this machine's; no result for SQLite, which has no clock of its own."""
    if session.get_bind().dialect.name != "postgresql":
        return []
    return [clock_skew_result((await database_skew(session, SystemClock())).total_seconds())]


def clock_skew_result(skew: float) -> CheckResult:
    """Judge a difference between the two clocks, in seconds."""
    if abs(skew) <= SKEW.total_seconds():
        return CheckResult("clocks", "the database's and this machine's agree")
    return CheckResult("clocks", f"the database's is {skew:.0f} seconds from this machine's", "set both right (NTP)")


_SESSION_CHECKS: Sequence[SessionCheck] = (
    check_postgresql,
    check_clock_skew,
    service.check_suspensions,
    service.check_canary,
    service.check_processes,
    service.check_auditor,
    service.check_tokens,
    service.check_roles,
    service.check_policies_in_force,
    service.check_waiting_events,
)
