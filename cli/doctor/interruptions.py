"""Whether a hold or a pause keeps messages from going."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from cli.doctor.checked import Checked
from config.clock import SystemClock
from notifications.outbox import suspension
from notifications.outbox.suspension import Kind, Suspension
from service.domain.calendar import local


async def check(session: AsyncSession) -> Sequence[Checked]:
    """Each that is open; while there is a pause, what is urgent goes."""
    found = await suspension.open_now(session, SystemClock().now())
    return [_said(one) for one in found] or [Checked("sending", "is not held or paused")]


def _said(one: Suspension) -> Checked:
    what = "nothing is sent" if one.kind is Kind.HOLD else "only what is urgent is sent"
    said = f"{what} since {local(one.since):%d %b %Y %H:%M}: a {one.kind.value}, cause {one.cause.value}"
    return Checked("sending", said, "find out why, then: planwatch release", works=one.kind is Kind.PAUSE)
