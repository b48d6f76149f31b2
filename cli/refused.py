"""What a person at a terminal is told of lines that were refused."""

import sys
from collections.abc import Iterable

from cli.faults import CommandError
from service.files.rejected_lines import RejectedLines


def tell_refused(files: Iterable[RejectedLines], strict: bool) -> None:
    """Print how many lines of each file were refused, and for which reasons, on standard error.

    Ends with status 1 where there are any and `strict` says so. Raises a CommandError where refused lines could not be
    written down.
    """
    everything = list(files)
    for line in (line for rejected in everything for line in rejected.summary()):
        print(line, file=sys.stderr)
    refused = [rejected for rejected in everything if rejected.count]
    if unwritten := [str(rejected.path) for rejected in refused if rejected.fault]:
        places = ", ".join(unwritten)
        raise CommandError(
            f"refused lines are in no file, as {places} cannot be written; all others were taken. Copy the file to a "
            "folder that you may write to, and give it again: what was taken is a duplicate"
        )
    if refused and strict:
        sys.exit(1)
