"""Breaches without end, each sent to one web process or the other until it is taken; and what came of them."""

import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle

import httpx2

from bench.faults.rig import caseload
from bench.faults.rig.receivers import Receivers

Address = tuple[str, str]  # a channel, and where to
# Whom a bottom line of the council is told, each once and at once.
WANTED: frozenset[Address] = frozenset(
    address
    for manager in caseload.MANAGERS
    for address in (("email", f"{manager}@example.org"), ("sms", caseload.mobile(manager)))
)
_OWNER = {"w-config@example.org", caseload.mobile("w-config")}  # who is told of trouble of the service itself
_AGAIN_AFTER = 1.0  # seconds
_ANSWER_WITHIN = 60.0  # seconds


@dataclass
class Load:
    """Its events come at even distances. `accepted`: when each plan's breach was taken, in seconds since the epoch."""

    webs: Sequence[str]
    token: str
    plans: Iterator[str]
    pause: float = 2.0  # seconds between two events
    accepted: dict[str, float] = field(default_factory=dict)
    tries: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    _sending: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Send until it is cancelled; what is on its way by then goes on."""
        for plan, web in zip(self.plans, cycle(range(len(self.webs))), strict=False):
            sending = asyncio.create_task(self._send(plan, web))
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)
            await asyncio.sleep(self.pause)
        raise AssertionError("there are too few plans")

    async def taken(self) -> None:
        """Wait until all that was sent is taken."""
        await asyncio.gather(*self._sending)

    async def _send(self, plan: str, web: int) -> None:
        content = json.dumps(caseload.breach(plan, datetime.now(UTC)))
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/cloudevents+json"}
        async with httpx2.AsyncClient(headers=headers, timeout=_ANSWER_WITHIN) as client:
            while not await self._taken_by(client, self.webs[web], content):
                web = (web + 1) % len(self.webs)
                await asyncio.sleep(_AGAIN_AFTER)
        self.accepted[plan] = time.time()

    async def _taken_by(self, client: httpx2.AsyncClient, web: str, content: str) -> bool:
        self.tries += 1
        try:
            answer = await client.post(f"{web}/v1/events", content=content)
        except httpx2.HTTPError:
            return False
        if answer.status_code != httpx2.codes.ACCEPTED:
            self.refused[answer.status_code] += 1
        return bool(answer.status_code == httpx2.codes.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Tally:
    """What was wanted against what arrived."""

    lost: int
    texts_twice: int
    emails_twice: int
    unexpected: int


def waiting(load: Load, receiving: Receivers) -> set[tuple[str, Address]]:
    """What has been accepted, and has not arrived yet."""
    receiving.read()
    arrived = {(entry["reference"], (entry["channel"], entry["to"])) for entry in receiving.entries}
    return {(plan, address) for plan in load.accepted for address in WANTED} - arrived


def tally(load: Load, receiving: Receivers, messages: dict[str, str], sent: Iterable[str]) -> Tally:
    """Count. `messages`: the message of each attempt on record; `sent`: the plans of all breaches that were sent.

    A text is twice where two attempts at one message arrived; an email, where one Message-ID did. Later messages of an
    alert, after half an hour, are messages of their own. Unexpected is what nobody put on record, or what is about
    another plan; the service's own troubles are told as well.
    """
    lost, plans = len(waiting(load, receiving)), set(sent)
    copies: dict[str, Counter[str]] = defaultdict(Counter)
    unexpected = 0
    for entry in receiving.entries:
        is_text = entry["channel"] == "sms"
        identity = messages.get(entry["attempt"], "") if is_text else entry["identity"]
        unexpected += not identity or not (entry["reference"] in plans or entry["to"] in _OWNER)
        copies[entry["channel"]][identity] += 1
    twice = {channel: sum(number - 1 for number in of.values()) for channel, of in copies.items()}
    return Tally(lost, twice.get("sms", 0), twice.get("email", 0), unexpected)
