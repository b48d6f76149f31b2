"""Whether what planwatch writes to itself arrives."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from cli.doctor.checked import Checked
from service.domain.calendar import local
from service.store import canaries

_DO = "give the first one ten minutes; then see whether email to PLANWATCH_MAIL_FROM gets to PLANWATCH_BOUNCES"


async def check(session: AsyncSession) -> Sequence[Checked]:
    """When the last one arrived; nothing where none was written for a day."""
    sent_at, arrived_at = await canaries.last(session)
    if sent_at is None:
        return []
    if arrived_at is None:
        return [Checked("canary", "none has arrived yet", _DO, works=True)]
    return [Checked("canary", f"the last arrived {local(arrived_at):%d %b %Y %H:%M}")]
