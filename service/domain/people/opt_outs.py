"""Opt-outs: who asked for no more texts, from which number, and whom that keeps texts from until it is decided anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property


@dataclass(frozen=True, slots=True)
class NumberHistory:
    """A person's numbers, each with the moment from which it is known, and when a decision allowed texts."""

    numbers: tuple[tuple[datetime, str | None], ...] = ()
    allowed: tuple[datetime, ...] = ()

    def at(self, moment: datetime) -> str | None:
        """The number at a moment; before the first record, the first."""
        by_then = [number for since, number in self.numbers if since <= moment] or [
            number for _, number in self.numbers[:1]
        ]
        return by_then[-1] if by_then else None


@dataclass(frozen=True, slots=True)
class Stop:
    """That somebody asked for no more texts: when, in which reply on which plan, who, and from which number.

    A STOP that was received from a number holds for whoever has it, in every authority: it has neither plan nor person.
    """

    moment: datetime
    uid: str
    plan: str | None
    person: str | None
    number: str | None


@dataclass(frozen=True)
class OptOuts:
    """All STOPs that are known, and what is known of the numbers and decisions of the people around them."""

    stops: tuple[Stop, ...] = ()
    people: Mapping[str, NumberHistory] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        replies: Iterable[tuple[datetime, str, str, str]],
        received: Iterable[tuple[str, datetime]],
        people: Mapping[str, NumberHistory],
    ) -> OptOuts:
        """`replies`: moment, event, plan and person of each reply that stops texts. `received`: numbers, and when."""
        nobody = NumberHistory()
        stops = [
            Stop(moment, uid, plan, person, people.get(person, nobody).at(moment))
            for moment, uid, plan, person in replies
        ]
        # Where it became a reply on a plan, that says who sent it, and who may be texted again by a decision.
        replied = {(stop.number, stop.moment) for stop in stops}
        of_nobody = (stop for stop in received if stop not in replied)
        stops += [Stop(moment, "", None, None, number) for number, moment in of_nobody]
        return cls(tuple(sorted(stops, key=lambda stop: (stop.moment, stop.uid, stop.number or ""))), people)

    def against(self, person: str, moment: datetime | None = None) -> list[Stop]:
        """The STOPs that keep texts from a person by a moment, or by now: of the person or of the number.

        Neither a new number nor another holder ends one: a later decision does that allows texts to whoever sent it.
        """
        return [stop for stop in self.reaching(person, moment) if not self._lifted(stop, person, moment)]

    def reaching(self, person: str, moment: datetime | None = None) -> list[Stop]:
        """The STOPs of a person, or of the number that the person has by a moment, whatever was decided since."""
        if not self.stops:  # as in most authorities at most times
            return []
        history = self.people.get(person)
        number = None
        if history is not None and history.numbers:
            number = history.numbers[-1][1] if moment is None else history.at(moment)
        own, of_number = self._by_person.get(person, ()), self._by_number.get(number, ()) if number else ()
        if not own and not of_number:
            return []
        stops = {stop: None for stop in (*own, *of_number) if moment is None or stop.moment <= moment}
        return sorted(stops, key=lambda stop: (stop.moment, stop.person != person, stop.uid))

    def begins(self, person: str) -> list[Stop]:
        """The STOPs with which texts to a person end. Each is news; one that finds them ended already is not."""
        stops = (stop for stop in self.stops if stop.person == person or self._had(person, stop))
        return [stop for stop in stops if stop.person is not None and self._is_news(stop, person)]

    def _is_news(self, stop: Stop, person: str) -> bool:
        # Of a text that was received there are replies on plans, too: those are what is told.
        earlier = [
            other
            for other in self.against(person, stop.moment)
            if other.person is not None or other.moment < stop.moment
        ]
        return not earlier or earlier[0] == stop

    def _had(self, person: str, stop: Stop) -> bool:
        history = self.people.get(person)
        return stop.number is not None and history is not None and history.at(stop.moment) == stop.number

    def _lifted(self, stop: Stop, person: str, by: datetime | None) -> bool:
        """Whether texts were allowed since to whoever sent the STOP; where nobody is known who did, to the person."""
        decided = self.people.get(stop.person or person)
        moments = decided.allowed if decided is not None else ()
        return any(stop.moment < moment and (by is None or moment <= by) for moment in moments)

    @cached_property
    def _by_person(self) -> Mapping[str | None, Sequence[Stop]]:
        by_person: dict[str | None, list[Stop]] = defaultdict(list)
        for stop in self.stops:
            by_person[stop.person].append(stop)
        return by_person

    @cached_property
    def _by_number(self) -> Mapping[str | None, Sequence[Stop]]:
        by_number: dict[str | None, list[Stop]] = defaultdict(list)
        for stop in self.stops:
            by_number[stop.number].append(stop)
        return by_number
