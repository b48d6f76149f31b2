"""Whether anything is kept back that somebody meant to take effect."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from cli.doctor.checked import Checked
from service.domain.calendar import local
from service.store import waiting

_WAITS_FOR = {"plan": "a plan", "person": "a person", "any": "a plan or person"}


async def check(session: AsyncSession) -> Sequence[Checked]:
    """How many events wait, since when and for what."""
    found = await waiting.summary(session)
    if found is None:
        return [Checked("events", "all took effect: none waits")]
    number = f"{found.events} event{' waits' if found.events == 1 else 's wait'}"
    kinds = ", ".join(f"{count} for {_WAITS_FOR[kind]}" for kind, count in sorted(found.kinds.items()))
    said = f"{number} since {local(found.since):%d %b %Y %H:%M} for what nothing has introduced: {kinds}"
    return [Checked("events", said, "send the plan.opened or person.recorded that they wait for", works=True)]
