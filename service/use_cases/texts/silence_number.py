"""Silence a number from which a STOP came in: for all who have it, whoever they are and whichever council asks."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service.domain.events.replies import ReplyMeaning, meaning_of
from service.domain.policy import PolicyBook
from service.store import persons, received_stops
from service.use_cases.operations.notify_operator import OperationsCode, notify_operator
from service.use_cases.operations.suspend import figure
from service.use_cases.texts.bind_text import BoundText


def with_the_providers_word(content: str, body: Mapping[str, str]) -> str:
    """The words of a text; with STOP before them where the provider takes them for one, in whatever language."""
    taken_for_stop = body.get("OptOutType", "").strip().upper() == "STOP"
    return f"STOP ({content})" if taken_for_stop and meaning_of(content) is not ReplyMeaning.STOP else content


def is_stop(content: str, bound: Sequence[BoundText]) -> bool:
    """Whether a text asks for no more, with or without the letters of a check-in."""
    return any(meaning_of(words) is ReplyMeaning.STOP for words in (content, *(text.text for text in bound)))


async def silence_number(
    session: AsyncSession, book: PolicyBook, number: str, bound: Sequence[BoundText], at: datetime, now: datetime
) -> None:
    """Note the STOP. Where no check-in of the number has a worker to hear of it, the configuration owner does.

    That is a worker's own phone, for instance: alerts go on by email, and texts after a new decision.
    """
    await received_stops.add(session, number, at)
    if bound:
        return
    for person in await persons.ever_with(session, number):
        figures: dict[str, int | str] = {"person": figure(person.id)}
        await notify_operator(
            session, book, OperationsCode.STOPPED, f"{person.id} {at.isoformat()}", now, figures=figures,
            authority=person.authority, urgent=True,
        )  # fmt: skip
