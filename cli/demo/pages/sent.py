"""Of what arrived: which of the service's messages it is, by the provider's id that the service has kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from cli.demo.standins.arrivals import Arrival, Text
from notifications.tables import attempt, message


@dataclass(frozen=True, slots=True)
class SentMessage:
    """The message that an arrival is: its id in the outbox, what it is about, and whom it was for."""

    id: str
    authority: str
    purpose: str
    role: str
    person: str
    plan: str | None
    template: str
    context: Mapping[str, object]


_COLUMNS = [message.c[field.name] for field in fields(SentMessage)]


class SentMessages:
    """Looks up arrivals, each once; what the service has not noted yet is asked for again the next time."""

    def __init__(self) -> None:
        self._by_arrival: dict[int, SentMessage] = {}

    async def of(self, session: AsyncSession, arrivals: Sequence[Arrival]) -> dict[int, SentMessage]:
        """The messages that some arrivals are, as far as the service has noted it, by their numbers."""
        by_arrival = self._by_arrival
        for arrival in arrivals:
            if arrival.number not in by_arrival and not (isinstance(arrival, Text) and arrival.theirs):
                sent = await _find(session, arrival)
                if sent is not None:
                    by_arrival[arrival.number] = sent
        return {arrival.number: by_arrival[arrival.number] for arrival in arrivals if arrival.number in by_arrival}


async def _find(session: AsyncSession, arrival: Arrival) -> SentMessage | None:
    name = arrival.sid if isinstance(arrival, Text) else arrival.ticket
    answer = attempt.c.provider_id
    query = select(*_COLUMNS).join(attempt, attempt.c.message_id == message.c.id)
    row = (await session.execute(query.where(or_(answer == name, answer.endswith(f" {name}"))))).mappings().first()
    return SentMessage(**row) if row else None
