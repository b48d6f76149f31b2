"""When the auditor last looked, and what it finds."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from cli.doctor.checked import Checked
from config.clock import SystemClock
from service.sentinel.codes import CODES
from service.store import findings

_LOOKS = timedelta(seconds=90)
_DO = "planwatch sentinel (planwatch run and run --work start it by themselves)"


async def check(session: AsyncSession) -> Sequence[Checked]:
    """Its last look, and a line for each code that stands."""
    last = await findings.last_look(session)
    counts = await findings.counts(session)
    return [_age(last, SystemClock().now()), *(_finding(code, counts[code]) for code in sorted(counts))]


def _age(last: datetime | None, now: datetime) -> Checked:
    if last is None:
        return Checked("auditor", "has never looked, or not for a day", _DO, works=True)
    age = max((now - last).total_seconds(), 0.0)
    if age > _LOOKS.total_seconds():
        return Checked("auditor", f"has not looked for {age:.0f} seconds", _DO)
    return Checked("auditor", f"looked {age:.0f} seconds ago")


def _finding(code: str, number: int) -> Checked:
    known = CODES.get(code)
    if known is None:
        return Checked("finding", f"{code}: {number}", "planwatch sentinel --once", works=True)
    return Checked("finding", f"{code}: {number}; {known.means}", known.do, works=not known.withholds)
