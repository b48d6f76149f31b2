"""The running service, as the database shows it: holds, canary, processes, auditor, roles, events that wait."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cli.doctor.report import CheckResult
from cli.sentinel import expected_of
from config.clock import SystemClock
from config.settings import Settings
from notifications.outbox import suspension
from notifications.outbox.suspension import Kind, Suspension
from service.domain.calendar import local
from service.domain.live_policies import LivePolicies, stored
from service.files.policy_folder import read_policies
from service.sentinel import tokens
from service.sentinel.codes import CODES
from service.sentinel.finding import Asked, Expected
from service.sentinel.people import vacant
from service.sentinel.working_days import WorkingDays
from service.store import canaries, findings, plans, policies, processes, waiting
from service.store.tables import process
from service.store.tokens import everything
from service.use_cases.policies.follow import follow

_CANARY = "give the first one ten minutes; then see whether email to PLANWATCH_MAIL_FROM gets to PLANWATCH_BOUNCES"
_START = "planwatch run (or planwatch run --work)"
_AUDIT = "planwatch sentinel (planwatch run and run --work start it by themselves)"
_AUDITOR_LOOKS_WITHIN = timedelta(seconds=90)
_TASKS = {"both": "serve and work", "web": "serve", "work": "work", "sentinel": "audit"}
_WORKING = ("both", "work")
_WAITS_FOR = {"plan": "a plan", "person": "a person", "any": "a plan or person"}


async def check_suspensions(session: AsyncSession) -> Sequence[CheckResult]:
    """Report each open hold or pause. A hold stops everything; a pause lets urgent messages go, and is advisory."""
    suspensions = await suspension.open_now(session, SystemClock().now())
    return [_suspension(stop) for stop in suspensions] or [CheckResult("sending", "is not held or paused")]


def _suspension(stop: Suspension) -> CheckResult:
    effect = "nothing is sent" if stop.kind is Kind.HOLD else "only what is urgent is sent"
    finding = f"{effect} since {local(stop.since):%d %b %Y %H:%M}: a {stop.kind.value}, cause {stop.cause.value}"
    remedy = "find out why, then: planwatch release"
    return CheckResult("sending", finding, remedy, advisory=stop.kind is Kind.PAUSE)


async def check_canary(session: AsyncSession) -> Sequence[CheckResult]:
    """Report when the latest canary arrived; no result if none was sent in the last day."""
    sent_at, arrived_at = await canaries.last(session)
    if sent_at is None:
        return []
    if arrived_at is None:
        return [CheckResult("canary", "none has arrived yet", _CANARY, advisory=True)]
    return [CheckResult("canary", f"the last arrived {local(arrived_at):%d %b %Y %H:%M}")]


async def check_processes(session: AsyncSession) -> Sequence[CheckResult]:
    """Report the processes that show signs of life; fail if none works and the latest one ended without signing off."""
    living = await processes.living(session, SystemClock().now())
    present = ", ".join(f"{living[kind]} to {task}" for kind, task in _TASKS.items() if kind in living) or "none"
    if any(kind in living for kind in _WORKING):
        return [CheckResult("processes", present)]
    seen_at = await session.scalar(select(func.max(process.c.seen_at)).where(process.c.kind.in_(_WORKING)))
    if seen_at is None:
        finding = f"{present}: nobody is at work, none was started or all were ended"
        return [CheckResult("processes", finding, _START, advisory=True)]
    finding = f"{present}: the last that worked was seen {local(seen_at):%d %b %Y %H:%M:%S}"
    return [CheckResult("processes", finding, _START)]


async def check_auditor(session: AsyncSession) -> Sequence[CheckResult]:
    """Report the auditor's latest look, and each code of its findings with their number."""
    looked_at = await findings.last_look(session)
    counts = await findings.counts(session)
    return [_latest_look(looked_at, SystemClock().now()), *(_findings(code, counts[code]) for code in sorted(counts))]


