"""A year of England: `python -m bench.england [PART]` runs one in so many of its 400,000 plans (100, if not given).

The code is that of `planwatch simulate`; texts are not rendered. Every authority is a simulation of its own, on
whichever core is free, and follows one of the built-in policies. A process takes one authority, counts what it is
told, and ends: so memory stays that of the largest authority, and of small ones beside it.
"""

import argparse
import os
import resource
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from operator import itemgetter

from bench.england.authority_year import AUTHORITIES, PLANS, sizes
from bench.england.machines import Rates
from bench.england.shown import show
from bench.england.year_told import Told, year_of
from bench.faults.rig.progress import progress

# Takes the next authority, with its number and plans, from those that wait in the order of their size.
Take = Callable[[deque[tuple[int, int]]], tuple[int, int]]


def run(part: int, workers: int) -> tuple[Told, dict[int, Told]]:
    """All authorities; what they were told together, and each by its number."""
    everything, of_each = Told(), dict[int, Told]()
    shares = [size for size in sizes(PLANS // part, max(AUTHORITIES // part, 5)) if size]
    with ProcessPoolExecutor(workers, max_tasks_per_child=1) as pool, progress("plans", sum(shares)) as say:
        for number, told in _years(pool, workers, shares):
            of_each[number] = told
            everything.add(told)
            say(everything.plans)
    return everything, of_each


def _years(pool: ProcessPoolExecutor, workers: int, shares: list[int]) -> Iterator[tuple[int, Told]]:
    """Each authority's number and year, as they come to their end.

    One process goes down from the largest, the others up from the smallest: no two large ones run beside each other.
    """
    waiting = deque(sorted(enumerate(shares), key=itemgetter(1)))
    running = dict[Future[Told], tuple[int, Take]]()
    free: list[Take] = [deque.pop, *[deque.popleft] * (workers - 1)]
    while waiting or running:
        for takes in free[: len(waiting)]:
            number, size = takes(waiting)
            running[pool.submit(year_of, number, size)] = (number, takes)
        ended = [(future, *running.pop(future)) for future in wait(running, return_when=FIRST_COMPLETED).done]
        free = [takes for _, _, takes in ended]
        yield from ((number, future.result()) for future, number, _ in ended)


def main() -> int:
    """Read the arguments, run and show."""
    usual = Rates()
    parser = argparse.ArgumentParser(
        prog="python -m bench.england", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", nargs="?", type=int, default=100, help="one in so many plans; 1: all (hours)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), metavar="N", help="processes; as many as cores")
    sums = parser.add_argument_group("from which the machines are worked out (docs/performance.md has those measured)")
    sums.add_argument("--event-ms", type=float, default=usual.event_ms, help="of processor, an event taken in")
    sums.add_argument("--look-ms", type=float, default=usual.look_ms, help="of processor, a look at a plan")
    sums.add_argument("--message-ms", type=float, default=usual.message_ms, help="of processor, a message sent")
    sums.add_argument("--plan-bytes", type=float, default=usual.plan_bytes, help="in the database, a plan and year")
    given = parser.parse_args()
    if given.part < 1:
        parser.error("PART is 1 for all plans, 10 for a tenth, and so on")
    began = time.perf_counter()
    everything, of_each = run(given.part, given.workers)
    usage = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    rates = Rates(given.event_ms, given.look_ms, given.message_ms, given.plan_bytes)
    show(everything, of_each, rates, wall=time.perf_counter() - began, peak=max(usage) / 1024, workers=given.workers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
