"""`planwatch policy new`: ask what the document says, and lay down a policy file and its table of cases."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from cli.console import out
from cli.faults import CommandError, plainly
from config.clock import SystemClock
from config.env_file import policies_folder
from service.domain.calendar import local_day
from service.domain.harm_words import named_harms
from service.files.policy_files import PolicyFileError, load_policy
from service.policy_tools.case_table import load_table
from service.policy_tools.new_policy import QUESTIONS, Question, cases_text, policy_text
from service.policy_tools.run_cases import run_cases

EXAMPLE = (
    "Example: planwatch policy new      Without questions: planwatch policy new --authority northmere "
    '--council "Northmere Council" --help-line "the systems desk, extension 4100" --document "Keeping plans alive"'
)


def new(
    authority: Annotated[str | None, typer.Option(help="The short name in events.", metavar="NAME")] = None,
    council: Annotated[str | None, typer.Option(help="The council's name.", metavar="TEXT")] = None,
    help_line: Annotated[str | None, typer.Option(help="Whom workers ask about planwatch.", metavar="TEXT")] = None,
    document: Annotated[str | None, typer.Option(help="The document's title.", metavar="TEXT")] = None,
    issued: Annotated[str | None, typer.Option(help="When it was issued.", metavar="TEXT")] = None,
    review_by: Annotated[str | None, typer.Option(help="By when it is reviewed.", metavar="DATE")] = None,
    in_force_from: Annotated[str | None, typer.Option(help="From which day (today).", metavar="DATE")] = None,
    read_again: Annotated[str | None, typer.Option(help="When it is read again (in a year).", metavar="DATE")] = None,
    visit_every: Annotated[str | None, typer.Option(help="How often visits are made.", metavar="TIME")] = None,
    review_every: Annotated[str | None, typer.Option(help="How often the plan is reviewed.", metavar="TIME")] = None,
    copies_within: Annotated[str | None, typer.Option(help="By when copies are given.", metavar="TIME")] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where the file goes [PLANWATCH_POLICIES, or here].", metavar="FOLDER")
    ] = None,
) -> None:
    """Ask what a document says, and lay down a policy file.

    A table of cases stands beside it, for `policy test`.
    """
    answers = {
        "authority": authority, "council": council, "help-line": help_line, "document": document, "issued": issued,
        "review-by": review_by, "in-force-from": in_force_from, "read-again": read_again, "visit-every": visit_every,
        "review-every": review_every, "copies-within": copies_within,
    }  # fmt: skip
    with plainly():
        _lay_down(answers, folder or policies_folder() or Path(), local_day(SystemClock().now()))


def _lay_down(answers: Mapping[str, str | None], folder: Path, today: date) -> None:
    """Write NAME.yaml and NAME.test.yaml into a folder, with what is missing asked at a terminal.

    `CommandError` where something is missing and nobody can be asked, an answer is of no use, or the file is there.
    """
    at_terminal = sys.stdin.isatty()
    missing = [
        f"--{question.name}" for question in QUESTIONS if question.default is None and not answers.get(question.name)
    ]
    if missing and not at_terminal:
        raise CommandError(f"nobody is there to be asked: say {', '.join(missing)}")
    facts = {question.name: _answer(question, answers.get(question.name), today, at_terminal) for question in QUESTIONS}
    policy, table = (folder / f"{facts['authority']}{ending}" for ending in (".yaml", ".test.yaml"))
    for path in (policy, table):
        if path.exists():
            raise CommandError(f"{path} is there already, and stays as it is")
    _write(policy, policy_text(facts))
    _write(table, cases_text(facts))
    faults = _faults(policy, table)
    if faults:
        policy.unlink()
        table.unlink()
        raise CommandError("with these answers the file would be faulty:\n  " + "\n  ".join(faults))
    out.print(f"{policy} and {table} are written. What comes next:", soft_wrap=True)
    for word in ("check", "test", "show"):
        out.print(f"  planwatch policy {word} {policy}", soft_wrap=True)


def _faults(path: Path, table: Path) -> list[str]:
    try:
        policy = load_policy(path)
        cases = run_cases(table, load_table(table), policy)
    except PolicyFileError as error:
        return [str(fault) for fault in error.faults]
    return [*(f"{harm.field}: {harm.detail}" for harm in named_harms(policy)), *map(str, cases)]


def _answer(question: Question, given: str | None, today: date, at_terminal: bool) -> str:
    """The answer that was given, or is given now; asked again as long as it is of no use."""
    default = question.default_on(today)
    ask: Callable[[], str] | None = None
    if at_terminal and given is None:
        ask = lambda: typer.prompt(question.words, default=default, err=True)  # noqa: E731
    answer = given or (ask() if ask else default) or ""
    while (fault := question.fault(answer)) is not None:
        if ask is None:
            raise CommandError(f"--{question.name}: '{answer}' {fault}")
        out.print(f"'{answer}' {fault}", style="red", markup=False)
        answer = ask()
    return answer


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or type(error).__name__}") from None
