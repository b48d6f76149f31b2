"""Networks: what is agreed about how many people, and who of them is lost later."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.fact import Fact, fact_of
from service.domain.facts import Facts
from service.domain.language.patterns import Count, Opening
from service.domain.periods import Place, place


def is_enough(count: Count, fact: Fact, facts: Facts, at: Place) -> bool | None:
    """Whether a fact lists as many people as were agreed, not counting who is shut out at a place.

    None where no number was agreed by then.
    """
    people, number = fact.get(count.of), _agreed_number(count, fact, facts)
    if not isinstance(people, list) or number is None:
        return None
    return sum(not _shut_out(person, facts, at) for person in set(people)) >= number


def losses(opening: Opening, facts: Facts) -> Iterator[Fact]:
    """The facts that shut out one of enough people, so that the rest are fewer than agreed: one for each agreement."""
    count = opening.count
    if count is None or count.verdict != "fewer":
        return
    agreed = sorted(facts.of_type(opening.when), key=place)
    for index, fact in enumerate(agreed):
        until = place(agreed[index + 1]) if index + 1 < len(agreed) else None
        if not is_enough(count, fact, facts, place(fact)):
            continue
        for change in _shutting_out(fact.get(count.of), facts):
            current = place(fact) < place(change) and (until is None or place(change) < until)
            if current and is_enough(count, fact, facts, place(change)) is False:
                yield change
                break


def _shut_out(person: str, facts: Facts, at: Place) -> bool:
    """Whether a person is excluded at a place, or never to be contacted: such a person is in no network."""
    recorded = facts.directory.persons.get(person)
    decisions = [event for event in recorded.decisions if place(fact_of(event)) <= at] if recorded else []
    if recorded is not None and decisions and decisions[-1] in recorded.refusals:
        return True
    return any(place(fact) <= at for fact in facts.having("person.excluded", "person", person, ever=True))


def _agreed_number(count: Count, fact: Fact, facts: Facts) -> int | None:
    """The number that a fact agrees; where it names none, the newest agreed before it."""
    agreed = [other for other in facts.of_type(fact.type) if place(other) <= place(fact)]
    numbers = (other.get(count.against) for other in (fact, *reversed(agreed)))
    return next((number for number in numbers if isinstance(number, int)), None)


def _shutting_out(people: object, facts: Facts) -> list[Fact]:
    listed = people if isinstance(people, list) else []
    changes = [fact for fact in facts.of_type("person.excluded") if fact.get("person") in listed]
    recorded = [person for name in listed if (person := facts.directory.persons.get(name)) is not None]
    changes += [fact_of(event) for person in recorded for event in person.refusals]
    return sorted((fact for fact in changes if facts.covers(place(fact))), key=lambda fact: (place(fact), fact.uid))
