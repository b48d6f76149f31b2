"""What events come to in a simulation that several processes share, authority by authority."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from functools import partial
from operator import itemgetter

from cli.faults import CommandError
from cli.simulated import Simulated, simulated
from service.domain.events.event import Event
from service.domain.policy import PolicyBook
from service.simulation_shares import shares


def simulated_by(workers: int, events: Iterable[Event], until: date, book: PolicyBook) -> Simulated:
    """The same, on as many processes: each takes one authority's events after the other, most events first.

    Raises a CommandError where one of the processes was ended from outside.
    """
    parted = shares(events, book.authorities, until)
    largest_first = sorted(parted.of_each.values(), key=len, reverse=True)
    try:
        with ProcessPoolExecutor(min(workers, len(largest_first) or 1)) as pool:
            of_each = list(pool.map(partial(_share, until, book), largest_first))
    except BrokenProcessPool:
        raise CommandError(
            "one of the processes was ended from outside, most likely because memory ran out: try fewer --workers"
        ) from None
    owed = heapq.merge(*(share.owed for share in of_each), key=itemgetter(0))
    timeline = heapq.merge(*(share.timeline for share in of_each), key=itemgetter(0))
    return Simulated(list(owed), list(timeline), parted.refused)


def _share(until: date, book: PolicyBook, events: Sequence[Event]) -> Simulated:
    of_one = simulated(events, until, book)
    return Simulated(of_one.owed, of_one.timeline)
