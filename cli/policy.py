"""`planwatch policy`: check a policy, read it aloud, see that nothing is left out, compare two versions.

The commands that write a policy, test it and put it in force have files of their own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.console import err, out
from cli.faults import CommandError, plainly
from cli.options import Policies
from cli.policies import book_of_files
from cli.policy_cases import EXAMPLE as TEST_EXAMPLE
from cli.policy_cases import run_tables
from cli.policy_enforce import EXAMPLE as ENFORCE_EXAMPLE
from cli.policy_enforce import enforce
from cli.policy_new import EXAMPLE as NEW_EXAMPLE
from cli.policy_new import new
from cli.policy_trial import EXAMPLE as TRIAL_EXAMPLE
from cli.policy_trial import trial
from config.clock import SystemClock
from config.env_file import policies_folder
from service.domain.calendar import local_day
from service.domain.events.event import Event, EventFault, names_authority, parse_event
from service.domain.events.vocabulary import Authorities
from service.domain.policy import Policy, PolicyBook
from service.files.event_files import read_events
from service.files.file_lines import ReadLine
from service.files.policy_files import load_each, load_policy, policy_paths
from service.files.policy_places import shared_paths
from service.policy_tools import comparison_table, coverage_table
from service.policy_tools.check import remarks
from service.policy_tools.comparison import Comparison, compare
from service.policy_tools.coverage import COVERAGE, Coverage, coverage_faults, load_coverage
from service.policy_tools.policy_page import as_html, as_text, policy_page
from service.simulation_shares import default_until

app = typer.Typer(
    help="Read, check and compare the authorities' policies.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("new", epilog=NEW_EXAMPLE)(new)
app.command("test", epilog=TEST_EXAMPLE)(run_tables)
app.command("enforce", epilog=ENFORCE_EXAMPLE)(enforce)
app.command("trial", epilog=TRIAL_EXAMPLE)(trial)
_SHOWN_REFUSALS = 5


class Page(StrEnum):
    """How a policy is shown."""

    TEXT = "text"
    HTML = "html"


class Table(StrEnum):
    """How the coverage is printed."""

    TEXT = "text"
    MARKDOWN = "markdown"


class Changes(StrEnum):
    """How a comparison is printed."""

    TEXT = "text"
    JSONL = "jsonl"


Authority = Annotated[str, typer.Argument(help="An authority that is built in, or a policy file.", metavar="AUTHORITY")]


@app.command(
    "check", epilog="Example: planwatch policy check our-policy.yaml      All built-in ones: planwatch policy check"
)
def check(
    file: Annotated[Path | None, typer.Argument(help="A policy file; by default all that this machine has.")] = None,
    policies: Policies = None,
) -> None:
    """Tell every fault and warning, with its line.

    Ends with status 1 when there are faults; with 0 for warnings.
    """
    with plainly():
        folder = policies or policies_folder()
        files = [file] if file is not None else [*policy_paths(folder), *shared_paths(folder)]
    today = local_day(SystemClock().now())
    loaded, every_fault = load_each(files)
    for fault in every_fault:
        out.print(str(fault), style="red", markup=False)
    counts = [_look_at(path, policy, today) for path, policy in loaded.items()]
    faults, warned = len(every_fault) + sum(count for count, _ in counts), sum(count for _, count in counts)
    out.print(f"{_count(len(files), 'policy', 'policies')}: {_count(faults, 'fault')}, {_count(warned, 'warning')}")
    if faults:
        raise typer.Exit(1)


@app.command(
    "show",
    epilog="Example: planwatch policy show our-policy.yaml      A page to send round: planwatch policy show "
    "AUTHORITY --format html > policy.html",
)
def show(
    authority: Authority,
    output: Annotated[
        Page, typer.Option("--format", help="Text, or one page that can be printed and sent.")
    ] = Page.TEXT,
    on: Annotated[str | None, typer.Option(help="The version in force on this day (today).", metavar="DATE")] = None,
    policies: Policies = None,
) -> None:
    """Read a policy aloud: each rule in plain English.

    Each is shown with where it comes from and whose its number is.
    """
    with plainly():
        page = policy_page(_policy(authority, _day(on), policies))
        sys.stdout.write(as_html(page) if output is Page.HTML else as_text(page))


@app.command("coverage", epilog="Example: planwatch policy coverage --format markdown > docs/coverage.md")
def coverage(
    authority: Annotated[str | None, typer.Option(help="Only this authority.", metavar="AUTHORITY")] = None,
    output: Annotated[Table, typer.Option("--format", help="Text, or Markdown for a document.")] = Table.TEXT,
    policies: Policies = None,
) -> None:
    """Say what answers each sentence of the guidance.

    Or why nothing does. Ends with status 1 when a sentence has no answer.
    """
    with plainly():
        folder = policies or policies_folder()
        book, coverages = book_of_files(folder), load_coverage()
        coverages |= load_coverage(folder / COVERAGE.name) if folder else {}
        chosen = _chosen(coverages, book, authority)
        table = coverage_table.markdown if output is Table.MARKDOWN else coverage_table.text
        sys.stdout.write(table(chosen, book))
    faults = [fault for fault in coverage_faults(coverages, book) if fault.split(":")[0] in (authority, *chosen)]
    for fault in faults:
        err.print(fault, style="red", markup=False)
    if faults:
        raise typer.Exit(1)


@app.command("diff", epilog="Example: planwatch policy diff old.yaml new.yaml --events last-year.jsonl")
def diff(
    before: Annotated[str, typer.Argument(help="A policy file, or an authority that is built in.", metavar="A")],
    after: Annotated[str, typer.Argument(help="The version to compare it with.", metavar="B")],
    more: Annotated[list[Path] | None, typer.Argument(help="More files of events.", metavar="[FILE...]")] = None,
    events: Annotated[
        list[Path] | None, typer.Option(help="The history: files of events, .jsonl or .csv.", metavar="FILE...")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="The last day (a year after the last event).", metavar="DATE")
    ] = None,
    output: Annotated[Changes, typer.Option("--format", help="A table, or JSON Lines for programs.")] = Changes.TEXT,
    policies: Policies = None,
) -> None:
    """Say what two versions send over the same history.

    Shows what each person would have had more, fewer, earlier or later.
    """
    with plainly():
        files = [*(events or ()), *(more or ())]
        if not files:
            raise CommandError("give the history to compare over: --events FILE...")
        old, new = _policy(before, _day(None), policies), _policy(after, _day(None), policies)
        if old.authority != new.authority:
            whose = f"'{before}' is for {old.authority}, '{after}' for {new.authority}"
            raise CommandError(f"{whose}: they have no history in common")
        book = book_of_files(policies)
        policies_here = [policy for name in book.authorities for policy in book.versions(name)]
        authorities = PolicyBook([*policies_here, old, new]).authorities
        history = _history(files, old.authority, authorities)
        comparison = compare(old, new, history, _day(until) if until else default_until(history, authorities))
        sys.stdout.write(comparison_table.text(comparison) if output is Changes.TEXT else "".join(_lines(comparison)))


def _look_at(path: Path, policy: Policy, today: date) -> tuple[int, int]:
    """Print what is wrong with a policy that can be read, and what is probably not meant; how many of each."""
    policy_remarks = remarks(path, policy, today)
    for fault in policy_remarks.faults:
        out.print(str(fault), style="red", markup=False)
    for warning in policy_remarks.warnings:
        text = f"{warning.file}:{warning.line}: warning: {warning.field}: {warning.detail}"
        out.print(text, style="yellow", markup=False)
    return len(policy_remarks.faults), len(policy_remarks.warnings)


def _policy(name: str, on: date, folder: Path | None) -> Policy:
    """The policy of a file, shared rules, or an authority's version in force on a day; `CommandError` if it is none."""
    shared = {path.stem: path for path in shared_paths(folder or policies_folder())}
    if Path(name).suffix in (".yaml", ".yml") or name in shared:
        return load_policy(shared.get(name, Path(name)))
    book = book_of_files(folder)
    if name in book.authorities:
        return book.in_force(name, on)
    raise CommandError(f"'{name}' is neither a policy file (.yaml) nor one of {', '.join(sorted(book.authorities))}")


