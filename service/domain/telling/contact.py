"""Whether a person may be told something by a channel now: decided last, at the moment of sending, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from notifications.message import Channel
from service.domain.calendar import WEEKDAYS, local, local_day
from service.domain.events.addresses import takes_texts
from service.domain.facts import Facts
from service.domain.flags import flag_undecided
from service.domain.people.directory import Directory, Person

FAMILY_FROM, FAMILY_UNTIL = time(9, 0), time(20, 0)


class Reason(StrEnum):
    """Why a message is withheld, in the order in which the reasons are asked for."""

    NEVER_CONTACT = "never_contact"
    EXCLUDED = "excluded"
    WITHHELD_PERSON = "withheld_person"
    POSES_RISK = "poses_risk"
    VICTIM = "victim"
    FLAG_UNDECIDED = "flag_undecided"
    OPTED_OUT = "opted_out"
    NO_CONTACT_DECISION = "no_contact_decision"
    NO_ADDRESS = "no_address"
    OUTSIDE_WINDOW = "outside_window"
    UNANNOUNCED = "unannounced"
    OUTDATED = "outdated"
    TOO_MANY = "too_many"
    NOT_LISTED = "not_listed"
    NO_CHANNEL = "no_channel"


# What blocks a number for everybody who holds it.
_BLOCKS_THE_NUMBER = (
    Reason.NEVER_CONTACT,
    Reason.EXCLUDED,
    Reason.WITHHELD_PERSON,
    Reason.POSES_RISK,
    Reason.OPTED_OUT,
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """The person may be told, at this address."""

    address: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The person may not be told; why."""

    reason: Reason


def may_tell(
    facts: Facts, person_id: str, channel: Channel, now: datetime, *, answers: bool | None = None
) -> Allowed | Refused:
    """The first reason that holds against telling a person by a channel now, or the address to use.

    `answers` is given for the one neutral answer to a person's own text, which may go at any hour: True where that text
    asked for no more, so that this itself does not stand against the answer.
    """
    person = facts.directory.persons.get(person_id)
    if (person is not None and person.is_family) or answers is not None:
        return _answer(facts, person_id, person, channel, now, answers)
    # Of anybody else the answer hangs on no hour and no day.
    return facts.derive_once(
        (may_tell, person_id, channel), lambda: _answer(facts, person_id, person, channel, now, None)
    )


def _answer(
    facts: Facts, person_id: str, person: Person | None, channel: Channel, now: datetime, answers: bool | None
) -> Allowed | Refused:
    address = _address(person, channel)
    reasons = set(_on_the_plan(facts, person_id))
    if channel == Channel.SMS:
        reasons |= _against_texts(facts.directory, person_id) | _about_number(facts, person)
    if person is not None:
        reasons |= _about_person(facts, person)
        if person.is_family and not _current_decision(person, channel, now):
            reasons.add(Reason.NO_CONTACT_DECISION)
        if answers is None and person.is_family and not inside_window(person, now):
            reasons.add(Reason.OUTSIDE_WINDOW)
    if address is None:
        reasons.add(Reason.NO_ADDRESS)
    if answers:
        reasons.discard(Reason.OPTED_OUT)
    if reasons or address is None:
        return Refused(next(reason for reason in Reason if reason in reasons))
    return Allowed(address)


def may_tell_of_work(directory: Directory, person_id: str, channel: Channel) -> Allowed | Refused:
    """As `may_tell`, of what concerns no plan: for whoever works with planwatch, and never for family."""
    person = directory.persons.get(person_id)
    address = _address(person, channel)
    if person is not None and person.decision is not None and person.decision.decision == "never":
        return Refused(Reason.NEVER_CONTACT)
    if channel == Channel.SMS and directory.opt_outs.against(person_id):
        return Refused(Reason.OPTED_OUT)
    if person is not None and person.is_family:
        return Refused(Reason.NO_CONTACT_DECISION)
    return Allowed(address) if address is not None else Refused(Reason.NO_ADDRESS)


def stands_against(facts: Facts, person_id: str) -> frozenset[Reason]:
    """What shuts a person out of a plan, by whatever channel it would be told, and from seeing it as well."""
    person = facts.directory.persons.get(person_id)
    reasons = _about_person(facts, person) if person is not None else _on_the_plan(facts, person_id)
    return frozenset(reasons - {Reason.FLAG_UNDECIDED})


def _address(person: Person | None, channel: Channel) -> str | None:
    address: str | None = getattr(person, channel.spec.address_field, None)
    # A landline may read a text out to whoever picks it up.
    return None if address is not None and channel == Channel.SMS and not takes_texts(address) else address


def inside_window(person: Person, moment: datetime) -> bool:
    """Whether family may be written to at a moment: 09:00 to 20:00, and inside the person's own window."""
    here = local(moment)
    clock = here.time().replace(second=0, microsecond=0)
    if not FAMILY_FROM <= clock <= FAMILY_UNTIL:
        return False
    window = person.decision.window if person.decision else None
    if window is None:
        return True
    return WEEKDAYS[here.weekday()] in window.days and window.from_ <= clock <= window.until


def _on_the_plan(facts: Facts, person_id: str) -> frozenset[Reason]:
    """What the plan's facts say against a person, introduced or not."""
    return facts.derive_once((_on_the_plan, person_id), lambda: frozenset(_said_on_the_plan(facts, person_id)))


def _said_on_the_plan(facts: Facts, person_id: str) -> set[Reason]:
    reasons: set[Reason] = set()
    if facts.having("person.excluded", "person", person_id, ever=True):
        reasons.add(Reason.EXCLUDED)
    if facts.having("plan.withheld", "from", person_id, ever=True):
        reasons.add(Reason.WITHHELD_PERSON)
    if facts.marked(person_id, "poses_risk"):
        reasons.add(Reason.POSES_RISK)
    if facts.marked(person_id, "victim"):
        reasons.add(Reason.VICTIM)
    return reasons


def _about_person(facts: Facts, person: Person) -> set[Reason]:
    reasons = set(_on_the_plan(facts, person.id))
    if person.decision is not None and person.decision.decision == "never":
        reasons.add(Reason.NEVER_CONTACT)
    if person.is_family and flag_undecided(facts, person.id):
        reasons.add(Reason.FLAG_UNDECIDED)
    return reasons


def _against_texts(directory: Directory, person_id: str) -> set[Reason]:
    """What keeps texts from a person, whichever plan of the authority it was said on."""
    opted_out = {Reason.OPTED_OUT} if directory.opt_outs.against(person_id) else set()
    return opted_out | {Reason(reason) for reason in directory.barred.get(person_id, ())}


def _about_number(facts: Facts, person: Person | None) -> set[Reason]:
    """What stands against anybody else who has the number, for that person's reason."""
    reasons: set[Reason] = set()
    for sharer in facts.directory.sharing(person) if person is not None else ():
        reasons |= _about_person(facts, sharer) | _against_texts(facts.directory, sharer.id)
    return reasons.intersection(_BLOCKS_THE_NUMBER)


def _current_decision(person: Person, channel: Channel, now: datetime) -> bool:
    """Whether a decision allows this channel; one that was to be checked again by a day does so no longer after it."""
    decision = person.decision
    if decision is None or decision.channel not in (None, channel):
        return False
    return decision.check_again_on is None or local_day(now) <= decision.check_again_on
