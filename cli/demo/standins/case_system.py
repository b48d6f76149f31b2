"""The councils' case systems: post events to the service by HTTP, by the script and for the visitor."""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby, takewhile

import httpx2

from cli.demo.data.caseload import CloudEvent, recorded_at, source_of, writer_of
from config.clock import Clock
from service.domain.calendar import iso_local

_REAL_SECONDS = 30.0


class CaseSystem:
    """Posts what the script holds as its time comes, and what the visitor does at once."""

    def __init__(self, script: Sequence[CloudEvent], clock: Clock, url: str, tokens: Mapping[str, str]) -> None:
        """`url` is the service's; `tokens` is what it lets each council's case system write with."""
        self._script, self._clock, self._tokens = deque(script), clock, tokens
        headers = {"Content-Type": "application/cloudevents-batch+json"}
        self._client = httpx2.AsyncClient(base_url=url, timeout=_REAL_SECONDS, trust_env=False, headers=headers)
        self._visitors_events = 0
        self.posting = 0  # how many batches are on their way
        self.posted: list[CloudEvent] = []

    @property
    def next_at(self) -> datetime | None:
        """When the script's next event is recorded; None after the last."""
        return recorded_at(self._script[0]) if self._script else None

    async def post_due(self) -> None:
        """Post what the script holds up to the clock's moment. Nobody else may do it meanwhile."""
        now = self._clock.now()
        due = list(takewhile(lambda event: recorded_at(event) <= now, self._script))
        for authority, events in groupby(due, key=writer_of):
            batch = list(events)
            await self._post(authority, batch)
            for _ in batch:
                self._script.popleft()

    async def record(self, authority: str, plan: str, type_: str, **data: object) -> None:
        """Something that the visitor does on a plan is recorded now."""
        self._visitors_events += 1
        event_id, time = f"visitor-{self._visitors_events:04}", iso_local(self._clock.now())
        event: CloudEvent = {"specversion": "1.0", "id": event_id, "source": source_of(authority), "type": type_}
        event |= {"subject": plan, "time": time, "data": data}
        await self._post(authority, [event])

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _post(self, authority: str, events: Sequence[CloudEvent]) -> None:
        headers = {"Authorization": f"Bearer {self._tokens[authority]}"}
        self.posting += 1
        try:
            answer = await self._client.post("/v1/events", content=json.dumps(events), headers=headers)
        finally:
            self.posting -= 1
        answer.raise_for_status()
        if rejected := answer.json()["rejected"]:
            raise AssertionError(f"the service refuses what is made up: {rejected}")
        self.posted += events
