"""Which processes live, by their own signs of life."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from cli.doctor.checked import Checked
from config.clock import SystemClock
from service.domain.calendar import local
from service.store import processes
from service.store.tables import process

_DO = "planwatch run (or planwatch run --work)"
_KINDS = {"both": "serve and work", "web": "serve", "work": "work", "sentinel": "audit"}
_WORKING = ("both", "work")


async def check(session: AsyncSession) -> Sequence[Checked]:
    """Who is there; a working one that is missed left without a goodbye."""
    living = await processes.living(session, SystemClock().now())
    said = ", ".join(f"{living[kind]} to {what}" for kind, what in _KINDS.items() if kind in living) or "none"
    if any(kind in living for kind in _WORKING):
        return [Checked("processes", said)]
    last = await session.scalar(select(func.max(process.c.seen_at)).where(process.c.kind.in_(_WORKING)))
    if last is None:
        return [Checked("processes", f"{said}: nobody is at work, none was started or all were ended", _DO, works=True)]
    return [Checked("processes", f"{said}: the last that worked was seen {local(last):%d %b %Y %H:%M:%S}", _DO)]
