"""Whether PostgreSQL's clock and this machine's agree."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from cli.doctor.checked import Checked
from config.clock import SystemClock
from service.use_cases.operations.watch_clock import SKEW, database_skew


async def check(session: AsyncSession) -> Sequence[Checked]:
    """By how much they differ; SQLite has none of its own."""
    if session.get_bind().dialect.name != "postgresql":
        return []
    return [judged((await database_skew(session, SystemClock().now())).total_seconds())]


def judged(skew: float) -> Checked:
    """What to say of so many seconds."""
    if abs(skew) <= SKEW.total_seconds():
        return Checked("clocks", "the database's and this machine's agree")
    return Checked("clocks", f"the database's is {skew:.0f} seconds from this machine's", "set both right (NTP)")
