"""Interrupt: keep messages from going, from a moment on, by whoever wants it and for a reason."""

import re
from datetime import datetime, timedelta

from config.database import Sessions, reading, transaction
from notifications.outbox import suspension
from notifications.outbox.suspension import Kind, Suspension, SuspensionCause
from service.domain.calendar import local
from service.domain.policy import PolicyBook
from service.use_cases.operations.notify_operator import OperationsCode, notify_operator

_NO_FIGURE = re.compile(r"[^A-Za-z0-9_.:/-]|\d{7,}")


async def suspend(
    sessions: Sessions, book: PolicyBook, kind: Kind, reason: str, by: str, now: datetime, last: timedelta | None = None
) -> tuple[Suspension, bool]:
    """Begin a hold or a pause for a person, and whether it is new: one that is open already stays as it is.

    The configuration owner is told of a pause at once, past the pause itself; of a hold with its end.
    """
    async with transaction(sessions) as session:
        for one in await suspension.open_now(session, now):
            if one.kind is kind and one.cause is SuspensionCause.PERSON:
                return one, False
        until = now + last if last else None
        begun = await suspension.begin(session, kind, SuspensionCause.PERSON, reason, by, now, until)
        if kind is Kind.PAUSE:
            figures = figures_of(begun)
            await notify_operator(
                session, book, OperationsCode.PAUSED, str(begun.id), now, figures=figures, urgent=True
            )
        return begun, True


async def end_what_is_over(sessions: Sessions, now: datetime) -> bool:
    """Write down the end of what ended by itself. False: there was nothing to write."""
    async with reading(sessions) as session:
        ids = await suspension.over(session, now)
    if ids:
        async with transaction(sessions) as session:
            await suspension.end(session, ids, suspension.BY_ITSELF, now)
    return bool(ids)


def figures_of(one: Suspension) -> dict[str, int | str]:
    """What the configuration owner is told of one: no free text, which may speak of a person."""
    figures: dict[str, int | str] = {"by": figure(one.by), "since": f"{local(one.since):%Y-%m-%d %H:%M}"}
    if one.until is not None:
        figures["until"] = f"{local(one.until):%Y-%m-%d %H:%M}"
    return figures


def figure(text: str) -> str:
    """A name of this machine in a form in which it can be told."""
    return _NO_FIGURE.sub("_", text)[:60] or "unknown"
