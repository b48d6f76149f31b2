"""Suspend: hold or pause messages from now on, with a reason and the name of the person who asks for it."""

import re
from datetime import datetime, timedelta

from config.database import Sessions, reading, transaction
from notifications.outbox import suspension
from notifications.outbox.suspension import Kind, Suspension, SuspensionCause
from service.domain.calendar import local
from service.domain.policy import PolicyBook
from service.use_cases.operations.notify_operator import OperationsCode, notify_operator

_NOT_IN_A_FIGURE = re.compile(r"[^A-Za-z0-9_.:/-]|\d{7,}")


async def suspend(
    sessions: Sessions,
    book: PolicyBook,
    kind: Kind,
    reason: str,
    by: str,
    now: datetime,
    duration: timedelta | None = None,
) -> tuple[Suspension, bool]:
    """Begin a hold or a pause for a person. Returns it, and whether it is new: an open one stays as it is.

    A pause ends after its `duration`; None: when a person ends it. The configuration owner is told of a pause at once,
    in spite of the pause, and of a hold when it ends.
    """
    async with transaction(sessions) as session:
        for period in await suspension.open_now(session, now):
            if period.kind is kind and period.cause is SuspensionCause.PERSON:
                return period, False
        until = now + duration if duration else None
        begun = await suspension.begin(session, kind, SuspensionCause.PERSON, reason, by, now, until)
        if kind is Kind.PAUSE:
            figures = figures_of(begun)
            await notify_operator(
                session, book, OperationsCode.PAUSED, str(begun.id), now, figures=figures, urgent=True
            )
        return begun, True


async def end_what_is_over(sessions: Sessions, now: datetime) -> bool:
    """Record the end of suspensions whose time is over. False: there were none."""
    async with reading(sessions) as session:
        ids = await suspension.over(session, now)
    if ids:
        async with transaction(sessions) as session:
            await suspension.end(session, ids, suspension.BY_ITSELF, now)
    return bool(ids)


def figures_of(period: Suspension) -> dict[str, int | str]:
    """What the configuration owner is told of a suspension: no free text, which may be about a person."""
    figures: dict[str, int | str] = {"by": figure(period.by), "since": f"{local(period.since):%Y-%m-%d %H:%M}"}
    if period.until is not None:
        figures["until"] = f"{local(period.until):%Y-%m-%d %H:%M}"
    return figures


def figure(text: str) -> str:
    """A user's or a machine's name, in a form that may be told."""
    return _NOT_IN_A_FIGURE.sub("_", text)[:60] or "unknown"
