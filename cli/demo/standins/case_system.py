"""The councils' case systems: post events to the service by HTTP, by the script and for the visitor."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, takewhile

import httpx2

from cli.demo.caseload import recorded_at
from cli.demo.clock.demo_clock import DemoClock
from cli.demo.diary import CloudEvent, source_of, writer_of
from cli.demo.plans import Plan
from service.domain.calendar import iso_local

_REAL_SECONDS = 10.0
_TICK = 0.05
_STRIDE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Posted:
    """An event that the service has taken, and when it was recorded."""

    number: int
    at: datetime
    event: CloudEvent


class CaseSystem:
    """Posts what the script holds as its time comes, and what the visitor does at once."""

    def __init__(self, script: Sequence[CloudEvent], clock: DemoClock, url: str, tokens: Mapping[str, str]) -> None:
        """`url` is the service's; `tokens` is what it lets each council's case system write with."""
        self._tokens = tokens
        self._script = deque(script)
        self._clock = clock
        self._client = httpx2.AsyncClient(
            base_url=url,
            timeout=_REAL_SECONDS,
            trust_env=False,
            headers={"Content-Type": "application/cloudevents-batch+json"},
        )
        self._skipping = asyncio.Lock()
        self._own = 0
        self.posted: list[Posted] = []

    async def run(self) -> None:
        """Post each event of the script when the clock reaches its time; ends only by being cancelled."""
        while True:
            with suppress(httpx2.TransportError):  # the service is busy: the events stay first in the script
                async with self._skipping:
                    await self._post_until(self._clock.now())
            await asyncio.sleep(_TICK)

    async def skip_to(self, moment: datetime) -> None:
        """Set the clock forward, and on the way post what the script holds, a few hours at a time."""
        async with self._skipping:
            while self._script and recorded_at(self._script[0]) <= moment:
                stop = min(recorded_at(self._script[0]) + _STRIDE, moment)
                self._clock.skip_to(stop)
                await self._post_until(stop)
            self._clock.skip_to(moment)

    async def record(self, type_: str, plan: Plan, **data: object) -> str:
        """Something that the visitor does on a plan is recorded now; gives the event's id."""
        self._own += 1
        now = self._clock.now()
        event_id = f"visitor-{self._own:04}"
        event: CloudEvent = {"specversion": "1.0", "id": event_id, "source": source_of(plan.authority), "type": type_}
        await self._post(plan.authority, [event | {"subject": plan.id, "time": iso_local(now), "data": data}])
        return event_id

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _post_until(self, moment: datetime) -> None:
        due = list(takewhile(lambda event: recorded_at(event) <= moment, self._script))
        for authority, events in groupby(due, key=writer_of):
            posted = list(events)
            await self._post(authority, posted)
            for _ in posted:
                self._script.popleft()

    async def _post(self, authority: str, events: Sequence[CloudEvent]) -> None:
        its_own = {"Authorization": f"Bearer {self._tokens[authority]}"}
        answer = await self._client.post("/v1/events", content=json.dumps(events), headers=its_own)
        answer.raise_for_status()
        if rejected := answer.json()["rejected"]:
            raise AssertionError(f"the service refuses what is made up: {rejected}")
        for event in events:
            self.posted.append(Posted(len(self.posted) + 1, recorded_at(event), event))
