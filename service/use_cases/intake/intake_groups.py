"""Takes what one token submits in several requests in one transaction, which costs far more than an event."""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from config.clock import Clock
from config.database import Sessions, has_one_writer
from service.domain.policy import PolicyBook
from service.use_cases.intake.receive_events import LOOKS_AT_ONCE, Received, receive_together

# A transaction that waits for a plan's lock keeps a connection. Enough must be left for the lanes.
_GROUPS_AT_ONCE = 8
# One is decided while another waits for its locks or its commit. With one writer both would only be smaller.
_GROUPS_OF_ONE_TOKEN, _WITH_ONE_WRITER = 2, 1
_MOST_SUBMISSIONS = 16  # each is answered when all are on disk and looked at
_MOST_EVENTS = 500


class Submitter(NamedTuple):
    """What submissions must have in common to be taken together: who may write what, and how it is looked at."""

    writer: str | None
    token: str | None
    looks: int


@dataclass(eq=False)
class Submission:
    """The events of one request, and its answer once they are on disk."""

    raws: Sequence[object]
    answer: asyncio.Future[Received] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class IntakeGroups:
    """Whoever comes while a transaction of theirs runs waits for the next one, and is taken in it with all others.

    A submission that cannot be taken does not cost its neighbours theirs: each is then taken by itself.
    """

    def __init__(self, sessions: Sessions, book: PolicyBook, clock: Clock) -> None:
        """Nothing is decided before `receive`."""
        self._sessions, self._book, self._clock = sessions, book, clock
        self._of_one_token = _WITH_ONE_WRITER if has_one_writer(sessions) else _GROUPS_OF_ONE_TOKEN
        self._waiting: dict[Submitter, deque[Submission]] = {}
        self._working: Counter[Submitter] = Counter()
        self._turns = asyncio.Semaphore(_GROUPS_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    async def receive(
        self, raws: Sequence[object], writer: str | None, looks: int = LOOKS_AT_ONCE, token: str | None = None
    ) -> Received:
        """Take events as `receive_events` does; the answer comes when they are on disk and in effect."""
        submitter, submission = Submitter(writer, token, looks), Submission(raws)
        self._waiting.setdefault(submitter, deque()).append(submission)
        if self._working[submitter] < self._of_one_token:
            self._working[submitter] += 1
            task = asyncio.create_task(self._work(submitter))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await submission.answer

    async def _work(self, submitter: Submitter) -> None:
        try:
            while self._waiting.get(submitter):
                async with self._turns:
                    await self._take(submitter, self._next_group(submitter))
        finally:
            self._working -= Counter([submitter])
            if not self._working[submitter]:
                self._waiting.pop(submitter, None)

    def _next_group(self, submitter: Submitter) -> list[Submission]:
        """Those that have waited longest, and who have not gone meanwhile."""
        waiting, group, events = self._waiting[submitter], list[Submission](), 0
        while waiting and len(group) < _MOST_SUBMISSIONS:
            events += len(waiting[0].raws)
            if group and events > _MOST_EVENTS:
                break
            submission = waiting.popleft()
            group += [] if submission.answer.done() else [submission]
        return group

    async def _take(self, submitter: Submitter, group: Sequence[Submission]) -> None:
        if not group:
            return
        submitted = [submission.raws for submission in group]
        writer, token, looks = submitter
        try:
            received = await receive_together(
                self._sessions, self._book, self._clock.now(), submitted, writer, looks, token
            )
        except Exception as error:  # noqa: BLE001 - it is the answer to who submitted this, and to nobody else
            if len(group) > 1:
                for submission in group:
                    await self._take(submitter, [submission])
            elif not group[0].answer.done():
                group[0].answer.set_exception(error)
            return
        for submission, outcome in zip(group, received, strict=True):
            if not submission.answer.done():
                submission.answer.set_result(outcome)
