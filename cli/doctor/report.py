"""The result of a check, and how the doctor prints it."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.markup import escape

from cli.console import out


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of the doctor's report."""

    check: str
    finding: str
    remedy: str | None = None  # what to do; None: all is well
    advisory: bool = False  # the service does its work even if nobody follows the remedy

    @property
    def fails(self) -> bool:
        """Whether the service cannot do its work because of this."""
        return self.remedy is not None and not self.advisory


def print_report(results: Sequence[CheckResult]) -> int:
    """Print a line for each result, with its remedy below it; return the exit status: 1 if any check fails, else 0."""
    for result in results:
        out.print(f"{_mark(result)}  {result.check:<12} {escape(result.finding)}")
        if result.remedy:
            out.print(f"      do: {escape(result.remedy)}")
    return int(any(result.fails for result in results))


def size_text(number: float) -> str:
    """A number of bytes, in GB or MB."""
    return f"{number / 2**30:.1f} GB" if number >= 2**30 else f"{number / 2**20:.0f} MB"


def _mark(result: CheckResult) -> str:
    if result.remedy is None:
        return "[green]ok[/]  "
    return "[bold red]FAIL[/]" if result.fails else "[yellow]look[/]"