def _day(text: str | None) -> date:
    if text is None:
        return local_day(SystemClock().now())
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"'{text}' is not a date; write it like 2026-11-30") from None


def _chosen(coverages: dict[str, Coverage], book: PolicyBook, authority: str | None) -> dict[str, Coverage]:
    if authority is not None and authority not in coverages:
        raise CommandError(f"'{authority}' has no coverage file; there are {', '.join(sorted(coverages))}")
    names = [authority] if authority is not None else sorted(coverages)
    return {name: coverages[name] for name in names if name in book.authorities}


def _history(files: Sequence[Path], authority: str, authorities: Authorities) -> list[Event]:
    """The events of files that concern an authority; refused lines are printed on standard error."""
    outcomes = [_event(line, path, authorities) for path in files for line in read_events(path)]
    _print_refused([outcome for outcome in outcomes if isinstance(outcome, str)])
    events = (outcome for outcome in outcomes if isinstance(outcome, Event))
    return [event for event in events if names_authority(event) in (None, authority)]


def _event(line: ReadLine, path: Path, authorities: Authorities) -> Event | str:
    """The event of a line, or the place of the line and what is wrong with it."""
    if line.fault is not None:
        return f"{path}:{line.line_no}: line: {line.fault}"
    try:
        return parse_event(line.raw, authorities)
    except EventFault as fault:
        return f"{path}:{line.line_no}: {fault.field}: {fault.detail}"


def _print_refused(refused: Sequence[str]) -> None:
    for line in refused[:_SHOWN_REFUSALS]:
        err.print(line, markup=False)
    if refused:
        err.print(f"{_count(len(refused), 'line')} left out", markup=False)


def _lines(comparison: Comparison) -> Iterator[str]:
    records: Iterable[object] = comparison_table.records(comparison)
    return (json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def _count(number: int, singular: str, plural: str | None = None) -> str:
    return f"{number or 'no'} {singular if number == 1 else plural or singular + 's'}"
