"""What is known of a type of event, beside the model of its data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

from service.domain.events.payloads.base import Names, Payload, attributes_naming

# What is put in the diary: its own day lies ahead, and is not the day on which it calls for something.
SCHEDULED = frozenset({"meeting.scheduled", "milestone.scheduled"})


class SubjectKind(Enum):
    """What the subject of an event names, and whether it may be absent."""

    PLAN = auto()
    PERSON = auto()
    PLAN_OR_AUTHORITY = auto()  # absent: it is about the whole authority that its data names
    ANY = auto()  # the subject of the event that it withdraws, whatever that is


@dataclass(frozen=True, slots=True)
class EventType:
    """What is known of a type of event. Which fields name persons or other events, its model says by their types."""

    name: str
    # The model that its data is checked against.
    model: type[Payload]
    # What happens, in a policy read aloud. Braces hold a field, of which policy_tools/words.VALUES has the words.
    clause: str
    # What happened, on pages. {by} and the like are persons' names, {on} and the like are days.
    on_pages: str
    subject: SubjectKind = SubjectKind.PLAN
    # It says that something was done, or allowed: recorded ahead, it counts from its own day on. Agreements are known
    # at once, and so are dates to come and whatever warns or shuts somebody out.
    done: bool = False
    # It begins or ends an alert, or keeps a message from somebody. The last room of a disk is for it, and its plan is
    # looked at before others.
    urgent: bool = False
    # What it says of the people whom it names matters on other plans as well: it may keep texts from them, or ask them.
    bears: bool = False
    # It keeps somebody out, or from being found: where it names nobody known, a person is told at once.
    protects: bool = False
    # It holds beyond the plan's end: it says who is who, who is kept out, or what becomes of an alert.
    lasts: bool = False
    # The colour of its mark on pages.
    colour: Literal["", "red", "green"] = ""

    @property
    def needs_subject(self) -> bool:
        """Whether an event of this type always names a plan or person."""
        return self.subject in (SubjectKind.PLAN, SubjectKind.PERSON)

    @property
    def persons(self) -> frozenset[str]:
        """The fields that name persons, spelt as in the contract: `from`, `with`."""
        fields = self.model.model_fields
        return frozenset(fields[name].alias or name for name in attributes_naming(self.model, Names.PERSON))

    @property
    def is_fact_of_a_plan(self) -> bool:
        """Whether a rule can ask for it. What is about people opens and meets nothing; a withdrawal is never seen."""
        return self.subject in (SubjectKind.PLAN, SubjectKind.PLAN_OR_AUTHORITY)
