"""Tell a policy's owner, once, that the day has come on which a document that it rests on is to be read again."""

from collections.abc import Sequence
from datetime import date, datetime

from config.database import Sessions, reading, transaction
from service.domain.calendar import local_day
from service.domain.live_policies import to_read_again
from service.domain.policy import PolicyBook
from service.store import plans
from service.use_cases.operations.notify_operator import OperationsCode, is_notified, notify_operator


async def tell_to_read_again(sessions: Sessions, book: PolicyBook, now: datetime) -> int:
    """Queue a message for the owner of each authority that has plans and such a document. Returns how many are new."""
    due = {name: to_read_again(book.versions(name)[-1], local_day(now)) for name in book.authorities}
    if not any(due.values()):
        return 0
    async with reading(sessions) as session:
        in_use = await plans.in_use(session, [name for name, readings in due.items() if readings])
        untold = [
            name
            for name in in_use
            if not await is_notified(session, OperationsCode.READ_AGAIN, _occasion(name, due[name]), name)
        ]
    for name in untold:
        figures: dict[str, int | str] = {"documents": len(due[name]), "since": due[name][0][1].isoformat()}
        async with transaction(sessions) as session:
            await notify_operator(
                session, book, OperationsCode.READ_AGAIN, _occasion(name, due[name]), now,
                figures=figures, authority=name,
            )  # fmt: skip
    return len(untold)


def _occasion(authority: str, readings: Sequence[tuple[str, date]]) -> str:
    """What is told once: the newest of the days that have passed. A later one is another occasion."""
    return f"{authority}/{max(day for _, day in readings).isoformat()}"
