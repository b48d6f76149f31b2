"""What each page costs with 3,000 plans in one authority: at most 200 ms of processor, the overview 500, and 100 kB.

`python -m bench.pages [FILE]`: with FILE the database is kept there, and used again. It takes minutes to fill.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import sqlite3
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import structlog
from sqlalchemy import Table

from config.clock import ManualClock
from config.database import metadata, transaction
from config.settings import Settings
from jobs.timetable import TIMETABLE
from service.api.application import make_application
from service.app import Service, open_service
from service.domain.own_id import OwnId
from service.store import accounts, viewer_sessions
from service.use_cases.access.account_life import add_account
from service.web.access_rules import page_routes
from service.web.routes import add_pages
from service.web.viewer import PASSWORD

PLANS, WORKERS, MANAGERS = 3_000, 180, 12
TAKEN_IN = PLANS // 10  # the others are copies of these rows, under other ids: all were decided by the service
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
LIMIT_MS, MOST_BYTES = 200.0, 100_000
SLOW_PAGES = {"/overview": 500.0, "/overview/{name}.csv": 500.0}  # they count everything
MESSAGES = 30  # a plan, over its life
OPEN_ALERTS = ("P1-007", "P2-021", "P3-012")
ROUNDS, BATCH = 5, 400
FOR_ALL = {
    "w-sm": "service_manager", "w-htm": "hub_team_manager", "w-hsm": "hub_service_manager", "w-lead": "service_lead",
    "w-oncall": "on_call_manager", "w-head": "head_of_service", "w-config": "configuration_owner",
}  # fmt: skip
VIEWERS = ("w0-7", "tm-3", "w-hsm", "w-lead", "w-config")
Raw = dict[str, object]
_RANDOM = re.compile("[0-9a-f]{32}")  # an id that is unique by itself


def people() -> Iterator[Raw]:
    """Everybody who works there, and who is in a family."""
    staff = [f"w{number % 10}-{number // 10}" for number in range(WORKERS)] + [
        f"tm-{number}" for number in range(MANAGERS)
    ]
    for name in [*staff, *FOR_ALL]:
        known: Raw = {
            "authority": "dudley",
            "name": f"Name of {name}",
            "kind": "worker",
            "email": f"{name}@example.org",
        }
        yield _event("person.recorded", name, 400, known)
    for name, role in FOR_ALL.items():
        yield _event("role.assigned", None, 400, {"authority": "dudley", "role": role, "person": name}, name)


def history(number: int) -> Iterator[Raw]:
    """One plan: it was opened within a year, its visits and meetings went on, and some of it was late or is open."""
    plan, age, worker = f"P0-{number:03}", 20 + number * 7 % 340, f"w0-{number % (WORKERS // 10)}"
    child = {"ref": f"C0-{number}", "initials": "AB", "date_of_birth": "2012-01-01"}
    yield _event("plan.opened", plan, age, {"authority": "dudley", "child": child, "route": "child_in_need"})
    manager = f"tm-{number % (WORKERS // 10) % MANAGERS}"
    for role, person in (("social_worker", worker), ("team_manager", manager)):
        yield _event("role.assigned", plan, age, {"role": role, "person": person}, role)
    yield _event("assessment.completed", plan, age - 5, {})
    yield _event("meeting.held", plan, age - 12, {"meeting": "initial", "ref": "m-0", "review_every": "6 weeks"})
    behind = 30 if number % 9 == 0 else 3  # days for which nobody came
    for day in range(age - 10, behind, -25):
        yield _event("visit.recorded", plan, day, {"by": worker, "child_seen": True})
    for turn, day in enumerate(range(age - 50, behind, -40), start=1):
        yield _event("meeting.held", plan, day, {"meeting": "review", "ref": f"m-{turn}", "review_every": "6 weeks"})
        yield _event("meeting.uploaded", plan, day - 2, {"ref": f"m-{turn}"})
    action: Raw = {
        "ref": "a-1",
        "what": "x",
        "who": worker,
        "due_on": f"{NOW + timedelta(days=number % 30 - 4):%Y-%m-%d}",
    }
    yield _event("action.agreed", plan, 15, action)
    if number % 50 == 0:
        yield from _breach(plan, age, number)
    if number % 10 == 0 and age > 200:
        yield _event("plan.ended", plan, 10, {"reason": "safe"})


def _breach(plan: str, age: int, number: int) -> Iterator[Raw]:
    """A bottom line that was crossed, and the end of its alert."""
    breach = _crossed(plan, age // 2 + number % 3)
    yield breach
    yield _event("alert.closed", plan, age // 2 - 1, {"alert": str(breach["id"]), "by": "w-hsm", "outcome": "safe"})


def _crossed(plan: str, days_ago: int) -> Raw:
    at = NOW - timedelta(days=days_ago, hours=1)
    return _event("bottom_line.breached", plan, days_ago, {"bottom_line": "x", "at": at.isoformat()})


def _event(event_type: str, subject: str | None, days_ago: int, data: Raw, which: str = "") -> Raw:
    at = NOW - timedelta(days=days_ago, minutes=30)
    name = f"{event_type}-{subject}-{days_ago}-{which}-{data.get('ref', '')}"
    envelope: Raw = {"specversion": "1.0", "id": name, "source": "/bench", "type": event_type, "time": at.isoformat()}
    return envelope | {"data": data} | ({} if subject is None else {"subject": subject})


async def fill(service: Service, clock: ManualClock, file: Path) -> None:
    """Take everything in, look at each plan, and put in what was sent."""
    plans = [raw for number in range(TAKEN_IN) for raw in history(number)]
    raws = [*people(), *sorted(plans, key=lambda raw: str(raw["time"]))]
    for start in range(0, len(raws), BATCH):
        received = await service.receive(raws[start : start + BATCH], looks=0)
        assert not received.rejected, received.rejected[:3]
        _progress(f"{start + BATCH:,} of {len(raws):,} events")
    look = next(tick for tick in TIMETABLE if tick.name == "look")
    while await look.step(service, clock.now()):
        _progress("plans are looked at")
    with sqlite3.connect(file) as database:
        for table in metadata.sorted_tables:
            _copy(database, table)
        database.execute(_SENT, {"most": PLANS * MESSAGES})
    await service.receive([_crossed(plan, 0) for plan in OPEN_ALERTS])
    _progress("")


def _copy(database: sqlite3.Connection, table: Table) -> None:
    """Nine times the rows of a table that are about a plan, each time under other ids of plan, child and worker."""
    rows = database.execute(f"SELECT * FROM {table.name}").fetchall()  # noqa: S608 - a name of ours
    own = next((place for place, column in enumerate(table.c) if column.autoincrement is True), None)
    for number in range(1, 10):
        copies = [
            [None if place == own else _renamed(value, number) for place, value in enumerate(row)]
            for row in rows
            if any(isinstance(value, str) and "P0-" in value for value in row)
        ]
        marks = ", ".join("?" * len(table.c))
        database.executemany(f"INSERT OR IGNORE INTO {table.name} VALUES ({marks})", copies)  # noqa: S608 - likewise


def _renamed(value: object, number: int) -> object:
    if isinstance(value, str):
        return (
            f"{value[:-1]}{number:x}" if _RANDOM.fullmatch(value) else re.sub(r"\b([PCw])0-", rf"\g<1>{number}-", value)
        )
    return value


# What was sent before: a message has a plan, and a worker to whom it went.
_SENT = """INSERT INTO message (id, key, channel, purpose, urgent, plan, authority, role, person, about, template,
  context, at, family, state, attempts, fence, created_at, settled_at, sent_to)
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most)
  SELECT printf('%032d', i), 'k' || i, 'email', 'overdue', 0, printf('P%d-%03d', i % 10, i / 10 % 300), 'dudley',
  'social_worker', printf('w%d-%d', i % 10, i / 10 % 18), '[]', 'overdue', '{"plan": "x", "items": []}',
  datetime('2026-11-02', '-' || (i % 300) || ' days'), 0, 'sent', 1, 1,
  datetime('2026-11-02', '-' || (i % 300) || ' days'), datetime('2026-11-02', '-' || (i % 300) || ' days'),
  printf('w%d-%d@example.org', i % 10, i / 10 % 18) FROM n"""


def _progress(text: str) -> None:
    sys.stderr.write(f"\r\033[K{text}")
    sys.stderr.flush()


@dataclass(frozen=True, slots=True)
class PageCost:
    """What a page took, for whom: milliseconds of processor, and bytes."""

    spent: float
    size: int
    person: str


async def measure(service: Service) -> bool:
    """Load every page to which links lead, for each of several people, and print what it took; whether all is well."""
    app = make_application(service)
    add_pages(app, service)
    routes = [route.path for route in page_routes(app) if "GET" in route.methods]
    patterns = {route: re.compile(re.sub(r"\{[^}]+\}", "[^/]+", route)) for route in routes}
    costs: dict[str, list[PageCost]] = defaultdict(list)
    transport = httpx2.ASGITransport(app=app)
    for person in VIEWERS:
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            client.cookies.set("planwatch-session", await _session_of(service, person))
            async for route, cost in _walk(client, patterns, person):
                costs[route].append(cost)
                _progress(f"{person} {route}")
    _progress("")
    return _printed({route: max(of_route, key=lambda cost: cost.spent) for route, of_route in costs.items()})


async def _walk(
    client: httpx2.AsyncClient, patterns: Mapping[str, re.Pattern[str]], person: str
) -> AsyncIterator[tuple[str, PageCost]]:
    """One page of each route that links from the first page lead to."""
    waiting, seen = ["/"], set[str]()
    while waiting:
        path = waiting.pop(0)
        route = next((name for name, pattern in patterns.items() if pattern.fullmatch(path)), None)
        if route is None or route in seen or route.startswith("/static"):
            continue
        seen.add(route)
        spent, answer = await _spent(client, path)
        assert answer.status_code == 200, (person, path, answer.status_code)
        yield route, PageCost(spent, len(gzip.compress(answer.content)), person)
        waiting += [link.partition("?")[0] for link in re.findall(r'href="(/[^"#]*)"', answer.text)]


async def _session_of(service: Service, person: str) -> str:
    async with transaction(service.sessions) as session:
        own_id, now = OwnId("dudley", person), service.clock.now()
        account = None
        if person == "w-config":  # an auditor, too
            kept = await accounts.of_person(session, own_id)
            if kept is None:
                name = f"{person}@example.org"
                kept = (await add_account(session, service.book, own_id, name, now, auditor=True)).account
            account = kept.id
        return await viewer_sessions.begin(session, own_id, account, PASSWORD, now)


async def _spent(client: httpx2.AsyncClient, path: str) -> tuple[float, httpx2.Response]:
    """Milliseconds of processor that a page takes, all threads together, once it has been loaded.

    The least of five times: other programs on the machine make it dearer, and nothing makes it cheaper.
    """
    answer = await client.get(path, headers={"Accept": "text/html"})
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        answer = await client.get(path, headers={"Accept": "text/html"})
        taken.append((time.process_time() - began) * 1000)
    return min(taken), answer


def _printed(costs: Mapping[str, PageCost]) -> bool:
    kept = True
    print(f"{'page':42} {'ms':>6} {'kB':>6}  for")
    for route, cost in sorted(costs.items(), key=lambda row: -row[1].spent):
        over = cost.spent > SLOW_PAGES.get(route, LIMIT_MS) or cost.size > MOST_BYTES
        kept = kept and not over
        print(f"{route:42} {cost.spent:6.0f} {cost.size / 1000:6.1f}  {cost.person}{'  OVER' if over else ''}")
    return kept


async def main(arguments: Sequence[str]) -> bool:
    """Fill a database, or take the one that is kept, and measure."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory(prefix="pages-") as folder:
        file = Path(arguments[0]) if arguments else Path(folder) / "pages.db"
        is_full, clock = file.exists(), ManualClock(NOW)
        settings = Settings(database_url=f"sqlite+aiosqlite:///{file}")
        service = await open_service(settings, clock=clock, senders={})
        try:
            if not is_full:
                await fill(service, clock, file)
            return await measure(service)
        finally:
            await service.close()


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main(sys.argv[1:])) else 1)
