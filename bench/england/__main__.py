"""A year of England: `python -m bench.england [PART]` runs one in so many of its 400,000 plans (100, if not given).

The code is that of `planwatch simulate`; texts are not rendered. Every authority is a simulation of its own, on
whichever core is free, and follows one of the built-in policies.
"""

import os
import resource
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

from rich.console import Console
from rich.table import Table

from bench.england.authority_year import AUTHORITIES, sizes
from bench.england.year_told import Told, year_of
from bench.faults.rig.progress import progress

PLANS = 400_000


def run(part: int) -> tuple[Told, list[int]]:
    """All authorities; what they were told together, and how many messages each."""
    everything, of_each = Told(), list[int]()
    shares = [size for size in sizes(PLANS // part, max(AUTHORITIES // part, 5)) if size]
    with ProcessPoolExecutor(os.cpu_count(), max_tasks_per_child=4) as pool, progress("plans", PLANS // part) as say:
        largest_first = sorted(enumerate(shares), key=lambda share: -share[1])
        for done in as_completed([pool.submit(year_of, number, size) for number, size in largest_first]):
            told = done.result()
            everything.add(told)
            of_each.append(told.messages.total())
            say(everything.plans)
    return everything, sorted(of_each)


def show(told: Told, of_each: list[int], wall: float) -> None:
    """The figures, for people."""
    total, console = told.messages.total(), Console()
    console.print(f"{told.plans:,} plans, {told.events:,} events, {total:,} messages in {wall:,.0f} s")
    console.print(f"processor: {told.processor:,.0f} s, {told.processor / told.plans * 1000:.1f} ms a plan's year")
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    console.print(f"largest process: {memory:,.0f} MB")
    kinds = Table("messages", "number", "a plan and year")
    for kind, number in told.messages.most_common():
        kinds.add_row(kind, f"{number:,}", f"{number / told.plans:.2f}")
    console.print(kinds)
    hours = Table("hour", "of all messages")
    for hour in sorted(told.hours):
        hours.add_row(f"{hour:02}:00", f"{told.hours[hour] / total:.1%}")
    console.print(hours)
    minute, most = told.minutes.most_common(1)[0]
    console.print(f"busiest minute: {minute}, {most:,} messages ({most * PLANS / told.plans:,.0f} for all of England)")
    console.print(f"an authority: {of_each[0]:,} to {of_each[-1]:,}, median {statistics.median(of_each):,.0f}")
    days = told.by_person_and_day
    console.print(
        f"reminders to somebody on a day with any: {sum(n * k for n, k in days.items()) / days.total():.1f}"
        f" on average, {max(days)} at most; {sum(n * k for n, k in days.items()) / told.workers / 250:.2f}"
        " for each social worker and working day"
    )


def main(part: int) -> int:
    """Run and show."""
    began = time.perf_counter()
    told, of_each = run(part)
    show(told, of_each, time.perf_counter() - began)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 100))
