"""How long a look of the auditor and a scrape take with 100,000 plans and 1,000,000 messages stored."""

import asyncio
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from cli.sentinel import expected_of
from config.clock import SystemClock
from config.settings import Settings
from service.api.metrics import Metrics
from service.app import Service, open_service
from service.sentinel.auditor import Auditor

PLANS, MESSAGES = 100_000, 1_000_000
USUAL_LOOK, SCRAPE = 5.0, 0.1  # seconds: the marks
SCRAPES = 5
_N = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most}) "
_FILL = (
    (
        PLANS,
        (
            "INSERT INTO plan (id, authority, version, next_look, fault_count) SELECT 'P-' || i, 'dudley', 1, "
            "datetime('now', '+1 day'), 0 FROM n"
        ),
    ),
    (
        PLANS * 10,
        (
            "INSERT INTO obligation (plan, authority, key, kind, rule, basis, from_event, opened_on, due_on, act_by, "
            "responsible_role, responsible, status, more) SELECT 'P-' || (i % {plans} + 1), 'dudley', 'k' || i, "
            "'visit_social_worker', 'dudley.x', "
            "'guidance', 'e', date('now', '-60 days'), date('now', (i % 60 - 3) || ' days'), date('now'), "
            "'social_worker', 'w-' || (i % 2000), CASE WHEN i % 10 < 7 THEN 'met' ELSE 'open' END, '{{}}' "
            "FROM n"
        ),
    ),
    (
        PLANS * 5,
        (
            "INSERT INTO event (seq, source, id, type, subject, about, authority, time, received_at, raw, fingerprint, "
            "waiting) SELECT i, '/dudley/x', 'e' || i, CASE WHEN i % 500 THEN 'visit.recorded' ELSE "
            "'bottom_line.breached' END, 'P-' || (i % {plans} + 1), 'plan', 'dudley', datetime('now'), "
            "datetime('now', '-' || (({plans} * 5 - i) / 5000) || ' hours'), '{{\"data\": {{}}}}', '', 0 FROM n"
        ),
    ),
    (
        MESSAGES,
        (
            "INSERT INTO message (id, key, channel, purpose, urgent, plan, authority, role, person, about, template, "
            "context, at, family, state, attempts, fence, created_at, settled_at, sent_to) SELECT printf('%032d', i), "
            "'k' || i, 'email', 'overdue', 0, 'P-' || (i % {plans} + 1), 'dudley', 'social_worker', "
            "'w-' || (i % 2000), "
            "'[]', 'overdue', '{{}}', datetime('now', '-' || (i / 120) || ' minutes'), 0, 'sent', 1, 1, "
            "datetime('now', '-' || (i / 120) || ' minutes'), datetime('now', '-' || (i / 120) || ' minutes'), "
            "'w-' || (i % 2000) FROM n"
        ),
    ),
)


async def measure() -> int:
    """Fill a database, print the figures, and give 1 if one misses its mark."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.db"
        service = await open_service(Settings(database_url=f"sqlite+aiosqlite:///{file}"), senders={})
        with sqlite3.connect(file) as database:
            for most, statement in _FILL:
                head, _, rest = statement.format(plans=PLANS).partition(" SELECT ")
                database.execute(f"{head} {_N.format(most=most)} SELECT {rest}")
        looks, scrapes = await _looks(service), await _scrapes(service)
        await service.close()
    return int(looks[-1] > USUAL_LOOK or sorted(scrapes)[len(scrapes) // 2] > SCRAPE)


async def _looks(service: Service) -> list[float]:
    """How long each look of an auditor took, in seconds."""
    auditor = Auditor(service.sessions, SystemClock(), expected_of(service.book), "bench")
    took = []
    for name in ("a look with all questions", "a usual look"):
        began = time.perf_counter()
        counts = await auditor.look()
        took.append(time.perf_counter() - began)
        print(f"{name}: {took[-1]:.3f} s; found {counts}")
    return took


async def _scrapes(service: Service) -> list[float]:
    """How long each scrape took but the first of the process, which finds what is found once a minute."""
    metrics, took = Metrics(service), []
    for _ in range(1 + SCRAPES):
        began = time.perf_counter()
        await metrics.text()
        took.append(time.perf_counter() - began)
    print(
        f"a scrape: {', '.join(f'{seconds:.3f}' for seconds in took)} s (the first finds what is found once a minute)"
    )
    return took[1:]


if __name__ == "__main__":
    sys.exit(asyncio.run(measure()))
