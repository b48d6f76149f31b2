"""An event that was admitted: whose it is, what it is about, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass

from service.domain.events.event import Event, mentions
from service.domain.events.event_types import HEARD_WAITING, WITHDRAWAL
from service.domain.own_id import NO_PLAN, OwnId


@dataclass(frozen=True, slots=True)
class Wait:
    """What an event waits for: `kind` is plan, person, or any of the two."""

    kind: str
    subject: OwnId


@dataclass(frozen=True, slots=True)
class Admitted:
    """An event that is to be kept: whose it is, what it is about, as far as that is known, and what it waits for."""

    event: Event
    fingerprint: str
    about: str | None
    authority: str
    writer: str | None
    waits: tuple[Wait, ...] = ()

    @property
    def subject(self) -> OwnId:
        """The plan or person that it is about."""
        return OwnId(self.authority, str(self.event.subject))

    @property
    def looked_at_with(self) -> OwnId:
        """The plan with which a stray event is looked at; one without a reference stands for the authority itself."""
        return self.subject if self.about == "plan" else OwnId(self.authority, NO_PLAN)

    def bears_while_waiting(self, plan: OwnId) -> bool:
        """Whether a look at a plan must know of it though it waits: see HEARD_WAITING; or it withdraws something."""
        if self.event.type == WITHDRAWAL:
            return self.authority == plan.authority and plan.id in (NO_PLAN, self.event.subject)
        return self.event.type in HEARD_WAITING and self.looked_at_with == plan

    @property
    def persons(self) -> frozenset[str]:
        """The persons whom it is about or names."""
        about = {str(self.event.subject)} if self.about != "plan" and self.event.subject is not None else set()
        return mentions(self.event) | about
