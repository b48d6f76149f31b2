"""The on-call manager of the demonstration: texts the code back in the end, where nobody else has confirmed."""

from __future__ import annotations

import asyncio

from cli.demo import story
from cli.demo.cast import holder
from cli.demo.pages.demonstration import Stage
from config.database import reading
from service.domain.policy import PolicyBook
from service.web import board

_BETWEEN_LOOKS = 0.5  # real seconds


async def answer_in_the_end(stage: Stage, book: PolicyBook) -> None:
    """Wait for the hour, then answer the story's bottom line as soon as a text asks for it, unless it is settled."""
    await stage.clock.reach(story.ANSWERED_AT)
    mobile = holder("on_call_manager").mobile
    while await _is_open(stage, book):
        asked = [text.code for text in stage.received.phone(mobile) if text.code and story.CROSSED in text.body]
        if asked:
            await stage.twilio.send_from(mobile, str(asked[-1]))
            return
        await asyncio.sleep(_BETWEEN_LOOKS)


async def _is_open(stage: Stage, book: PolicyBook) -> bool:
    async with reading(stage.sessions) as session:
        return bool(await board.alerts_of(session, book, stage.clock.now(), story.CROSSED))
