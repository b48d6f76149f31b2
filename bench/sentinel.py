"""How long a look of the auditor and a scrape take with 100,000 plans and 1,000,000 messages stored."""

import asyncio
import sqlite3
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from cli.sentinel import expected_of
from config.clock import SystemClock
from config.settings import Settings
from service.app import open_service
from service.sentinel.auditor import Auditor
from service.store.figures import figures

PLANS, MESSAGES = 100_000, 1_000_000
_N = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most}) "
_FILL = (
    (PLANS, "INSERT INTO plan SELECT 'P-' || i, 'dudley', 1, datetime('now', '+1 day'), NULL, NULL, 0, NULL FROM n"),
    (
        PLANS * 10,
        (
            "INSERT INTO obligation SELECT 'P-' || (i % {plans} + 1), 'k' || i, 'visit_social_worker', 'dudley.x', "
            "'guidance', NULL, 'e', date('now', '-60 days'), date('now', (i % 60 - 3) || ' days'), date('now'), "
            "'social_worker', 'w-' || (i % 2000), CASE WHEN i % 10 < 7 THEN 'met' ELSE 'open' END, NULL, NULL, '{{}}' "
            "FROM n"
        ),
    ),
    (
        PLANS * 5,
        (
            "INSERT INTO event SELECT i, '/dudley/x', 'e' || i, CASE WHEN i % 500 THEN 'visit.recorded' ELSE "
            "'bottom_line.breached' END, 'P-' || (i % {plans} + 1), 'plan', 'dudley', NULL, datetime('now'), "
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


async def measure() -> None:
    """Fill a database, and print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bench.db"
        service = await open_service(Settings(database_url=f"sqlite+aiosqlite:///{file}"), senders={})
        with sqlite3.connect(file) as database:
            for most, statement in _FILL:
                head, _, rest = statement.format(plans=PLANS).partition(" SELECT ")
                database.execute(f"{head} {_N.format(most=most)} SELECT {rest}")
        auditor = Auditor(service.sessions, SystemClock(), expected_of(service.book), "bench")
        for name in ("a look with all questions", "a usual look"):
            began = time.perf_counter()
            found = await auditor.look()
            print(f"{name}: {time.perf_counter() - began:.3f} s; found {found}")
        for _ in range(2):
            began = time.perf_counter()
            async with service.sessions() as session:
                await figures(session, datetime.now(UTC))
            print(f"figures for a scrape: {time.perf_counter() - began:.3f} s")
        await service.close()


if __name__ == "__main__":
    asyncio.run(measure())
