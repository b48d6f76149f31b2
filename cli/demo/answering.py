"""The on-call manager of the demonstration: texts the code back in the end, where nobody else has confirmed."""

from __future__ import annotations

from cli.demo import story
from cli.demo.cast import holder
from cli.demo.stage import Stage
from config.database import reading
from service.domain.policy import PolicyBook
from service.web import board


async def answer_in_the_end(stage: Stage, book: PolicyBook) -> None:
    """Wait for the hour, and answer the last text about the story's bottom line if that is still open."""
    await stage.clock.reach(story.ANSWERED_AT)
    async with reading(stage.sessions) as session:
        alerts = await board.alerts_of(session, book, stage.clock.now(), story.CROSSED)
    mobile = holder("on_call_manager").mobile
    asked = [text.code for text in stage.received.phone(mobile) if text.code and story.CROSSED in text.body]
    if alerts and asked:
        await stage.twilio.send_from(mobile, str(asked[-1]))
