"""People with phones: they answer texts as the story has it, where the visitor was not quicker."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cli.demo.data.caseload import Reply
from cli.demo.standins.arrivals import Arrivals
from cli.demo.standins.sms_provider import SmsProvider
from config.clock import Clock

_TIME_TO_ANSWER = timedelta(hours=2)
# An alert is told every half an hour until it is settled: a code older than this waits for nobody.
_CODE_IS_FRESH = timedelta(hours=1)


class PhoneOwners:
    """They answer through the provider, as people do."""

    def __init__(self, replies: Sequence[Reply], clock: Clock, arrivals: Arrivals, provider: SmsProvider) -> None:
        self._to_come = list(replies)
        self._clock, self._arrivals, self._provider = clock, arrivals, provider

    def next_at(self, now: datetime) -> datetime | None:
        """When the next answer is to be given; None after the last."""
        return min((reply.at for reply in self._to_come if reply.at > now), default=None)

    async def answer(self) -> None:
        """Send what is to be answered by now to texts that have arrived."""
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
