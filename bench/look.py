"""What one look at a plan costs, in milliseconds of processor: alone, and where one look follows another.

It grows with the events, and not with their square: 50, 200 and 500 events have marks, 2,000 and 10,000 are printed.
"""

import gc
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from service.domain.events.event import Event, parse_event
from service.domain.look import Look, look
from service.domain.people.directory import Directory
from service.domain.policy import PolicyBook
from service.domain.telling.records import Ledger
from service.files.policy_files import load_policies
from service.simulation import Simulation

MARKS_MS = {50: 1.0, 200: 3.0, 500: 8.0, 2_000: None, 10_000: None}  # events on a plan → not more than
IN_SIMULATION_MS = 0.3
PLANS, YEAR = 8, 50  # plans in the simulation, and events on each
ROUNDS, _LONG_ENOUGH_MS = 5, 3_000
START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
STAFF = (
    "social_worker", "key_professional", "team_manager", "service_manager", "hub_team_manager", "hub_service_manager",
    "on_call_manager", "configuration_owner",
)  # fmt: skip
_AN_HOUR_LATER = ("alert.closed", "visit.shared")  # than the event before, to which they belong
_SHARED = 17
Raw = dict[str, object]
Data = Mapping[str, object]


def people() -> Iterator[Raw]:
    """Staff, and family who may be texted."""
    for number, role in enumerate((*STAFF, "second_worker")):
        known = {"authority": "dudley", "name": "N", "kind": "worker", "email": f"w{number}@example.org"}
        yield _raw("person.recorded", f"w-{role}", 0, known | {"mobile": f"+4477009001{number:02}"})
    for number, family in enumerate(("f-nan", "f-dad")):
        known = {"authority": "dudley", "name": "N", "kind": "family", "mobile": f"+4477009002{number:02}"}
        yield _raw("person.recorded", family, 0, known)
        yield _raw("contact.decided", family, 0, {"decision": "allow", "decided_by": "w-social_worker"})


def plan(size: int, name: str = "P-1", days: float = 1) -> Iterator[Raw]:
    """A plan with so many events, one every so many days: visits, meetings, actions, check-ins, breaches, roles."""
    opened = {"authority": "dudley", "child": {"ref": f"C-{name}", "initials": "Q.Z."}, "route": "child_in_need"}
    yield _raw("plan.opened", name, 0, opened | {"risk": "medium"})
    yield from (_raw("role.assigned", name, 0, {"role": role, "person": f"w-{role}"}) for role in STAFF)
    yield _raw("role.assigned", name, 0, {"role": "network_member", "person": "f-nan"})
    for number in range(1, size - len(STAFF) - 1):
        kind, data = _happening(number, (START + timedelta(days=number * days)).date())
        after = (number - 1) * days + 1 / 24 if kind in _AN_HOUR_LATER else number * days
        yield _raw(kind, name, after, data, f"e{number}")


def _happening(number: int, day: date) -> tuple[str, Data]:
    """The so-manieth event of a plan: of twenty in turn eight are visits, the rest what goes around them."""
    turn, place = divmod(number, 20)
    ref, worker = f"r{turn}", "w-social_worker" if turn % 3 else "w-second_worker"
    others: dict[int, tuple[str, Data]] = {
        1: ("meeting.held", {"meeting": "initial" if turn == 0 else "review", "ref": ref, "review_every": "6 weeks"}),
        2: ("meeting.uploaded", {"ref": ref}),
        5: ("action.agreed", {"ref": ref, "what": "x", "who": worker, "due_on": f"{day + timedelta(9)}"}),
        7: ("check_ins.started", {"people": ["f-nan"], "days": ["tue"], "at": "17:00"}),
        8: ("check_in.replied", {"person": "f-nan", "text": "1"}),
        9: ("check_ins.stopped", {"by": worker}),
        10: ("action.completed", {"ref": ref}),
        11: ("bottom_line.breached", {"bottom_line": "b", "at": f"{day}T09:00:00+00:00"}),
        12: ("alert.closed", {"alert": f"e{number - 1}", "by": worker, "outcome": "x"}),
        13: ("hub.notified", {"alert": f"e{number - 2}", "by": worker}),
        14: ("risk.changed", {"direction": ("down", "up")[turn % 2], "to": ("medium", "high")[turn % 2]}),
        16: ("role.assigned", {"role": "social_worker", "person": worker}),
        18: ("visit.shared", {"visit": f"e{number - 1}"}),
    }
    visitor = "w-key_professional" if place == _SHARED else worker
    return others.get(place, ("visit.recorded", {"by": visitor, "child_seen": True}))


def _raw(kind: str, subject: str, day: float, data: Data, name: str = "") -> Raw:
    envelope: Raw = {"specversion": "1.0", "source": f"/bench/{subject}", "type": kind, "subject": subject}
    envelope["id"] = name or f"{kind}-{data.get('role', '')}{data.get('person', '')}"
    return envelope | {"time": (START + timedelta(days=day)).isoformat(), "data": data}


def best(task: Callable[[], object], times: int = 1) -> float:
    """Milliseconds of processor that a task takes, in the best of some rounds."""
    taken: list[float] = []
    while len(taken) < ROUNDS and sum(taken) * times < _LONG_ENOUGH_MS:
        began = time.process_time()
        for _ in range(times):
            task()
        taken.append((time.process_time() - began) / times * 1000)
    return min(taken)


def measure(book: PolicyBook, size: int) -> float:
    """Milliseconds of a look at a plan whose past is told already."""
    directory = Directory.of(parsed(book, people()))
    events = parsed(book, plan(size))
    now = events[-1].time + timedelta(days=1)

    def once(ledger: Ledger) -> Look:
        return look(book, events, directory, ledger, now)

    ledger = once(Ledger()).ledger
    assert once(ledger).obligations
    return best(lambda: once(ledger), max(1, 1_000 // size))


def parsed(book: PolicyBook, raws: Iterator[Raw]) -> Sequence[Event]:
    """The events that these make."""
    return [parse_event(raw, book.authorities) for raw in raws]


class _Counted(Simulation):
    """A simulation that counts its looks."""

    looks = 0

    def _look(self, *of_plan: object) -> Look:
        self.looks += 1
        return super()._look(*of_plan)  # type: ignore[arg-type]


def measure_in_simulation(book: PolicyBook) -> tuple[int, float]:
    """How many looks some plans' year takes, and milliseconds of each."""
    raws = [*people(), *(raw for number in range(PLANS) for raw in plan(YEAR, f"P-{number}", days=8))]
    taken, looks = [], 0
    gc.disable()  # as `planwatch simulate` does
    for _ in range(3):
        events = parsed(book, iter(raws))
        simulation = _Counted(book)
        began = time.process_time()
        told = list(simulation.run(events, (START + timedelta(days=365)).date()))
        looks = simulation.looks
        taken.append((time.process_time() - began) / looks * 1000)
        assert told
    gc.enable()
    return looks, min(taken)


def main() -> bool:
    """Measure, print; whether all stays under its mark."""
    book, kept = load_policies(), True
    for size, mark in MARKS_MS.items():
        taken = measure(book, size)
        print(f"look at a plan of {size:>6,} events: {taken:8.2f} ms")
        kept = kept and (mark is None or taken < mark)
    looks, taken = measure_in_simulation(book)
    print(f"look in a simulation of {PLANS} plans, {looks:,} looks: {taken:.3f} ms")
    return kept and taken < IN_SIMULATION_MS


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
