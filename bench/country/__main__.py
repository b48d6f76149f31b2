"""One database for a country: `python -m bench.country [--sqlite] [--thin | --events N] PLANS...` (else 2000 20000).

A council of 50 plans lives through a quarter of a year in the real service. Its rows are then copied by the database
under other names, to as many plans as are asked for, in 153 authorities. With --thin most plans are at rest, with no
more than the rows that a question about all plans could meet: for a million of them. With --events they have their
events as well, N times (2: some twenty a plan): for as many events as a country has. At each size it measures what
should not grow: in seconds, which a busy machine makes unsure, and on PostgreSQL in rows that were read.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table as Shown
from sqlalchemy import Connection, Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.country import measures
from bench.country.copies import THIN, THIN_WITH_EVENTS, WHOLE, add_copy, add_events, places, set_apart, settle
from bench.country.council import AUTHORITY, NOW, PLANS, live_through, opened, raw_events
from bench.country.measures import Cost
from bench.faults.rig.progress import progress
from config.clock import ManualClock
from service.app import Service
from service.files.policy_files import load_policies
from service.store.chunks import chunks
from tests.databases.postgres import postgres_server

MANY = 1_000  # rows read where a question asks for what is due


class Growth:
    """A database that grows from size to size, and what is measured at each."""

    def __init__(self, address: str, at_rest: Sequence[Table], times: int) -> None:
        self._address, self._at_rest, self._times, self._copied = address, at_rest, times, 1
        self._is_postgres = address.startswith("postgresql")
        self.figures: list[tuple[int, dict[str, Cost], dict[str, dict[str, int]]]] = []

    async def fill(self, service: Service, plans: int) -> None:
        """Copy the council until there are so many plans."""
        with progress("plans copied", plans) as say:
            for group in chunks(list(places(plans))[self._copied - 1 :]):
                async with service.engine.begin() as connection:
                    await self._be_patient(connection)
                    await connection.run_sync(self._add, group)
                self._copied += len(group)
                say(self._copied * PLANS)

    async def settle(self, service: Service) -> None:
        """Have the database know what it holds by now."""
        async with service.engine.begin() as connection:
            await self._be_patient(connection)
            await connection.run_sync(settle)

    async def _be_patient(self, connection: AsyncConnection) -> None:
        if self._is_postgres:
            await connection.execute(text("SET LOCAL statement_timeout = 0"))

    def _add(self, connection: Connection, group: Sequence[tuple[str, int]]) -> None:
        for authority, copy in group:
            is_whole = authority == AUTHORITY
            add_copy(connection, authority, copy, WHOLE if is_whole else self._at_rest)
            for time in range(1, 1 if is_whole else self._times):
                add_events(connection, authority, copy, time)

    async def measure(self, service: Service, plans: int) -> None:
        """Measure everything once at a size."""
        audits = measures.Audits(service)
        steps: dict[str, Callable[[], Awaitable[Cost]]] = {
            "idle ticks": lambda: measures.idle(service),
            "1,000 looks": lambda: measures.looks(service),
            "100 events": lambda: measures.intake(service, plans),
            "200 messages": lambda: measures.delivery(service),
            "sentinel, first": audits.first,
            "sentinel, usual": audits.usual,
            "sentinel, all": audits.whole,
        }
        costs, rows = dict[str, Cost](), dict[str, dict[str, int]]()
        for name, step in steps.items():
            before = await self._rows(service)
            costs[name] = await step()
            after = await self._rows(service)
            rows[name] = {place: number - before.get(place, 0) for place, number in after.items()}
        self.figures.append((plans, costs, rows))

    async def _rows(self, service: Service) -> dict[str, int]:
        if not self._is_postgres:
            return {}
        await service.engine.dispose()  # what a connection has read is counted when it ends, at the latest
        async with service.engine.connect() as connection:
            return await connection.run_sync(measures.rows_read)


@contextmanager
def database(*, sqlite: bool) -> Iterator[str]:
    """The address of an empty database."""
    if sqlite:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/country.db"
    else:
        with postgres_server(durable=True) as server:
            yield server.create("country")


async def run(address: str, sizes: list[int], at_rest: Sequence[Table], times: int) -> Growth:
    """Fill and measure, size by size."""
    with progress("events lived through", len(raw_events(load_policies().authorities))) as say:
        await live_through(address, say)
    growth, service = Growth(address, at_rest, times), await opened(address, ManualClock(NOW))
    try:
        async with service.engine.begin() as connection:
            await connection.run_sync(set_apart)
        for plans in sizes:
            await growth.fill(service, plans)
            await growth.settle(service)
            await growth.measure(service, plans)
            show(growth)
            await show_size(service, plans)
    finally:
        await service.close()
    return growth


async def show_size(service: Service, plans: int) -> None:
    """How large the database is."""
    postgres = "SELECT pg_database_size(current_database())"
    sqlite = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    async with service.engine.connect() as connection:
        asked = text(postgres if connection.dialect.name == "postgresql" else sqlite)
        size = int((await connection.execute(asked)).scalar_one())
    print(f"{plans:,} plans: {size / 2**20:,.0f} MB, {size / plans:,.0f} bytes a plan")


def show(growth: Growth) -> None:
    """The figures, for people."""
    console = Console()
    table = Shown("plans", *(growth.figures[0][1]), title="ms that passed / of processor")
    for plans, costs, _ in growth.figures:
        table.add_row(f"{plans:,}", *(f"{c.wall * 1000:,.1f} / {c.processor * 1000:,.1f}" for c in costs.values()))
    console.print(table)
    rows = Shown("plans", "while", "read from", "rows", title=f"where more than {MANY:,} rows were read")
    for plans, name, place, number in _most_read(growth):
        rows.add_row(f"{plans:,}", name, place, f"{number:,}")
    console.print(rows)


def _most_read(growth: Growth) -> Iterator[tuple[int, str, str, int]]:
    steps = ((plans, name, places_read) for plans, _, read in growth.figures for name, places_read in read.items())
    for plans, name, places_read in steps:
        for place, number in sorted(places_read.items(), key=lambda pair: -pair[1]):
            if number > MANY:
                yield plans, name, place, number


def main() -> int:
    """Read the arguments, and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.country", description=__doc__)
    parser.add_argument("plans", nargs="*", type=int, default=[2_000, 20_000])
    parser.add_argument("--sqlite", action="store_true", help="on SQLite, not on a PostgreSQL of its own")
    of_plans = parser.add_mutually_exclusive_group()
    of_plans.add_argument("--thin", action="store_true", help="most plans at rest, with few rows each")
    of_plans.add_argument("--events", type=int, metavar="N", help="likewise, but with their events, N times")
    given = parser.parse_args()
    at_rest = THIN if given.thin else THIN_WITH_EVENTS if given.events else WHOLE
    with database(sqlite=given.sqlite) as address:
        asyncio.run(run(address, sorted(given.plans), at_rest, given.events or 1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
