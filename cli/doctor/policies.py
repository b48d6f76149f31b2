"""Whether the policies can be used, and whether their documents are current."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from cli.doctor.checked import Checked
from config.clock import SystemClock
from config.settings import Settings
from service.domain.calendar import local_day
from service.domain.policy import PolicyBook
from service.files.policy_files import PolicyFileError, load_policies
from service.policy_tools.warnings import review_day


async def check(settings: Settings) -> Sequence[Checked]:
    """The built-in ones, on this day."""
    return await asyncio.to_thread(looked_through, None, local_day(SystemClock().now()))


def looked_through(folder: Path | None, today: date) -> Sequence[Checked]:
    """Faults; else whose they are, and those whose document was to be reviewed by a day that has passed."""
    try:
        book = load_policies(folder)
    except PolicyFileError as error:
        do = f"mend {error.faults[0]}; see: planwatch policy check"
        return [Checked("policies", f"{len(error.faults)} faults", do)]
    return [Checked("policies", f"of {', '.join(sorted(book.authorities))}"), *_passed(book, today)]


def _passed(book: PolicyBook, today: date) -> Iterator[Checked]:
    for authority in sorted(book.authorities):
        until = review_day(book.versions(authority)[-1].document.review_by)
        if until is not None and until < today:
            do = "ask the authority for the newer one; the rules stay in force meanwhile"
            yield Checked("policies", f"{authority}: its document was to be reviewed by {until}", do, works=True)
