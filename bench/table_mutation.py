"""Changes the numbers and words of the example policies and of the law, one by one: a policy's own table must notice.

A change is noticed when a row of the table of cases beside the policy fails, or when the policy is refused.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.policy_changes import Change, changes
from service.files.policy_files import PolicyFileError, load_policy
from service.files.policy_places import POLICIES, is_table
from service.policy_tools.case_table import CaseTable, load_table, tables_beside
from service.policy_tools.run_cases import run_cases

EXAMPLES = POLICIES.parent.parent / "docs" / "examples" / "policies"
LAW = POLICIES / "shared" / "england_2026.yaml"
# Its clock needs an interval, and the fact that opens it agrees the same one: to change the first changes nothing.
_SAID_TWICE = (LAW.name, "every: 6 weeks")


def paths() -> list[Path]:
    """The policies that are proved by tables alone."""
    return [LAW, *sorted(path for path in EXAMPLES.glob("*.yaml") if not is_table(path))]


def unnoticed_in(path: Path) -> tuple[int, list[str]]:
    """How many changes of a policy there are, and which of them its tables do not notice."""
    tables = [(table, load_table(table)) for table in tables_beside(path)]
    number, left = 0, []
    with tempfile.TemporaryDirectory() as folder:
        beside = Path(folder) / path.parent.name
        shutil.copytree(path.parent, beside)
        for change in _each_once(changes(path)):
            if (path.name, change.old) == _SAID_TWICE:
                continue
            number += 1
            if not _noticed(change, beside / path.name, tables):
                left.append(str(change))
    return number, left


def _each_once(all_changes: Iterator[Change]) -> list[Change]:
    return list({change.text: change for change in all_changes}.values())


def _noticed(change: Change, file: Path, tables: list[tuple[Path, CaseTable]]) -> bool:
    file.write_text(change.text, encoding="utf-8")
    try:
        policy = load_policy(file)
    except PolicyFileError:
        return True
    return any(run_cases(table, cases, policy) for table, cases in tables)


def unnoticed() -> Iterator[tuple[str, int, list[str]]]:
    """For each of the policies its name, how many changes there are, and those that nothing notices."""
    for path in paths():
        number, left = unnoticed_in(path)
        yield path.name, number, left


def main() -> bool:
    """Change, ask, print; whether every change was noticed."""
    survivors: list[str] = []
    for name, number, left in unnoticed():
        print(f"{name}: {number} changes, {len(left)} not noticed", flush=True)
        survivors += left
    for change in survivors:
        print(f"not noticed: {change}")
    return not survivors


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
