"""`planwatch erase`: say what would go of an authority, ask, and erase it."""

from datetime import datetime

from rich.table import Table

from cli.console import err, out, user
from cli.database import with_database
from cli.faults import CommandError
from config.database import Sessions
from config.settings import Settings
from service.files.policy_folder import PolicyFiles, read_policies
from service.use_cases.operations.erase_authority import Erased, NotErasableError, erase_authority, what_would_go


def erase(authority: str, *, sure: bool) -> None:
    """Print what erasing an authority takes, ask unless `sure`, and do it. A CommandError where it cannot be done."""
    files = read_policies(folder := Settings.load().policies)
    if authority in files.outside:
        raise CommandError(
            f"{folder} holds a policy of {authority}, which the next start would put in force again: take the file "
            "away on every machine first"
        )

    async def try_it(sessions: Sessions, now: datetime) -> Erased:
        return await what_would_go(sessions, authority, now)

    async def do_it(sessions: Sessions, now: datetime) -> Erased:
        return await erase_authority(sessions, authority, user(), now)

    try:
        expected = with_database(try_it, patient=True)
        if not expected.rows:
            raise CommandError(f"nothing is stored of {authority}: write it as `planwatch policy show` does")
        _print(expected)
        if not sure and not _agreed(authority):
            raise CommandError("nothing was changed")
        erased = with_database(do_it, patient=True)
    except NotErasableError as reason:
        raise CommandError(str(reason)) from None
    out.print(f"{sum(erased.rows.values()):,} rows of {authority} are erased.")
    _tell_what_is_left(authority, files)


def _print(erased: Erased) -> None:
    table = Table("table", "rows that go")
    for name, number in erased.rows.items():
        table.add_row(name, f"{number:,}")
    out.print(table)


def _agreed(authority: str) -> bool:
    try:
        return input("None of this can be brought back. Type the authority's name to erase it: ").strip() == authority
    except EOFError:
        raise CommandError("nothing was changed: nobody is there to be asked, say --yes") from None


def _tell_what_is_left(authority: str, files: PolicyFiles) -> None:
    err.print(
        "Backups, logs, exported files and the providers keep what they have: "
        "planwatch docs operations says what to do about each."
    )
    if authority in files.book.authorities:
        err.print(
            f"The policy of {authority} is built into planwatch: the next start puts it in force again, with nobody "
            "in it."
        )