def _latest_look(looked_at: datetime | None, now: datetime) -> CheckResult:
    if looked_at is None:
        return CheckResult("auditor", "has never looked, or not for a day", _AUDIT, advisory=True)
    age = max((now - looked_at).total_seconds(), 0.0)
    if age > _AUDITOR_LOOKS_WITHIN.total_seconds():
        return CheckResult("auditor", f"has not looked for {age:.0f} seconds", _AUDIT)
    return CheckResult("auditor", f"looked {age:.0f} seconds ago")


def _findings(code: str, number: int) -> CheckResult:
    meaning = CODES.get(code)
    if meaning is None:
        return CheckResult("finding", f"{code}: {number}", "planwatch sentinel --once", advisory=True)
    return CheckResult("finding", f"{code}: {number}; {meaning.means}", meaning.do, advisory=not meaning.withholds)


async def check_tokens(session: AsyncSession) -> Sequence[CheckResult]:
    """Report each token that ends within a month, or has ended and is still sent; else how many are good."""
    now = SystemClock().now()
    question = Asked(now, Expected(), WorkingDays({}))
    findings_now = [*await tokens.ended(session, question), *await tokens.ending(session, question)]
    results = [
        CheckResult("tokens", f"{finding.key} {finding.detail}", CODES[finding.code].do, advisory=True)
        for finding in findings_now
    ]
    good = sum(token.is_good(now) for token in await everything(session))
    return results or [CheckResult("tokens", f"{good} good; none of them ends within 30 days")]


async def check_roles(session: AsyncSession) -> Sequence[CheckResult]:
    """Report each authority with plans where nobody holds a role that alerts, or messages without a holder, go to."""
    book = LivePolicies.of(read_policies(Settings.load().policies).book)
    await follow(session, book)
    expected = expected_of(book)
    vacancies = await vacant(session, Asked(SystemClock().now(), expected, WorkingDays(expected.holidays)))
    roles_by_authority: dict[str, list[str]] = {}
    for vacancy in vacancies:
        roles_by_authority.setdefault(str(vacancy.authority), []).append(vacancy.detail)
    remedy = "have somebody assigned to each (role.assigned): alerts and what nobody owes fall to them"
    results = [
        CheckResult("roles", f"{authority}: nobody is {', '.join(roles)}", remedy, advisory=True)
        for authority, roles in roles_by_authority.items()
    ]
    return results or [CheckResult("roles", "are held, wherever there are plans")]


async def check_policies_in_force(session: AsyncSession) -> Sequence[CheckResult]:
    """Report the policies in force: since when, where looks by them are still to come, and what other files say."""
    rows = await policies.in_force(session)
    if not rows:
        return [CheckResult("in force", "no policy yet: planwatch run puts in force what its files say", advisory=True)]
    own = read_policies(Settings.load().policies).book
    newest = max(rows.values(), key=lambda row: row.number)
    finding = f"policies of {', '.join(sorted(rows))}; the newest is {newest.authority}'s"
    results = [CheckResult("in force", f"{finding}, since {local(newest.since):%d %b %Y %H:%M}")]
    for authority, row in sorted(rows.items()):
        if number := await plans.count_to_follow(session, authority):
            results.append(CheckResult("in force", f"{authority}: {number} plans are still to be looked at by it"))
        if authority not in own.authorities or policies.digest_of(stored(own.versions(authority))) != row.digest:
            finding = f"{authority}: this machine's files say something else, or nothing; what is in force holds"
            remedy = "planwatch run or kill -HUP puts a newer file in force; an older one: planwatch policy enforce"
            results.append(CheckResult("in force", finding, remedy, advisory=True))
    return results


async def check_waiting_events(session: AsyncSession) -> Sequence[CheckResult]:
    """Report how many events wait for an introduction, since when, and for what."""
    summary = await waiting.summary(session)
    if summary is None:
        return [CheckResult("events", "all took effect: none waits")]
    number = f"{summary.events} event{' waits' if summary.events == 1 else 's wait'}"
    kinds = ", ".join(f"{count} for {_WAITS_FOR[kind]}" for kind, count in sorted(summary.kinds.items()))
    finding = f"{number} since {local(summary.since):%d %b %Y %H:%M} for what nothing has introduced: {kinds}"
    remedy = "send the plan.opened or person.recorded that they wait for"
    return [CheckResult("events", finding, remedy, advisory=True)]
