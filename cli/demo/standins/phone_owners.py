"""People with phones: they answer texts as the story has it, where the visitor was not quicker."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from cli.demo.data.caseload import Reply
from cli.demo.standins.arrivals import Arrivals
from cli.demo.standins.sms_provider import SmsProvider
from config.clock import Clock

_TIME_TO_ANSWER = timedelta(hours=2)
_BETWEEN_LOOKS = 0.2  # real seconds
# An alert is told every half an hour until it is settled: a code older than this waits for nobody.
_CODE_IS_FRESH = timedelta(hours=1)


class PhoneOwners:
    """They answer through the provider, as people do."""

    def __init__(self, replies: Sequence[Reply], clock: Clock, arrivals: Arrivals, provider: SmsProvider) -> None:
        self._all, self._to_come = replies, list(replies)
        self._clock, self._arrivals, self._provider = clock, arrivals, provider
        self._answering = asyncio.Lock()

    def halts(self, after: datetime, before: datetime) -> list[datetime]:
        """Where a skipping clock must stand for a while: texts, their answers, and the end of the time to answer."""
        ends = {reply.asked_at + _TIME_TO_ANSWER + timedelta(minutes=1) for reply in self._all}
        halts = ends | {moment for reply in self._all for moment in (reply.asked_at, reply.at)}
        return sorted(halt for halt in halts if after < halt < before)

    async def run(self) -> None:
        """Answer as the hours come; ends only by being cancelled."""
        while True:
            await self.answer()
            await asyncio.sleep(_BETWEEN_LOOKS)

    async def answer(self) -> None:
        """Send what is to be answered by now to texts that have arrived."""
        async with self._answering:
            now = self._clock.now()
            for reply in [reply for reply in self._to_come if reply.at <= now]:
                texts = [text for text in self._arrivals.phone(reply.person.mobile) if text.at >= reply.asked_at]
                asking = [text for text in texts if not text.theirs and reply.about in text.body]
                if reply.text is None:
                    asking = [text for text in asking if text.code and now - text.at < _CODE_IS_FRESH]
                if asking and not any(text.theirs for text in texts):
                    await self._provider.send_from(reply.person.mobile, reply.text or str(asking[-1].code))
                if asking or now > reply.at + _TIME_TO_ANSWER:
                    self._to_come.remove(reply)
