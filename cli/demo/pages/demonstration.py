"""What the demonstration's pages know: the service, the caseload, the stand-ins, and what the visitor has opened."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from fastapi import HTTPException

from cli.demo.data.caseload import Caseload, DemoPerson
from cli.demo.demo_clock import DemoClock
from cli.demo.pages.sent import SentMessage, SentMessages
from cli.demo.standins.arrivals import Arrival, Arrivals, Mail, Text, folded
from cli.demo.standins.case_system import CaseSystem
from cli.demo.standins.phone_owners import PhoneOwners
from cli.demo.standins.sms_provider import SmsProvider
from service.app import Service

_CHECK_IN = "All ok today?"


@dataclass(frozen=True, slots=True)
class Phone:
    """A person's phone with its texts, oldest first."""

    person: DemoPerson
    texts: Sequence[Text]

    @property
    def folds(self) -> list[tuple[Text, Sequence[Text]]]:
        """The same, with alerts that were told again folded into the latest."""
        return folded(self.texts, newest_first=False)

    @property
    def code(self) -> str | None:
        """The code that the last text asks for, until something was sent back."""
        return self.texts[-1].code if self.texts else None

    @property
    def is_asked(self) -> bool:
        """Whether the last text is a check-in that waits for its answer."""
        newest = self.texts[-1] if self.texts and self.person.kind == "family" else None
        return newest is not None and not newest.theirs and _CHECK_IN in newest.body


@dataclass(frozen=True)
class Demonstration:
    """Everything the pages of the demonstration need; one for a run."""

    service: Service
    caseload: Caseload
    clock: DemoClock
    arrivals: Arrivals
    case_system: CaseSystem
    sms_provider: SmsProvider
    phone_owners: PhoneOwners
    sent: SentMessages = field(default_factory=SentMessages)
    opened: set[int] = field(default_factory=set)
    visited: asyncio.Event = field(default_factory=asyncio.Event)

    def person(self, person_id: str) -> DemoPerson:
        """The person of an id in an address; 404 where there is none."""
        if person_id not in self.caseload.people:
            raise HTTPException(404, "There is nobody of that id.")
        return self.caseload.people[person_id]

    def phone(self, person: DemoPerson) -> Phone:
        """A person's phone as it is now."""
        return Phone(person, self.arrivals.phone(person.mobile))

    def used_phones(self) -> list[Phone]:
        """The phones with something on them, the newest text first."""
        phones = (self.phone(person) for person in self.caseload.people.values() if person.mobile)
        return sorted((phone for phone in phones if phone.texts), key=lambda phone: -phone.texts[-1].number)

    def owner(self, arrival: Arrival) -> DemoPerson | None:
        """Whose inbox or phone something arrived in."""
        address = arrival.to if isinstance(arrival, Mail) else arrival.phone
        people = self.caseload.people.values()
        return next((person for person in people if address in (person.email, person.mobile)), None)

    def place(self, arrival: Arrival) -> str:
        """Where on the pages it can be seen."""
        owner = self.owner(arrival)
        person = owner.id if owner else ""
        return f"/inboxes/{person}/{arrival.number}" if isinstance(arrival, Mail) else f"/phones/{person}"

    async def sent_as(self, arrivals: Sequence[Arrival]) -> dict[int, SentMessage]:
        """Which of the service's messages some arrivals are, by their numbers."""
        return await self.sent.of(self.service.sessions, arrivals)
