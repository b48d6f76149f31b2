"""`planwatch policy trial`: what a changed file would have sent otherwise, over all plans of the database."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.console import err
from cli.database import with_database
from cli.faults import CommandError, plainly
from cli.policies_in_force import book_in_force
from config.database import Sessions
from service.domain.calendar import local_day
from service.files.policy_files import load_policy
from service.policy_tools import comparison_table
from service.policy_tools.live_comparison import LiveComparison, compare_live

EXAMPLE = "Example: planwatch policy trial northmere.yaml"


def trial(file: Annotated[Path, typer.Argument(help="A changed policy file of an authority that has plans.")]) -> None:
    """Say what a changed file would have sent otherwise.

    Compares it with the policy in force, over all running plans in the database and the last quarter. It takes minutes
    for thousands of plans, and puts nothing in force.
    """
    with plainly():
        changed = load_policy(file)

        async def compared(sessions: Sessions, now: datetime) -> LiveComparison:
            book = await book_in_force(sessions)
            if changed.authority not in book.authorities:
                raise CommandError(f"no policy of '{changed.authority}' is in force here")
            in_force = book.in_force(changed.authority, local_day(now))
            return await compare_live(sessions, in_force, changed, now, within=None)

        live = with_database(compared)
        err.print(f"Compared over the facts of {len(live.compared)} running plans, since {live.since}.", markup=False)
        sys.stdout.write(comparison_table.text(live.comparison))
