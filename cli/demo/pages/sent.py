"""Of what arrived: which of the service's messages it is, by the provider's id that the service has kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cli.demo.standins.arrivals import Mail, Text
from notifications.tables import attempt, message


@dataclass(frozen=True, slots=True)
class Origin:
    """The message that an arrival is: its id in the outbox, and whom it was for."""

    message: str
    purpose: str
    role: str
    person: str
    plan: str | None
    template: str
    what: str | None  # of an alert about a check-in


_COLUMNS = (
    message.c.id, message.c.purpose, message.c.role, message.c.person, message.c.plan, message.c.template,
    message.c.context,
)  # fmt: skip


class Origins:
    """Looks up arrivals, each once; what the service has not noted yet is asked for again the next time."""

    def __init__(self) -> None:
        self._known: dict[int, Origin] = {}

    async def of(self, session: AsyncSession, arrivals: Sequence[Mail | Text]) -> dict[int, Origin]:
        """What is known of some arrivals by now, by their numbers."""
        for one in arrivals:
            if one.number not in self._known and not (isinstance(one, Text) and one.theirs):
                found = await _find(session, one)
                if found is not None:
                    self._known[one.number] = found
        return {one.number: self._known[one.number] for one in arrivals if one.number in self._known}


async def _find(session: AsyncSession, one: Mail | Text) -> Origin | None:
    asked = select(*_COLUMNS).join(attempt, attempt.c.message_id == message.c.id).where(_is_answer_to(one))
    row = (await session.execute(asked)).first()
    return Origin(*row[:-1], row.context.get("what")) if row else None


def _is_answer_to(one: Mail | Text) -> ColumnElement[bool]:
    if isinstance(one, Text):
        return attempt.c.provider_id == one.sid
    return or_(attempt.c.provider_id == one.ticket, attempt.c.provider_id.endswith(f" {one.ticket}"))
