"""What one look at a plan costs: with 200 events on it, less than 5 ms."""

import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

from service.domain.events.event import Event, parse_event
from service.domain.look import look
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from service.domain.telling.records import Ledger
from service.files.policy_files import load_policies

SIZES = (10, 50, 200)
ROUNDS = 200
LIMIT_MS = 5.0
START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
ROLES = (
    "social_worker",
    "key_professional",
    "team_manager",
    "service_manager",
    "hub_team_manager",
    "hub_service_manager",
)


def history(book: PolicyBook, size: int) -> tuple[list[Event], Directory]:
    """A plan with so many events, some every day: visits, meetings, records, actions, tidily mixed."""
    people = [_event(book, "person.recorded", f"w-{role}", 0, _person()) for role in ROLES]
    child = {"ref": "C-1", "initials": "Q.Z."}
    opened: dict[str, object] = {"authority": "dudley", "child": child, "route": "child_in_need", "risk": "medium"}
    events = [_event(book, "plan.opened", "P-1", 0, opened)]
    events += [_event(book, "role.assigned", "P-1", 0, {"role": role, "person": f"w-{role}"}) for role in ROLES]
    events += [_event(book, *_kind_of(number), day=number) for number in range(1, size - len(events) + 1)]
    return events, Directory.of(people)


def _person() -> dict[str, object]:
    return {"authority": "dudley", "name": "N", "kind": "worker", "email": "n@example.org", "mobile": "+447700900123"}


def _kind_of(number: int) -> tuple[str, str]:
    kinds = (
        "visit.recorded",
        "visit.recorded",
        "meeting.held",
        "meeting.uploaded",
        "action.agreed",
        "action.completed",
    )
    return kinds[number % len(kinds)], "P-1"


def _event(book: PolicyBook, kind: str, subject: str, day: int, data: dict[str, object] | None = None) -> Event:
    when = START + timedelta(days=day)
    ref = f"r{day // 6}"
    usual: dict[str, dict[str, object]] = {
        "visit.recorded": {"by": ("w-social_worker", "w-key_professional")[day % 2]},
        "meeting.held": {"meeting": "initial" if day < 6 else "review", "ref": ref, "review_every": "6 weeks"},
        "meeting.uploaded": {"ref": ref},
        "action.agreed": {
            "ref": ref,
            "what": "x",
            "who": "w-social_worker",
            "due_on": f"{when + timedelta(9):%Y-%m-%d}",
        },
        "action.completed": {"ref": ref},
    }
    name = f"{kind}-{subject}-{day}-{(data or {}).get('role', '')}"
    raw = {"specversion": "1.0", "id": name, "source": "/bench", "type": kind, "subject": subject}
    content = usual[kind] if data is None else data
    return parse_event(raw | {"time": when.isoformat(), "data": content}, book.authorities)


def measure(book: PolicyBook, size: int) -> list[float]:
    """Milliseconds of each of many looks at a plan whose past is told already."""
    events, people = history(book, size)
    now = events[-1].time + timedelta(days=1)
    ledger = look(book, events, people, Ledger(), now).ledger
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        outcome = look(book, events, people, ledger, now)
        taken.append((time.perf_counter() - began) * 1000)
        assert outcome.obligations
    return taken


def main() -> bool:
    """Measure, print; whether the largest plan stays under the limit."""
    book = load_policies()
    median = 0.0
    for size in SIZES:
        taken = measure(book, size)
        median, worst = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
        print(f"look at a plan of {size:>3} events: median {median:5.2f} ms, 99th {worst:5.2f} ms")
    return median < LIMIT_MS


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
