"""Lives of texts, lived by the real delivery and the real receipts; the provider's end is a log of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from config.database import reading
from notifications.errors import TryLater, Unknown
from notifications.message import Channel, Message, Outgoing, Sought, State
from notifications.providers.notify import callback as notify
from notifications.providers.twilio import callback as twilio
from service.use_cases.delivery.receive_delivery_report import receive_delivery_report
from tests.contract.post_room import PostRoom, alert, drain, wanted
from tests.properties.callback_lives import TAKEN, Answer, Fate, Life, When
from tests.stored import last_report

_UNSETTLED = (State.QUEUED, State.CLAIMED, State.UNKNOWN)
_MOST_PASSES = 25


@dataclass
class Post:
    """The provider of one life: what it took, in a log of its own."""

    lived: Life
    callbacks: Callable[[When], Awaitable[None]]
    name: str = ""
    keeps_to_time: bool = True
    taken: list[tuple[str, Outgoing]] = field(default_factory=list)
    tries: int = 0
    asked: bool = False
    died: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, outgoing: Outgoing) -> str:
        """Take it or not, as this life will have it; the second time always."""
        await outgoing.before_data()
        self.tries += 1
        answer = self.lived.answer if self.tries == 1 else Answer.ACCEPTED
        if answer in TAKEN:
            self.taken.append((f"{self.lived.key}-{len(self.taken)}", outgoing))
        if self.tries == 1:
            await self.callbacks(When.BEFORE_THE_ANSWER)
        if answer in (Answer.DIED_WITH_IT, Answer.DIED_WITHOUT):
            self.died.set()
            await asyncio.Event().wait()
        if answer is not Answer.ACCEPTED:
            raise Unknown("it hung up")
        return self.taken[-1][0]

    async def look_up(self, sought: Sought) -> str | None:
        """What it has, the truth, unless it does not say."""
        self.asked = True
        await self.callbacks(When.WHILE_IT_IS_ASKED)
        if self.lived.deaf:
            raise TryLater("it does not say")
        ours = (one for one, outgoing in self.taken if outgoing.message_id == sought.message_id)
        return next((one for one in ours if one not in sought.other_ids), None)


class Run:
    """One life after the other in one room: what comes of each, to be held against the model."""

    def __init__(self, room: PostRoom) -> None:
        self._room = room

    async def live(self, lived: Life) -> Fate:
        """What came of it."""
        coming = list(lived.callbacks)

        async def callbacks(until: When) -> None:
            while post.taken and coming and coming[0][0] <= until:
                await self._call_back(lived, post, coming.pop(0)[1])

        post = Post(lived, callbacks, name=lived.provider)
        told_before = len(self._room.told)
        await self._room.put(_message(lived, self._room))
        await self._first_try(post)
        await callbacks(When.AFTER_THE_ANSWER)
        await self._pass(post, 61)
        await callbacks(When.AFTER_THE_LEASE)
        await self._pass(post, 122)
        await callbacks(When.AFTER_IT_WAS_ASKED)
        passes = iter(range(_MOST_PASSES))
        while await self._pass(post, 61) and next(passes, None) is not None:
            pass
        await callbacks(When.AT_THE_END)
        told = tuple(state for _, state, _ in self._room.told[told_before:])
        state = (await self._room.row(lived.key)).state.value
        return Fate(state, len(post.taken), told, post.asked, await self._last(post))

    async def _first_try(self, post: Post) -> None:
        """A worker's first step, which it may not live through."""
        step = asyncio.create_task(self._room.worker("w", post).step())
        dying = asyncio.create_task(post.died.wait())
        await asyncio.wait((step, dying), return_when=asyncio.FIRST_COMPLETED)
        for task in (step, dying):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _pass(self, post: Post, seconds: float) -> bool:
        """Let time pass, and a new worker do what is due; False where nothing is left to do."""
        if (await self._room.row(post.lived.key)).state not in _UNSETTLED:
            return False
        self._room.clock.advance(seconds=seconds)
        await drain(self._room.worker("w", post))
        return True

    async def _call_back(self, lived: Life, post: Post, word: str) -> None:
        """As the provider calls back: Twilio by our id for the attempt, Notify by the id that the world sees."""
        provider_id, outgoing = post.taken[-1]
        if word.startswith("?"):
            provider_id, word, attempt_id, reference = f"?{provider_id}", word[1:], "f" * 32, ""
        else:
            attempt_id, reference = outgoing.attempt_id, outgoing.message_id
        now = self._room.clock.now()
        if lived.provider == "twilio":
            report = twilio.report_of({"MessageSid": provider_id, "MessageStatus": word}, attempt_id, now)
        else:
            report = notify.report_of({"id": provider_id, "status": word, "reference": reference}, now)
        if report is not None:
            await receive_delivery_report(self._room.sessions, self._room.tell, report)

    async def _last(self, post: Post) -> str | None:
        if not post.taken:
            return None
        async with reading(self._room.sessions) as session:
            return await last_report(session, post.name, post.taken[-1][0])


def _message(lived: Life, room: PostRoom) -> Message:
    about = {"channel": Channel.SMS, "template": "fallback", "at": room.clock.now()}
    if lived.family:
        return wanted(lived.key, family=True, context={"plan": None, "urgent": False}, **about)
    return alert(lived.key, context={"plan": "P-1", "urgent": True}, **about)
