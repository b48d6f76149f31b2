"""GET /metrics: figures in Prometheus's format, without a name, a number or an id of anybody in them."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import version

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy.exc import SQLAlchemyError

from config.database import reading
from service.app import Service
from service.store.figures import BUCKETS, Figures, Labelled, SlowFigures, figures, slow_figures

_SLOW = 60.0  # seconds for which what walks through all that is live is not asked again


class Metrics:
    """The figures of one process, and of the database that it works on."""

    def __init__(self, service: Service, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._service, self._elapsed = service, elapsed
        self._slow: SlowFigures | None = None
        self._slow_at = 0.0
        self._asking: asyncio.Task[None] | None = None

    async def text(self) -> bytes:
        """What a scrape gets; without a database, what the process knows by itself."""
        found = [*_of_process(self._service)]
        try:
            found += [_one("planwatch_database_up", "Whether the database answers", 1.0), *await self._of_database()]
        except (SQLAlchemyError, OSError):
            found = [*_of_process(self._service), _one("planwatch_database_up", "Whether the database answers", 0.0)]
        registry = CollectorRegistry()
        registry.register(_Given(found))
        return generate_latest(registry)

    async def _of_database(self) -> list[Metric]:
        slow = await self._slowly()
        async with reading(self._service.sessions) as session:
            fast = await figures(session, self._service.clock.now())
        return [*_of_messages(fast), *_of_service(fast), *_of_slow(slow)]

    async def _slowly(self) -> SlowFigures:
        """What was found last; it is found anew beside the scrapes, none of which waits for it but the first."""
        if self._slow is None:
            return await self._find()
        is_asked = self._asking is not None and not self._asking.done()
        if not is_asked and self._elapsed() - self._slow_at >= _SLOW:
            self._asking = asyncio.create_task(self._find_again())
        return self._slow

    async def _find_again(self) -> None:
        with suppress(SQLAlchemyError, OSError):  # the scrapes themselves say that the database is away
            await self._find()

    async def _find(self) -> SlowFigures:
        async with reading(self._service.sessions) as session:
            self._slow = found = await slow_figures(session, self._service.clock.now())
        self._slow_at = self._elapsed()
        return found


class _Given:
    """Metrics that were gathered already, as the library collects them."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        return self._metrics


def _of_process(service: Service) -> Iterator[Metric]:
    yield _by("planwatch_build", "Which planwatch this is", ("version",), {(version("planwatch"),): 1.0})
    ages = {(name,): age for name, age in service.tick_health.ages().items()}
    yield _by("planwatch_tick_age_seconds", "Since each tick ended a step", ("tick",), ages)
    steps = {(name,): float(number) for name, number in service.tick_health.steps.items()}
    yield _by("planwatch_steps_total", "Steps that ended", ("tick",), steps)
    seconds = {(name,): taken for name, taken in service.tick_health.seconds.items()}
    yield _by("planwatch_step_seconds_total", "How long they took, in all", ("tick",), seconds)
    intake = {(name,): float(service.intake[name]) for name in ("accepted", "duplicates", "waiting", "rejected")}
    yield _by("planwatch_intake_total", "Events that came to this process", ("outcome",), intake)


def _of_messages(one: Figures) -> Iterator[Metric]:
    yield _by("planwatch_messages_waiting", "Not settled", ("state", "channel", "lane"), one.waiting)
    yield _by("planwatch_messages_last_hour", "Made in an hour", ("state", "channel", "purpose"), one.last_hour)
    yield _by("planwatch_oldest_due_seconds", "For how long the oldest is due", ("lane",), one.oldest)
    yield _one("planwatch_unknown_oldest_seconds", "For how long the oldest is unknown", one.unknown_oldest)
    limits = [*(f"{limit:g}" for limit in BUCKETS), "+Inf"]
    within = {
        (lane, limit): float(number)
        for lane, numbers in one.hand_over.items()
        for limit, number in zip(limits, numbers, strict=True)
    }
    yield _by("planwatch_hand_over_last_hour", "Handed over within so many seconds", ("lane", "le"), within)
    yield _by("planwatch_attempts_last_hour", "Attempts at handing over", ("provider", "outcome"), one.attempts)


def _of_service(one: Figures) -> Iterator[Metric]:
    yield _by("planwatch_pull_age_seconds", "Received texts are here up to so long ago", ("provider",), one.pull_age)
    interruptions = {("hold",): 0.0, ("pause",): 0.0} | dict(one.interruptions)
    yield _by("planwatch_interruptions", "Holds and pauses that are open", ("kind",), interruptions)
    found = {(code,): float(number) for code, number in one.findings.items()}
    yield _by("planwatch_findings", "What the auditor finds", ("code",), found)
    if one.sentinel_age is not None:
        yield _one("planwatch_sentinel_age_seconds", "Since the auditor's last look", one.sentinel_age)
    alive = {(kind,): float(number) for kind, number in one.processes.items()}
    yield _by("planwatch_processes", "Processes with a sign of life within a minute", ("kind",), alive)
    yield _one("planwatch_events_stored", "Events that were taken", one.events)


def _of_slow(one: SlowFigures) -> Iterator[Metric]:
    yield _one("planwatch_plans", "Plans", one.plans)
    yield _one("planwatch_plans_failing", "Plans whose last look failed", one.plans_failing)
    yield _one("planwatch_events_waiting", "Events about what nothing has introduced", one.events_waiting)
    yield _by("planwatch_obligations", "What is owed", ("status",), one.obligations)
    yield _by("planwatch_problems", "What a person must mend", ("code",), one.problems)


def _one(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _by(name: str, meaning: str, labels: tuple[str, ...], values: Labelled) -> Metric:
    kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
    family = kind(name, meaning, labels=labels)
    for words, value in values.items():
        family.add_metric(list(words), value)
    return family
