"""Killed while it takes something in, 20 times at each named point: sent again or not, it is told, and told once.

An event: with its body read, between look and outbox, and done but not answered. A text from a phone: kept and not yet
understood. A morning's digest: in the outbox, with its lines not yet marked.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx2
from twilio.request_validator import RequestValidator

from bench.faults.rig import case, caseload, outbox
from bench.faults.rig.clock import START
from bench.faults.rig.databases import NAMES, Database, database
from bench.faults.rig.progress import progress
from bench.faults.rig.receivers import Receivers, receivers
from bench.faults.rig.verdict import Verdict
from bench.faults.rig.victims import Victims, victims
from bench.faults.rig.worker import Job
from service.app import Service

KILLS = 20
LIMIT = 600.0  # seconds for whatever is waited for
LATER = START + timedelta(minutes=2)  # what the victims' clock says when the caseload is in
# The same where people are asked at 11:00: a slow machine has an hour to put the caseload in. Of what becomes known
# after that they are asked on the next day.
AFTER_ASKING = START + timedelta(minutes=62)
MORNING = datetime(2026, 1, 26, 8, 30, tzinfo=UTC)  # a Monday
OPENED = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
Told = Counter[tuple[str, str]]  # channel and address, and how often


@dataclass
class Scene:
    """A service with a caseload, its receivers, and what is wanted at them by now."""

    receiving: Receivers
    row: Victims
    service: Service
    token: str = ""
    wanted: Told = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the victim listens."""
        return f"http://127.0.0.1:{self.row.port}"

    async def post(self, raw: caseload.Raw, *, crash: bool) -> httpx2.Response | None:
        """Send an event; None: nobody answered."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/cloudevents+json"}
        return await self._send("/v1/events", headers, {"json": raw}, crash=crash)

    async def text(self, number: str, words: str, sid: str, *, crash: bool) -> httpx2.Response | None:
        """A text from a phone, as Twilio hands it on."""
        form = {"From": number, "Body": words, "MessageSid": sid}
        path = "/v1/twilio/inbound"
        signature = RequestValidator("token").compute_signature(f"{self.row.job.settings.public_url}{path}", form)
        return await self._send(path, {"X-Twilio-Signature": signature}, {"data": form}, crash=crash)

    async def _send(
        self, path: str, headers: Mapping[str, str], content: Mapping[str, object], *, crash: bool
    ) -> httpx2.Response | None:
        marked = {**headers, "x-crash": "here"} if crash else headers
        async with httpx2.AsyncClient(timeout=LIMIT) as client:
            try:
                return await client.post(f"{self.url}{path}", headers=marked, **content)  # type: ignore[arg-type]
            except httpx2.HTTPError:
                return None

    def told(self) -> Told:
        """What has arrived."""
        self.receiving.read()
        return Counter((entry["channel"], entry["to"]) for entry in self.receiving.entries)

    async def all_told(self) -> None:
        """Wait until all that is wanted is here and recorded."""
        deadline = time.monotonic() + LIMIT
        while (self.wanted - self.told()) or await outbox.unsettled(self.service.sessions):
            if time.monotonic() > deadline:
                self.faults.append("it was not all told in time")
                return
            await asyncio.sleep(0.05)


async def event_killed(scene: Scene, point: str, kills: int) -> None:
    """Each breach is sent into a kill, and again to the next process."""
    plans = [f"P-{number:06}" for number in range(kills)]
    scene.token = await caseload.fill(scene.service, plans, START)
    await scene.row.start("serve", point, start=LATER.isoformat(), on_request=True)
    for plan in plans:
        raw = caseload.breach(plan, LATER)
        if await scene.post(raw, crash=True) is not None:
            scene.faults.append("it answered, and should have died")
        await scene.row.dies(LIMIT)
        await scene.row.start("serve", point, start=LATER.isoformat(), on_request=True)
        answer = await scene.post(raw, crash=False)
        taken = "duplicates" if point == "done, not answered" else "accepted"
        if answer is None or answer.json().get(taken) != 1:
            scene.faults.append(f"sent again it was not counted under {taken!r}")
        for manager in caseload.MANAGERS:
            scene.wanted.update([("email", f"{manager}@example.org"), ("sms", caseload.mobile(manager))])
        await scene.all_told()


async def text_killed(scene: Scene, point: str, kills: int) -> None:
    """Each answer to a check-in is kept by a process that dies; the next one understands it without being asked."""
    plans = [f"P-{number:06}" for number in range(kills)]
    scene.token = await caseload.fill(scene.service, plans, START)
    numbers = [f"+4477009001{number:02}" for number in range(kills)]
    check_ins = [
        raw for plan, number in zip(plans, numbers, strict=True) for raw in caseload.check_in(plan, number, START)
    ]
    received = await scene.service.receive(check_ins, looks=len(check_ins))
    assert not received.rejected, received.rejected
    scene.wanted.update(("sms", number) for number in numbers)
    await scene.row.start("serve", point, start=AFTER_ASKING.isoformat(), on_request=True)
    await scene.all_told()
    for number in numbers:
        if await scene.text(number, "2", f"SM{number[1:]}", crash=True) is not None:
            scene.faults.append("it answered, and should have died")
        await scene.row.dies(LIMIT)
        await scene.row.start("serve", point, start=AFTER_ASKING.isoformat(), on_request=True)
        scene.wanted.update([("sms", number), ("sms", caseload.mobile("w-sw")), ("email", "w-sw@example.org")])
        await scene.all_told()


async def digest_killed(scene: Scene, point: str, kills: int) -> None:
    """One process after the other dies in the middle of somebody's digest; then one lives."""
    workers = [f"w-{number}" for number in range(5)]
    await scene.service.receive(
        caseload.staff(OPENED) + [raw for worker in workers for raw in caseload.person(worker, OPENED)]
    )
    for number in range(2 * len(workers)):
        await scene.service.receive(caseload.plan(f"P-{number:06}", OPENED, workers[number % len(workers)]))
    for _ in range(kills):
        await scene.row.start("tick", point, start=MORNING.isoformat(), names=["look", "digest"])
        await scene.row.dies(LIMIT)
    await scene.row.start("serve", start=MORNING.isoformat())
    scene.wanted.update(("email", f"{worker}@example.org") for worker in workers)
    await scene.all_told()


