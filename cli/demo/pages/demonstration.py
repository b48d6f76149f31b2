"""What the demonstration's pages know: the clock, what arrived, what was posted, and what the visitor has opened."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cli.demo.cast import PEOPLE
from cli.demo.clock.demo_clock import DemoClock
from cli.demo.pages.sent import Origin, Origins
from cli.demo.person import Person
from cli.demo.standins.arrivals import Mail, Received, Text
from cli.demo.standins.case_system import CaseSystem
from cli.demo.standins.phone_owners import Families
from cli.demo.standins.sms_provider import TwilioStandin
from config.database import Sessions, reading

BY_ADDRESS: Mapping[str, Person] = {
    address: person for person in PEOPLE for address in (person.email, person.mobile) if address
}


@dataclass(frozen=True)
class Stage:
    """Everything the pages of the demonstration need; one for a run."""

    clock: DemoClock
    received: Received
    case_system: CaseSystem
    twilio: TwilioStandin
    sessions: Sessions
    families: Families
    origins: Origins = field(default_factory=Origins)
    opened: set[int] = field(default_factory=set)
    visited: asyncio.Event = field(default_factory=asyncio.Event)

    def unread(self, person: Person) -> int:
        """How many of a person's emails the visitor has not opened."""
        return sum(mail.number not in self.opened for mail in self.received.inbox(person.email))

    async def origins_of(self, arrivals: Sequence[Mail | Text]) -> dict[int, Origin]:
        """Which of the service's messages some arrivals are."""
        async with reading(self.sessions) as session:
            return await self.origins.of(session, arrivals)


def owner(one: Mail | Text) -> Person | None:
    """Whose inbox or phone something arrived in."""
    return BY_ADDRESS.get(one.to if isinstance(one, Mail) else one.phone)
