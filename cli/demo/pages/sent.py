"""Of what arrived: which of the service's messages it is, by the provider's id that the service has kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import select

from cli.demo.standins.arrivals import Arrival
from config.database import Sessions, reading
from notifications.tables import attempt, message


@dataclass(frozen=True, slots=True)
class SentMessage:
    """The message that an arrival is: its id in the outbox, what it is about, and whom it was for."""

    id: str
    purpose: str
    role: str
    plan: str | None
    template: str
    context: Mapping[str, object]


_COLUMNS = [message.c[field.name] for field in fields(SentMessage)]


class SentMessages:
    """Looks up arrivals, each once; what the service has not noted yet is asked for again the next time."""

    def __init__(self) -> None:
        self._by_ticket: dict[str, SentMessage] = {}

    async def of(self, sessions: Sessions, arrivals: Sequence[Arrival]) -> dict[int, SentMessage]:
        """The messages that some arrivals are, as far as the service has noted it, by their numbers."""
        sent = self._by_ticket
        tickets = [arrival.ticket for arrival in arrivals if not arrival.theirs and arrival.ticket not in sent]
        if tickets:
            query = select(attempt.c.provider_id, *_COLUMNS).join(message, attempt.c.message_id == message.c.id)
            async with reading(sessions) as session:
                rows = await session.execute(query.where(attempt.c.provider_id.in_(tickets)))
            sent |= {ticket: SentMessage(*columns) for ticket, *columns in rows}
        return {arrival.number: sent[arrival.ticket] for arrival in arrivals if arrival.ticket in sent}
