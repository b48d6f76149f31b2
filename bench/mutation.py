"""Changes every number of every clock in the policies by one, and asks whether a test would notice: it must.

Besides the numbers, the clocks that are words (`same_day`, `next_working_day`) and the ladders are exchanged. A change
is noticed when one of that council's lines in tests/unit/domain/due_dates.py, cases in tests/scenarios or rows of its
table fails. The defaults that all policies share and the recipes for clocks are changed as well (word_mutation.py), and
so are the example policies and the law (table_mutation.py).
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from bench.policy_changes import NUMBERS, Change, changes
from bench.word_mutation import book_with, default_changes, unnoticed_in_recipes
from cli.records import obligation_record
from cli.simulated import told_record
from service.domain.events.event import parse_event
from service.domain.policy import PolicyBook
from service.files.policy_files import PolicyFileError, load_policies, load_policy
from service.files.policy_places import POLICIES
from service.policy_tools.case_table import load_table, tables_beside
from service.policy_tools.run_cases import run_cases
from service.simulation import Simulation
from tests.integration.scenarios import events_of, load, shortfalls
from tests.unit.domain.due_dates import LINES, alert_faults, faults, hour_faults


def noticed(book: PolicyBook, authority: str, cases: Sequence[dict[str, Any]]) -> str | None:
    """The first of a council's lines and cases that fails with a book of policies."""
    for line in LINES:
        if line.authority == authority and (wrong := faults(book, line)):
            return wrong[0]
    if wrong := [*alert_faults(book, authority), *hour_faults(book, authority), *_table_faults(book, authority)]:
        return wrong[0]
    return next((f"scenario {case['title']}" for case in cases if _fails(book, case)), None)


def _table_faults(book: PolicyBook, authority: str) -> list[str]:
    """What is not so of the tables of cases that stand beside a council's policy."""
    tables = tables_beside(POLICIES / f"{authority}.yaml")
    return [str(fault) for table in tables for fault in run_cases(table, load_table(table), book.newest(authority))]


def _fails(book: PolicyBook, case: dict[str, Any]) -> bool:
    events = [parse_event(raw, book.authorities) for raw in events_of(case)]
    simulation = Simulation(book)
    records = [told_record(record, book) for record in simulation.run(events, date.fromisoformat(case["until"]))]
    return bool(shortfalls(case, [*map(obligation_record, simulation.standing()), *records]))


def survives(change: Change, cases: Sequence[dict[str, Any]], folder: Path) -> bool:
    """Whether nothing notices a change. A policy that is refused is noticed, too."""
    file = folder / change.file
    file.write_text(change.text, encoding="utf-8")
    try:
        changed = load_policy(file)
    except PolicyFileError:
        return False
    unchanged = [policy for name in COUNCILS if name != changed.authority for policy in BOOK.versions(name)]
    return noticed(PolicyBook([*unchanged, changed]), changed.authority, cases) is None


BOOK = load_policies()
COUNCILS = sorted(BOOK.authorities)


def unnoticed_in_defaults(scenarios: Sequence[dict[str, Any]]) -> tuple[int, list[str]]:
    """How many changes of the defaults there are, and which of them no council's lines and cases notice."""
    number, left = 0, []
    for name, text in default_changes():
        number += 1
        book = book_with(text)
        if book is not None and all(
            noticed(book, council, [case for case in scenarios if case["authority"] == council]) is None
            for council in COUNCILS
        ):
            left.append(name)
    return number, left


def main() -> bool:
    """Change, ask, print; whether every change was noticed."""
    began = time.perf_counter()
    scenarios = list(load().values())
    survivors: list[Change | str] = []
    for part, (number, left) in {
        "recipes": unnoticed_in_recipes(), "defaults": unnoticed_in_defaults(scenarios)
    }.items():  # fmt: skip
        print(f"{part}: {number} changes, {len(left)} not noticed", flush=True)
        survivors += left
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(POLICIES.glob("*.yaml")):
            cases = [case for case in scenarios if case["authority"] == path.stem]
            sound = noticed(BOOK, path.stem, cases)
            assert sound is None, f"the policies as they are fail: {sound}"
            all_changes = list(changes(path))
            unnoticed = [change for change in all_changes if survives(change, cases, Path(folder))]
            numbers = sum(bool(NUMBERS.search(change.old)) for change in all_changes)
            print(
                f"{path.name}: {len(all_changes)} changes ({numbers} of numbers), {len(unnoticed)} not noticed",
                flush=True,
            )
            survivors += unnoticed
    for change in survivors:
        print(f"not noticed: {change}")
    print(f"{len(survivors)} survivors, {time.perf_counter() - began:.0f} s")
    return not survivors


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
