"""The people around plans, read for several plans of an authority at once: each plan has a directory of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.events.as_stored import event_in
from service.domain.events.event import Event
from service.domain.events.same import SameEvents
from service.domain.own_id import OwnId
from service.domain.people.directory import Directory, wanted
from service.domain.policy import PolicyBook
from service.store import events_around, persons, received_stops
from service.store.events_around import AsStored

_MOST_DIRECTORIES = 2048  # some ten kilobytes each
_BySubject = dict[str | None, list[tuple[int, Event]]]


@dataclass(frozen=True, slots=True)
class People:
    """The people of a plan, and the events of all plans that bear on them."""

    directory: Directory
    on_plans: Sequence[Event] = ()


@dataclass(frozen=True, slots=True)
class EventReader:
    """Reads the events of an authority."""

    book: PolicyBook
    authority: str

    def events(self, stored: Sequence[AsStored]) -> list[Event]:
        """The events that are stored as these: the very same ones for the same words."""
        authorities = self.book.authorities
        return [event_in(words, authorities, self.authority) for words in stored]


async def people_around(
    session: AsyncSession, read: EventReader, events_around: Mapping[str, Sequence[Event]]
) -> dict[str, People]:
    """The people of each plan, from the events about those whom it names: whoever stands in; and what bars texts.

    Plans that name the very same people, as the plans of one worker often do, share what is known of them.
    """
    same = {plan: SameEvents(of_plan) for plan, of_plan in events_around.items()}
    named = {of_plan: plan for plan, of_plan in same.items()}
    people = await _people_around(session, read, {plan: of_plan for of_plan, plan in named.items()})
    return {plan: people[named[of_plan]] for plan, of_plan in same.items()}


async def _people_around(
    session: AsyncSession, read: EventReader, events_around: Mapping[str, Sequence[Event]]
) -> dict[str, People]:
    shared_roles = read.book.newest(read.authority).shared_roles
    around = {plan: list(of_plan) for plan, of_plan in events_around.items()}
    looked_up: dict[str, frozenset[str]] = dict.fromkeys(around, frozenset())
    while missing := _missing(around, looked_up):
        referred = _by_subject(await _of_persons(session, read, frozenset().union(*missing.values())))
        for plan, names in missing.items():
            around[plan] += _in_order(referred, names)
            looked_up[plan] |= names
    directories = {plan: _directory(of_plan, shared_roles) for plan, of_plan in around.items()}
    bearing = await _bearing(session, read, directories)
    numbers = {number for directory in directories.values() for number in _numbers(directory)}
    received = await received_stops.of_numbers(session, numbers)
    people: dict[str, People] = {}
    for plan, directory in directories.items():
        own_numbers = _numbers(directory) if received else ()
        on_plans, stops = bearing[plan], [stop for stop in received if stop[0] in own_numbers]
        full = _directory(around[plan], shared_roles, on_plans, stops) if on_plans or stops else directory
        people[plan] = People(full, on_plans)
    return people


def _directory(
    around: Sequence[Event],
    shared_roles: frozenset[str],
    on_plans: Sequence[Event] = (),
    received_stops: Sequence[tuple[str, datetime]] = (),
) -> Directory:
    """The directory that these make: of the very same ones it is the same."""
    return _directory_of(SameEvents(around), SameEvents(on_plans), tuple(received_stops), shared_roles)


@lru_cache(maxsize=_MOST_DIRECTORIES)
def _directory_of(
    around: SameEvents,
    on_plans: SameEvents,
    received_stops: tuple[tuple[str, datetime], ...],
    shared_roles: frozenset[str],
) -> Directory:
    if not on_plans and not received_stops:
        return Directory.of(around, (), (), shared_roles)
    return _directory(around, shared_roles).with_bars(on_plans, received_stops)


def _missing(
    around: Mapping[str, Sequence[Event]], looked_up: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    absent = {plan: wanted(of_plan) - looked_up[plan] for plan, of_plan in around.items()}
    return {plan: names for plan, names in absent.items() if names}


def _numbers(directory: Directory) -> set[str]:
    return {person.mobile for person in directory.persons.values() if person.mobile is not None}


async def _of_persons(session: AsyncSession, read: EventReader, names: frozenset[str]) -> list[Event]:
    return read.events(await events_around.of_persons(session, {OwnId(read.authority, name) for name in names}))


async def _bearing(
    session: AsyncSession, read: EventReader, directories: Mapping[str, Directory]
) -> dict[str, list[Event]]:
    """The events that bear on the people of each plan, on whichever plan they stand."""
    names = {
        OwnId(read.authority, person) for directory in directories.values() for person in directory.opt_outs.people
    }
    borne_on = await persons.borne_on(session, names)
    on_plans = read.events(await events_around.bearing_on_people(session, {plan for _, plan in borne_on}))
    by_plan = _by_subject(on_plans)
    named_on = defaultdict[str, set[str]](set)
    for person, other in borne_on:
        named_on[person].add(other.id)
    bearing: dict[str, list[Event]] = {}
    for plan, directory in directories.items():
        naming = set[str]().union(*(named_on[person] for person in directory.opt_outs.people.keys() & named_on.keys()))
        bearing[plan] = _in_order(by_plan, naming)
    return bearing


def _by_subject(events: Sequence[Event]) -> _BySubject:
    """Events by what they are about, each with its place: many plans ask for their own few of them."""
    by_subject: _BySubject = defaultdict(list)
    for place, event in enumerate(events):
        by_subject[event.subject].append((place, event))
    return by_subject


def _in_order(events: _BySubject, subjects: Collection[str]) -> list[Event]:
    """The events about some subjects, in the order in which they were read."""
    placed = [entry for subject in subjects for entry in events.get(subject, ())]
    return [event for _, event in sorted(placed, key=itemgetter(0))]
