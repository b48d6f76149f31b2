"""`planwatch policy test`: run the tables of cases that stand beside policies, and say which rows are not so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.console import out
from cli.faults import CommandError, plainly
from cli.options import Policies
from config.env_file import policies_folder
from service.files.policy_files import PolicyFileError, load_policy, policy_paths
from service.files.policy_places import SUFFIXES, is_table, shared_paths
from service.policy_tools.case_table import load_table, policy_of, tables_beside
from service.policy_tools.run_cases import run_cases

EXAMPLE = "Example: planwatch policy test our-policy.yaml      All: planwatch policy test"


def run_tables(
    file: Annotated[
        str | None,
        typer.Argument(help="A policy file, a table (.test.yaml) or an authority; by default all.", metavar="FILE"),
    ] = None,
    policies: Policies = None,
) -> None:
    """Run the tables of cases beside policies (NAME.test.yaml).

    Ends with status 1 where a row is not so.
    """
    with plainly():
        if not _all_so(file, policies or policies_folder()):
            raise typer.Exit(1)


def _all_so(name: str | None, folder: Path | None) -> bool:
    """Run tables, and print each row that is not as it should be. `CommandError` where there is no such table."""
    faults, cases = 0, 0
    for path in _tables(name, folder):
        try:
            table = load_table(path)
            policy = load_policy(policy_of(path, table, [folder] if folder else []))
        except PolicyFileError as error:
            lines = [str(fault) for fault in error.faults]
        else:
            lines = [str(fault) for fault in run_cases(path, table, policy)]
            cases += len(table.cases)
        for line in lines:
            out.print(line, style="red", markup=False, soft_wrap=True)
        faults += len(lines)
    ending = f"{faults} {'row is' if faults == 1 else 'rows are'} not so" if faults else "all as they should be"
    out.print(f"{cases} {'case' if cases == 1 else 'cases'}: {ending}")
    return not faults


def _tables(name: str | None, folder: Path | None) -> Sequence[Path]:
    paths = [*policy_paths(folder), *shared_paths(folder)]
    if name is None:
        return [table for path in paths for table in tables_beside(path)]
    if Path(name).suffix in SUFFIXES:
        file = Path(name)
        if not file.is_file():
            raise CommandError(f"there is no file {name}")
        tables = [file] if is_table(file) else tables_beside(file)
    else:
        tables = [table for path in paths if path.stem == name for table in tables_beside(path)]
    if not tables:
        raise CommandError(f"no table stands beside '{name}'; write one into {Path(name).stem}.test.yaml beside it")
    return tables