Act = Callable[[Scene, str, int], Awaitable[None]]
# The fault, the point, what is done there, and what the clock says while the caseload is put in.
POINTS: tuple[tuple[str, str, Act, datetime], ...] = (
    ("A1", "body read", event_killed, START),
    ("A4", "looked, nothing in the outbox", event_killed, START),
    ("A2", "done, not answered", event_killed, START),
    ("A12", "text kept, not understood", text_killed, START),
    ("A15", "digest in the outbox, its lines not", digest_killed, MORNING - timedelta(minutes=2)),
)


async def intake_points(name: str, folder: Path, kills: int = KILLS, faults: Sequence[str] = ()) -> Verdict:
    """At each point; `faults`: only at these."""
    began = time.monotonic()
    points = [point for point in POINTS if not faults or point[0] in faults]
    lost, twice, unexpected, missed = Counter[str](), Counter[str](), Counter[str](), list[str]()
    with progress(f"intake points, {name}", len(points)) as show:
        for number, (fault, point, act, start) in enumerate(points):
            show(number)
            place = folder / fault
            await asyncio.to_thread(place.mkdir)
            with database(name, place) as db:
                scene = await _play(db, place, point, act, start, kills)
            arrived = scene.told()
            lost[fault] = (scene.wanted - arrived).total()
            more = arrived - scene.wanted
            twice[fault] = sum(number for who, number in more.items() if who in scene.wanted)
            unexpected[fault] = more.total() - twice[fault]
            missed += [f"{fault}: {words}" for words in scene.faults]
    marks = {"lost": +lost, "twice": +twice, "unexpected": +unexpected}
    return Verdict(
        "intake_points",
        NAMES[name],
        f"{len(points)} points, {kills} kills at each",
        lost.total(),
        twice.total(),
        unexpected.total(),
        more=(f"{time.monotonic() - began:.0f} s",),
        faults=(*(f"{words} at {', '.join(where)}" for words, where in marks.items() if where), *missed),
    )


async def _play(db: Database, folder: Path, point: str, act: Act, start: datetime, kills: int) -> Scene:
    async with receivers(folder) as receiving:
        job = Job(db.url, receiving.smtp_port, receiving.http_port, time.monotonic(), 1.0, 60.0)
        service = await caseload.opened(job, start)
        async with victims(job) as row:
            scene = Scene(receiving, row, service)
            await act(scene, point, kills)
        await service.close()
        return scene


if __name__ == "__main__":
    raise SystemExit(case.run(intake_points, partial(intake_points, kills=KILLS // 5)))
