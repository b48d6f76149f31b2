"""`planwatch hold`, `pause` and `release`: keep messages from going, and let them go again."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cli.console import err, out, user
from cli.database import with_database
from cli.faults import CommandError
from cli.policies_in_force import book_in_force
from config.clock import SystemClock
from config.database import Sessions
from notifications.outbox.suspension import Kind, Suspension, SuspensionCause, WaitingMessages
from service.domain.calendar import local
from service.use_cases.operations.release import Stopped, release, what_is_stopped
from service.use_cases.operations.suspend import suspend
from service.use_cases.operations.withdraw_restored import Withdrawn

_DURATION = re.compile(r"(\d{1,4})\s*(m|h|d)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_WHY = {
    SuspensionCause.PERSON: "somebody wanted it",
    SuspensionCause.RESTORED: "the database is an older copy",
    SuspensionCause.CLOCK: "the clock jumped",
    SuspensionCause.STORM: "far more is due than is usual",
}
_WORD = {Kind.HOLD: "hold", Kind.PAUSE: "pause"}


def begin(kind: Kind, reason: str | None, period: str | None = None) -> None:
    """Begin a hold or a pause, for a `period` such as 2h or until somebody ends it, and print what it stops."""
    how_long = duration(period) if period else None

    async def run(sessions: Sessions, now: datetime) -> tuple[Suspension, bool]:
        return await suspend(sessions, await book_in_force(sessions), kind, reason or "", user(), now, how_long)

    begun, new = with_database(run)
    if not new:
        out.print(f"There is one already: {_described(begun)}. It stays as it is.")
    elif kind is Kind.HOLD:
        out.print("Nothing is sent any more, bottom-line alerts neither. What is being handed over comes to its end.")
    else:
        end = f"until {_moment(begun.until)}" if begun.until else "until somebody ends it"
        out.print(f"Only what is urgent is sent, {end}: bottom-line alerts go on.")
    out.print("What is due is kept, and waits for: planwatch release")


def let_go(*, sure: bool) -> None:
    """Print what is open and what waits for it, ask unless `sure`, and end every hold and pause."""
    stopped = with_database(what_is_stopped)
    if not stopped.open:
        out.print("There is neither a hold nor a pause: what is due is sent.")
        return
    for line in _waiting_lines(stopped):
        out.print(line)
    if not sure and not _agreed():
        raise CommandError("nothing was changed; it waits still")
    with _progress() as progress:
        task = progress.add_task("plans looked at", total=stopped.to_look_at or None, visible=stopped.restored)

        async def end(sessions: Sessions, _: datetime) -> tuple[Stopped, Withdrawn | None]:
            book = await book_in_force(sessions)
            return await release(sessions, book, SystemClock(), user(), lambda number: progress.advance(task, number))

        ended, withdrawn = with_database(end)
    for line in _withdrawn_lines(withdrawn) if withdrawn else _sent_lines(ended):
        out.print(line)


def duration(text: str) -> timedelta:
    """Read a period such as 90m, 2h or 1d; `CommandError` for anything else."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or not int(match[1]):
        raise CommandError(f"--for {text}: say how long, such as 30m, 2h or 1d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _waiting_lines(stopped: Stopped) -> Iterator[str]:
    for suspension in stopped.open:
        yield f"There is a {_described(suspension)}."
    if stopped.waiting:
        yield f"Waiting: {', '.join(map(_counted, stopped.waiting))}."
    else:
        yield "Nothing waits."
    if stopped.restored:
        yield f"Plans to be looked at first: {stopped.to_look_at}."
        yield (
            "The database does not know what was sent after its copy was made. So all of this, and what these looks "
            "bring,\nis withdrawn: nothing is repeated. What is due afterwards is sent.\n"
            "First have the other systems send again what they have recorded since the copy was made."
        )


def _withdrawn_lines(withdrawn: Withdrawn) -> Iterator[str]:
    counted = [f"{number} {purpose.value.replace('_', '-')}" for purpose, number in withdrawn.messages.items()]
    lines = [f"{withdrawn.lines} lines of digests"] if withdrawn.lines else []
    yield "It is ended. What is due from now on is sent."
    yield f"Withdrawn, whether they had gone or not: {', '.join([*counted, *lines]) or 'nothing'}."
    for plan in withdrawn.bottom_lines:
        whose = f"plan {plan.id} of {plan.authority}"
        yield f"BOTTOM LINE, {whose}: ask now whether those who are to know do. Told again within 30 minutes."
    for plan in withdrawn.other_alerts:
        yield f"CHECK-IN, plan {plan.id} of {plan.authority}: look now at what was answered, or was not."
    if withdrawn.failing:
        yield f"{withdrawn.failing} plans could not be looked at: see /readyz. Mended, they may repeat what was sent."


def _sent_lines(ended: Stopped) -> Iterator[str]:
    urgent = sum(waiting.number for waiting in ended.waiting if waiting.urgent)
    routine = sum(waiting.number for waiting in ended.waiting if not waiting.urgent) - ended.too_late
    yield "It is ended."
    yield f"Going now: {urgent} urgent. Going in working hours, or now if it is: {max(routine, 0)} others."
    if ended.too_late:
        yield f"Not sent any more, for their time has passed: {ended.too_late} texts. The workers are told."


def _described(suspension: Suspension) -> str:
    reason = f": {suspension.reason}" if suspension.reason else ""
    cause = f"{_WHY[suspension.cause]}{reason}"
    return f"{_WORD[suspension.kind]} since {_moment(suspension.since)} by {suspension.by} ({cause})"


def _counted(waiting: WaitingMessages) -> str:
    purpose = waiting.purpose.value.replace("_", "-")
    return f"{waiting.number} {'urgent ' if waiting.urgent else ''}{purpose}"


def _moment(moment: datetime | None) -> str:
    return f"{local(moment):%a %d %b %Y %H:%M}" if moment else "its end"


def _progress() -> Progress:
    return Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=err, transient=True)


def _agreed() -> bool:
    try:
        return input("End it, and let these go? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        raise CommandError("nobody is there to be asked: say --yes") from None
