"""GET /metrics: figures in Prometheus's format. They hold nobody's name, number or id."""

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

_SLOW = 60.0  # seconds after which the slow figures are asked for again


class Metrics:
    """The figures of one process, and of the database that it works on."""

    def __init__(self, service: Service, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._service, self._elapsed = service, elapsed
        self._slow: SlowFigures | None = None
        self._slow_at = 0.0
        self._asking: asyncio.Task[None] | None = None

    async def text(self) -> bytes:
        """The text for a scrape. If the database is away, it holds only the figures of the process."""
        families = [*_of_process(self._service)]
        try:
            families += [_one("planwatch_database_up", "Whether the database answers", 1.0), *await self._of_database()]
        except (SQLAlchemyError, OSError):
            families = [*_of_process(self._service), _one("planwatch_database_up", "Whether the database answers", 0.0)]
        registry = CollectorRegistry()
        registry.register(_Gathered(families))
        return generate_latest(registry)

    async def _of_database(self) -> list[Metric]:
        slow = await self._slow_figures()
        async with reading(self._service.sessions) as session:
            fast = await figures(session, self._service.clock.now())
        return [*_of_messages(fast), *_of_service(fast), *_of_slow(slow)]

    async def _slow_figures(self) -> SlowFigures:
        """The slow figures as last found. They are found again in the background, and only the first scrape waits."""
        if self._slow is None:
            return await self._find()
        is_asked = self._asking is not None and not self._asking.done()
        if not is_asked and self._elapsed() - self._slow_at >= _SLOW:
            self._asking = asyncio.create_task(self._find_again())
        return self._slow

    async def _find_again(self) -> None:
        with suppress(SQLAlchemyError, OSError):  # the scrapes themselves report that the database is away
            await self._find()

    async def _find(self) -> SlowFigures:
        async with reading(self._service.sessions) as session:
            self._slow = slow = await slow_figures(session, self._service.clock.now())
        self._slow_at = self._elapsed()
        return slow


class _Gathered:
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
    refused = {(kind.value,): float(number) for kind, number in service.refused_requests.counts.items()}
    yield _by("planwatch_refused_total", "What this process refused", ("kind",), refused)
    answers = {(str(status),): float(number) for status, number in service.answers.items()}
    yield _by("planwatch_answers_total", "What this process answered", ("status",), answers)


def _of_messages(fast: Figures) -> Iterator[Metric]:
    yield _by("planwatch_messages_waiting", "Not settled", ("state", "channel", "lane"), fast.waiting)
    yield _by("planwatch_messages_last_hour", "Made in an hour", ("state", "channel", "purpose"), fast.last_hour)
    yield _by("planwatch_oldest_due_seconds", "For how long the oldest is due", ("lane",), fast.oldest)
    yield _one("planwatch_unknown_oldest_seconds", "For how long the oldest is unknown", fast.unknown_oldest)
    limits = [*(f"{limit:g}" for limit in BUCKETS), "+Inf"]
    within = {
        (lane, limit): float(number)
        for lane, numbers in fast.hand_over.items()
        for limit, number in zip(limits, numbers, strict=True)
    }
    yield _by("planwatch_hand_over_last_hour", "Handed over within so many seconds", ("lane", "le"), within)
    yield _by("planwatch_attempts_last_hour", "Attempts at handing over", ("provider", "outcome"), fast.attempts)


def _of_service(fast: Figures) -> Iterator[Metric]:
    yield _by("planwatch_pull_age_seconds", "Received texts are here up to so long ago", ("provider",), fast.pull_age)
    interruptions = {("hold",): 0.0, ("pause",): 0.0} | dict(fast.interruptions)
    yield _by("planwatch_interruptions", "Holds and pauses that are open", ("kind",), interruptions)
    numbers = {(code,): float(number) for code, number in fast.findings.items()}
    yield _by("planwatch_findings", "What the auditor finds", ("code",), numbers)
    if fast.sentinel_age is not None:
        yield _one("planwatch_sentinel_age_seconds", "Since the auditor's last look", fast.sentinel_age)
    alive = {(kind,): float(number) for kind, number in fast.processes.items()}
    yield _by("planwatch_processes", "Processes with a sign of life within a minute", ("kind",), alive)
    yield _one("planwatch_events_stored", "Events that were taken", fast.events)


def _of_slow(slow: SlowFigures) -> Iterator[Metric]:
    yield _one("planwatch_plans", "Plans", slow.plans)
    yield _one("planwatch_plans_failing", "Plans whose last look failed", slow.plans_failing)
    yield _one("planwatch_events_waiting", "Events about what nothing has introduced", slow.events_waiting)
    yield _by("planwatch_obligations", "What is owed", ("status",), slow.obligations)
    yield _by("planwatch_problems", "What a person must mend", ("code",), slow.problems)


def _one(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _by(name: str, meaning: str, labels: tuple[str, ...], values: Labelled) -> Metric:
    kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
    family = kind(name, meaning, labels=labels)
    for label_values, value in values.items():
        family.add_metric(list(label_values), value)
    return family
