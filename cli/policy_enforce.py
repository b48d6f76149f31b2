"""`planwatch policy enforce`: put a policy in force because a person says so, an older one too."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.console import out
from cli.database import with_database
from cli.faults import CommandError, plainly
from cli.options import Policies
from config.database import Sessions
from config.env_file import policies_folder
from service.domain.live_policies import LivePolicies
from service.files.policy_files import PolicyFileError
from service.files.policy_folder import PolicyFiles, read_policies
from service.use_cases.policies.put_in_force import Proposed, put_in_force

EXAMPLE = "Example: planwatch policy enforce northmere"


def enforce(
    authority: Annotated[str, typer.Argument(help="The authority whose policy is meant.")], policies: Policies = None
) -> None:
    """Put this machine's policy of an authority in force.

    An older one, too: the way back from a newer one.
    """
    with plainly():
        _put_back(authority, policies or policies_folder())


def _put_back(authority: str, folder: Path | None) -> None:
    """Put the files' policy of one authority in force; `CommandError` where they hold none that can be used."""
    files = read_policies(folder)
    if files.unread or authority in files.refused:
        raise PolicyFileError(files.faults)
    if authority not in files.book.authorities:
        authorities = ", ".join(sorted(files.book.authorities))
        raise CommandError(f"there is no policy of '{authority}' here; there are those of {authorities}")

    async def put(sessions: Sessions, now: datetime) -> Proposed:
        own = PolicyFiles(LivePolicies.of(files.book, [authority]), files.outside & {authority})
        return await put_in_force(sessions, own, now, again=[authority])

    if with_database(put).in_force:
        out.print(f"It is in force for all processes. All plans of {authority} are looked at within ten minutes.")
    else:
        out.print("It is in force already.")
