"""The council's case system: posts events to the service by HTTP, by the script and for the visitor."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import httpx2

from cli.demo.caseload import recorded_at
from cli.demo.clock import DemoClock
from cli.demo.diary import SOURCE, CloudEvent
from service.domain.calendar import iso_local

_REAL_SECONDS = 10.0
_TICK = 0.05


@dataclass(frozen=True, slots=True)
class Posted:
    """An event that the service has taken, and when by the demonstration's clock."""

    number: int
    at: datetime
    event: CloudEvent


class CaseSystem:
    """Posts what the script holds as its time comes, and what the visitor does at once."""

    def __init__(self, script: Sequence[CloudEvent], clock: DemoClock, url: str, token: str) -> None:
        """`url` is the service's; `token` is what it lets the case system write with."""
        self._script = deque(script)
        self._clock = clock
        self._client = httpx2.AsyncClient(
            base_url=url,
            timeout=_REAL_SECONDS,
            trust_env=False,
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents+json"},
        )
        self._skipping = asyncio.Lock()
        self._own = 0
        self.posted: list[Posted] = []

    async def run(self) -> None:
        """Post each event of the script when the clock reaches its time; ends only by being cancelled."""
        while True:
            with suppress(httpx2.TransportError):  # the service is busy: the event stays first in the script
                async with self._skipping:
                    await self._post_due(self._clock.now())
            await asyncio.sleep(_TICK)

    async def skip_to(self, moment: datetime) -> None:
        """Set the clock forward, and on the way post what the script holds, each event at its time."""
        async with self._skipping:
            while self._script and recorded_at(self._script[0]) <= moment:
                self._clock.skip_to(recorded_at(self._script[0]))
                await self._post_due(self._clock.now())
            self._clock.skip_to(moment)

    async def record(self, type_: str, plan: str, **data: object) -> str:
        """Something that the visitor does is recorded now; gives the event's id."""
        self._own += 1
        now = self._clock.now()
        event_id = f"visitor-{self._own:04}"
        event: CloudEvent = {"specversion": "1.0", "id": event_id, "source": SOURCE, "type": type_, "subject": plan}
        await self._post(event | {"time": iso_local(now), "data": data}, now)
        return event_id

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _post_due(self, now: datetime) -> None:
        while self._script and recorded_at(self._script[0]) <= now:
            event = self._script[0]
            await self._post(event, now)
            self._script.popleft()

    async def _post(self, event: CloudEvent, now: datetime) -> None:
        answer = await self._client.post("/v1/events", json=event)
        answer.raise_for_status()
        self.posted.append(Posted(len(self.posted) + 1, now, event))
