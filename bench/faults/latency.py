"""From the answer to a breach's event to its hand-over: p99 within 5 s, at 20 events a second and 10,000 queued.

The real service, web and clock in one process, takes events over HTTP in a steady stream; a few of them are breaches,
as in life, and each of those becomes four messages. Then breaches alone, faster each time, until it no longer holds.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, count
from pathlib import Path

import httpx2

from bench.faults.rig import case, caseload
from bench.faults.rig.clock import START, SharedClock
from bench.faults.rig.databases import Database, database
from bench.faults.rig.progress import progress
from bench.faults.rig.receivers import Receivers, receivers
from bench.faults.rig.verdict import Arrival, Verdict
from bench.faults.rig.victims import Victims, victims
from bench.faults.rig.worker import Job

MARK = 5.0  # seconds, for 99 of 100
AFTERWARDS = 60.0  # seconds that are waited for what has not arrived by the end


@dataclass(frozen=True, slots=True)
class Load:
    """What comes in. `breach_every`: which of the events is a breach."""

    seconds: float = 120.0
    rate: float = 20.0  # events a second
    breach_every: int = 20
    queued: int = 10_000
    faster: tuple[float, ...] = (2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 20.0)  # breaches alone, each rate for a while
    while_: float = 20.0  # seconds

    @property
    def breaches(self) -> int:
        """How many plans are needed, one for each breach."""
        return int(self.seconds * self.rate / self.breach_every + sum(rate * self.while_ for rate in self.faster)) + 2


@dataclass
class Stream:
    """Events on their way in, at a steady rate, whether the service keeps up or not."""

    url: str
    token: str
    accepted: dict[str, float] = field(default_factory=dict)  # when the breach of a plan was answered
    answers: list[float] = field(default_factory=list)  # seconds from each request to its answer
    refused: int = 0

    async def run(self, events: Iterator[caseload.Raw], rate: float, number: int) -> None:
        """Send so many, each at its moment."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/cloudevents+json"}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as client, asyncio.TaskGroup() as sending:
            began = time.monotonic()
            for place in range(number):
                await asyncio.sleep(max(0.0, began + place / rate - time.monotonic()))
                sending.create_task(self._send(client, next(events)))

    async def _send(self, client: httpx2.AsyncClient, raw: caseload.Raw) -> None:
        began = time.monotonic()
        answer = await client.post(f"{self.url}/v1/events", content=json.dumps(raw))
        self.answers.append(time.monotonic() - began)
        if answer.status_code != httpx2.codes.ACCEPTED:
            self.refused += 1
        elif raw["type"] == "bottom_line.breached":
            self.accepted[str(raw["subject"])] = time.time()


async def latency(name: str, folder: Path, load: Load = Load()) -> Verdict:
    """Measure on one database."""
    with database(name, folder) as db:
        async with receivers(folder) as receiving:
            job = Job(db.url, receiving.smtp_port, receiving.http_port, time.monotonic(), 1.0, 60.0)
            async with victims(job) as row:
                return await _measure(db, receiving, row, load)


async def _measure(db: Database, receiving: Receivers, row: Victims, load: Load) -> Verdict:
    plans = [f"P-{number:06}" for number in range(load.breaches)]
    usual = [f"P-{number:06}" for number in range(900_000, 900_400)]  # 25 routine messages a worker
    service = await caseload.opened(row.job, START)
    token = await caseload.fill(service, plans, START, usual)
    crossed = iter(plans)
    await caseload.queue_routine(service, load.queued, usual)
    await service.close()
    await row.start("serve", start=START.isoformat())
    stream = Stream(f"http://127.0.0.1:{row.port}", token)
    with progress(f"latency, {db.name}", len(load.faster) + 1) as show:
        took = await _timed(
            stream, receiving, _mixed(crossed, usual, row.job.clock, load.breach_every), load, load.rate
        )
        answers = list(stream.answers)
        holds = 0.0
        for done, rate in enumerate(load.faster):
            show(done + 1)
            alone = await _timed(stream, receiving, _breaches(crossed, row.job.clock), load, rate, load.while_)
            if _share(alone, 99) > MARK:
                break
            holds = rate
    return _verdict(db, took, answers, holds, load)


async def _timed(
    stream: Stream, receiving: Receivers, events: Iterator[caseload.Raw], load: Load, rate: float, seconds: float = 0.0
) -> list[float]:
    """Seconds from the answer to each of the four arrivals, of all breaches of this stream; infinite: it never came."""
    stream.accepted.clear()
    await stream.run(events, rate, int(rate * (seconds or load.seconds)))
    deadline = time.monotonic() + AFTERWARDS
    while _missing(stream, receiving) and time.monotonic() < deadline:  # noqa: ASYNC110 - another process's file
        await asyncio.sleep(0.2)
    took = []
    for name, at in stream.accepted.items():
        arrived = sorted(arrival.at for arrival in _all(receiving) if arrival.reference == name)[
            : caseload.TOLD_OF_A_BREACH
        ]
        took += [max(0.0, moment - at) for moment in arrived]
        took += [float("inf")] * (caseload.TOLD_OF_A_BREACH - len(arrived))
    return took


def _missing(stream: Stream, receiving: Receivers) -> int:
    receiving.read()
    here = Counter(arrival.reference for arrival in _all(receiving))
    return sum(here[name] < caseload.TOLD_OF_A_BREACH for name in stream.accepted)


def _all(receiving: Receivers) -> Iterator[Arrival]:
    return chain.from_iterable(receiving.arrivals.values())


def _mixed(
    crossed: Iterator[str], usual: Sequence[str], clock: SharedClock, breach_every: int
) -> Iterator[caseload.Raw]:
    visits = caseload.visits(usual, clock)
    for number in count():
        yield caseload.breach(next(crossed), clock.now()) if number % breach_every == 0 else next(visits)


def _breaches(crossed: Iterator[str], clock: SharedClock) -> Iterator[caseload.Raw]:
    for name in crossed:
        yield caseload.breach(name, clock.now())


def _share(took: Sequence[float], of_100: int) -> float:
    """So many of a hundred took no longer than this."""
    return sorted(took)[max(0, -(-len(took) * of_100 // 100) - 1)] if took else float("inf")


def _verdict(db: Database, took: Sequence[float], answers: Sequence[float], holds: float, load: Load) -> Verdict:
    lost = sum(seconds == float("inf") for seconds in took)
    marks = {"lost": lost > 0, f"p99 over {MARK:.0f} s": _share(took, 99) > MARK}
    shares = ", ".join(f"p{of_100} {_share(took, of_100):.2f} s" for of_100 in (50, 95, 99, 100))
    answered = ", ".join(f"p{of_100} {_share(answers, of_100) * 1000:.0f} ms" for of_100 in (50, 99))
    return Verdict(
        "latency",
        db.name,
        f"{load.rate:.0f} events a second for {load.seconds:.0f} s, 1 of {load.breach_every} a breach, "
        f"{load.queued:,} routine messages queued; {len(took)} alerts",
        lost,
        late=sum(seconds > MARK for seconds in took),
        more=(
            f"accepted to handed over {shares}",
            f"request to answer {answered}",
            f"breaches alone hold at {holds:.0f} a second",
        ),
        faults=tuple(words for words, missed in marks.items() if missed),
    )


if __name__ == "__main__":
    raise SystemExit(case.run(latency, partial(latency, load=Load(seconds=24, queued=2_000, while_=4))))
