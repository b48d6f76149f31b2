"""`planwatch bounces`: read returned email from files by hand, where the service reads no mailbox."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from cli.console import out
from cli.database import with_database
from cli.faults import CommandError
from cli.policies_in_force import book_in_force
from config.clock import SystemClock
from config.database import Sessions
from config.settings import Settings
from notifications.mailbox.bounce_box import read_file
from notifications.providers.senders import make_senders
from service.use_cases.delivery.receive_bounce import Taken, take_for_itself
from service.use_cases.delivery.undeliverable import undelivered


def take_files(files: Sequence[Path]) -> None:
    """Take in the email of the files, and print how many were of each kind; no content is shown."""
    missing = [str(path) for path in files if not path.is_file()]
    if missing:
        raise CommandError(f"{missing[0]} is no file: give an mbox, or a file with one email.")
    counts = with_database(partial(_take, files))
    out.print(f"{counts[Taken.RETURNED]} of our messages came back: somebody is told of each.")
    out.print(f"{counts[Taken.NOTED] + counts[Taken.CANARY]} said how far a message has come, or what was known.")
    out.print(
        f"{counts[Taken.STRANGER] + counts[Taken.NO_REPORT]} were not about messages of ours, and changed nothing."
    )
    if counts[Taken.UNREADABLE]:
        out.print(f"{counts[Taken.UNREADABLE]} could not be read: look at them by hand. The log says which.")


async def _take(files: Sequence[Path], sessions: Sessions, now: datetime) -> Counter[Taken]:
    tell = undelivered(await book_in_force(sessions), SystemClock())
    channels = list(make_senders(Settings.load()))
    emails = (returned for path in files for returned in read_file(path))
    return Counter([await take_for_itself(sessions, tell, returned, now, channels) for returned in emails])
