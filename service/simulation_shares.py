"""What a simulation of files can be parted into, and the day at which it ends.

Plans of one authority hang together: a digest gathers the lines of all plans of a person, check-ins of one person on
several plans are one text, a holder's absence or a STOP is looked at everywhere. Nothing that one authority sends
changes anything for another, so each authority is a share: its events alone come to what they come to among all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby

from service.domain.admission import Rejected, Verdict, admit, announced
from service.domain.admitted import Admitted
from service.domain.calendar import local_day, start_of
from service.domain.events.belonging import named_in
from service.domain.events.event import Event


@dataclass(frozen=True, slots=True)
class Shares:
    """The events of each authority, and those that are refused whoever simulates them."""

    of_each: defaultdict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    refused: list[tuple[Event, Rejected]] = field(default_factory=list)


def shares(events: Iterable[Event], authorities: frozenset[str], until: date) -> Shares:
    """Part events by authority: by what they name, else by who has what they are about when they become known.

    They are admitted as a simulation admits them, batch by batch. A refused event stays in the share of the authority
    that it names: what it would have introduced is known there before the first event, as it is among all.
    """
    end = start_of(until + timedelta(days=1))
    ordered = sorted(events, key=lambda event: (event.time, event.uid))
    prior, parted = announced(ordered, authorities), Shares()
    for _, group in groupby(ordered, key=lambda event: min(event.time, end)):
        batch = list(group)
        for event, verdict in zip(batch, admit(batch, prior, None), strict=True):
            if isinstance(verdict, Rejected):
                parted.refused.append((event, verdict))
            if (authority := _share_of(event, verdict, authorities)) is not None:
                parted.of_each[authority].append(event)
    return parted


def _share_of(event: Event, verdict: Verdict, authorities: frozenset[str]) -> str | None:
    return verdict.authority if isinstance(verdict, Admitted) else named_in(event, authorities)


def default_until(events: Sequence[Event], authorities: frozenset[str]) -> date:
    """One year after the last event that is taken; those that are refused do not count."""
    in_time = sorted(events, key=lambda event: event.time)
    verdicts = zip(in_time, admit(in_time, announced(in_time, authorities), None), strict=True)
    taken = (event for event, verdict in verdicts if not isinstance(verdict, Rejected))
    last_day = max((local_day(event.time) for event in taken), default=date(1970, 1, 1))
    leap_day = (last_day.month, last_day.day) == (2, 29)
    return date(last_day.year + 1, 2, 28) if leap_day else last_day.replace(year=last_day.year + 1)
