"""planwatch beside its peers: the same number of due reminders, rendered, handed over by SMTP and recorded.

`python -m bench.side_by_side [NUMBER]`: five rounds, in each of which everybody runs once, on a durable PostgreSQL
(planwatch on SQLite, too). Each works in a process of its own; the server that receives is not counted. Prints medians,
and how much each is of raw aiosmtplib in the same round; writes them to bench/results.json.
"""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.faults.rig.progress import progress
from bench.peers import receiving
from bench.peers.stopwatch import Taken
from tests.databases.postgres import PostgresServer, postgres_server

ROUNDS = 5
NUMBER = 2_000
RAW, PGQUEUER, PLANWATCH = "raw aiosmtplib, no database", "pgqueuer", "planwatch"
RESULTS = Path(__file__).with_name("results.json")


@dataclass(frozen=True, slots=True)
class Contender:
    """Who delivers: the module that does it, in so many processes, on a database that another process has filled."""

    name: str
    module: str
    processes: int = 1
    database: str | None = "postgres"


CONTENDERS = (
    Contender(RAW, "raw_aiosmtplib", database=None),
    Contender("row by row (SQLAlchemy, smtplib)", "row_by_row"),
    Contender("procrastinate", "with_procrastinate"),
    Contender("procrastinate, 2 processes", "with_procrastinate", processes=2),
    Contender(PGQUEUER, "with_pgqueuer"),
    Contender(f"{PGQUEUER}, 2 processes", "with_pgqueuer", processes=2),
    Contender(f"{PLANWATCH}, SQLite", "with_planwatch", database="sqlite"),
    Contender(f"{PLANWATCH}, PostgreSQL", "with_planwatch"),
    Contender(f"{PLANWATCH}, PostgreSQL, 2 processes", "with_planwatch", processes=2),
)


class Databases:
    """Filled once for each module, and copied for each run."""

    def __init__(self, server: PostgresServer, folder: Path, number: int) -> None:
        self._server, self._folder, self._number = server, folder, number
        self._filled: set[str] = set()
        self._copies = 0

    def copy_for(self, contender: Contender) -> str | None:
        """The address of a database of its own; None for whoever needs none."""
        if contender.database is None:
            return None
        self._copies += 1
        if contender.database == "sqlite":
            original, copy = self._folder / f"{contender.module}.db", self._folder / f"copy-{self._copies}.db"
            self._fill(contender, f"sqlite+aiosqlite:///{original}", original.name)
            shutil.copy(original, copy)
            return f"sqlite+aiosqlite:///{copy}"
        if contender.module not in self._filled:
            self._fill(contender, _address(contender, self._server.create(contender.module)), contender.module)
        name = f"copy_{self._copies}"
        return _address(contender, self._server.create(name, template=contender.module))

    def _fill(self, contender: Contender, address: str, name: str) -> None:
        if name in self._filled:
            return
        self._filled.add(name)
        subprocess.run(_command(contender, "fill", address, str(self._number)), check=True, capture_output=True)


def _address(contender: Contender, url: str) -> str:
    return url if contender.module == "with_planwatch" else url.replace("+asyncpg", "")


def _command(contender: Contender, *arguments: str) -> Sequence[str]:
    return (sys.executable, "-m", f"bench.peers.{contender.module}", *arguments)


def deliver(contender: Contender, database: str | None, port: int, number: int) -> Taken:
    """One run: the wall of the slowest of its processes, and the processor time and memory of them all."""
    arguments = (str(number), str(port)) if database is None else ("work", database, str(port))
    command = _command(contender, *arguments)
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(contender.processes)]
    printed = [process.communicate()[0].splitlines()[-1] for process in running]
    taken = [Taken(**json.loads(line)) for line in printed]
    handed_over = sum(part.number for part in taken)
    if handed_over != number:
        raise RuntimeError(f"{contender.name} handed over {handed_over} of {number}")
    wall, memory = max(part.wall for part in taken), sum(part.memory for part in taken)
    return Taken(handed_over, wall, sum(part.processor for part in taken), memory)


def measure(number: int) -> Mapping[str, list[Taken]]:
    """All rounds of everybody."""
    taken: dict[str, list[Taken]] = defaultdict(list)
    for contender, run, say in _runs(number):
        taken[contender.name].append(run())
        say(sum(map(len, taken.values())))
    return taken


def _runs(number: int) -> Iterator[tuple[Contender, Callable[[], Taken], Callable[[int], None]]]:
    with _stage(number) as (databases, port), progress("deliveries", ROUNDS * len(CONTENDERS)) as say:
        for _ in range(ROUNDS):
            for contender in CONTENDERS:
                database = databases.copy_for(contender)
                yield contender, lambda c=contender, d=database: deliver(c, d, port, number), say  # type: ignore[misc]


@contextmanager
def _stage(number: int) -> Iterator[tuple[Databases, int]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres_server(durable=True) as server,
        receiving.receiving() as port,
    ):
        yield Databases(server, Path(folder), number), port


def ratios(taken: Mapping[str, list[Taken]], to: str) -> Mapping[str, float]:
    """How many emails a second each hands over, of what another hands over in the same round; medians."""
    return {
        name: statistics.median(beside.wall / own.wall for own, beside in zip(runs, taken[to], strict=True))
        for name, runs in taken.items()
    }


@dataclass(frozen=True, slots=True)
class Result:
    """The medians of one contender's rounds."""

    name: str
    emails_a_second: float
    processor_ms_each: float
    memory_mb: float
    of_raw_aiosmtplib: float
    of_pgqueuer_2_processes: float


def results(taken: Mapping[str, list[Taken]]) -> list[Result]:
    """What stands in the table and in the file."""
    of_raw, of_pgqueuer = ratios(taken, RAW), ratios(taken, f"{PGQUEUER}, 2 processes")
    return [
        Result(
            name,
            statistics.median(run.number / run.wall for run in runs),
            statistics.median(run.processor / run.number * 1000 for run in runs),
            statistics.median(run.memory for run in runs),
            of_raw[name],
            of_pgqueuer[name],
        )
        for name, runs in taken.items()
    ]


def main(number: int) -> int:
    """Measure, print, write down."""
    measured = results(measure(number))
    table = Table("", "emails/s", "processor ms each", "MB", "of raw", f"of {PGQUEUER}, 2 processes")
    for row in measured:
        table.add_row(
            row.name,
            f"{row.emails_a_second:,.0f}",
            f"{row.processor_ms_each:.2f}",
            f"{row.memory_mb:.0f}",
            f"{row.of_raw_aiosmtplib:.0%}",
            f"{row.of_pgqueuer_2_processes:.1f} ×",
        )
    Console().print(table)
    print(f"{number} emails, {ROUNDS} interleaved rounds, medians; received by {receiving.NAME}.")
    machine = {"processors": os.cpu_count(), "python": platform.python_version(), "receiver": receiving.NAME}
    head = {"measured_on": f"{datetime.now(UTC):%Y-%m-%d}", "number": number, "rounds": ROUNDS, "machine": machine}
    written = json.dumps(head | {"deliveries": [asdict(row) for row in measured]}, indent=2)
    RESULTS.write_text(f"{written}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else NUMBER))
