"""The busiest morning: every worker has something due today, and a bottom line is crossed in the middle of it.

`python -m bench.morning [PLANS] [sqlite|postgres]`: ten plans to a worker, all with a visit to come, of which a digest
speaks; the service as it runs, on a clock that shows 08:29:50, and a mail server beside it. The digests of 08:30 are to
be handed over by 08:30:30, and the alert within two seconds of its event.
"""

import asyncio
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from bench.delivery import go_on, hand_over
from bench.faults.rig import caseload, council
from bench.faults.rig.clock import START
from bench.faults.rig.databases import database
from bench.faults.rig.progress import progress
from bench.faults.rig.receivers import Receivers, receivers
from bench.faults.rig.worker import Job
from config.clock import FastClock, ManualClock
from config.garbage import collect_seldom
from config.logs import configure_logs
from jobs.runner import Runner
from notifications.message import Channel
from service.app import Service, open_service
from service.use_cases.looks.send_gathered import send_gathered

PLANS, PLANS_OF_A_WORKER = 10_000, 10
BEFORE = START + timedelta(days=26, hours=-2, minutes=-30, seconds=-10)  # 08:29:50 on a Monday, in summer time
UNTIL, ALERTED = 30.0, 2.0  # seconds: after 08:30, and after the event
_QUIET = 15.0  # seconds without an arrival: all has gone
_CROSSED = "P-7"


async def main(plans: int, name: str) -> bool:
    """Fill, let the morning come, print; whether both marks are kept."""
    with tempfile.TemporaryDirectory() as folder, database(name, Path(folder)) as db:
        async with receivers(Path(folder)) as receiving:
            job = Job(db.url, receiving.smtp_port, receiving.http_port, 0.0, 1.0, 60.0)
            clock = ManualClock(START)
            service = await open_service(job.settings, clock=clock)
            await _fill(service, clock, plans)
            await service.close()
            service = await open_service(job.settings, clock=FastClock(BEFORE, 1.0))
            began, crossed, cost = await _let_it_come(service, receiving, plans)
            await service.close()
    return _tell(name, plans, receiving, began + 10, crossed, cost)


async def _fill(service: Service, clock: ManualClock, plans: int) -> None:
    """Put the plans in, and let the days go by, with what is told on them."""
    at, raws = clock.now(), caseload.staff(clock.now())
    for number in range(plans):
        worker = f"w-{number // PLANS_OF_A_WORKER}"
        raws += caseload.person(worker, at) if number % PLANS_OF_A_WORKER == 0 else []
        raws += caseload.plan(f"P-{number}", at, worker)
    await council.take(service, raws)
    while clock.now() < BEFORE - timedelta(days=1):
        await go_on(service, clock, clock.now() + timedelta(days=1))
        while await send_gathered(service.sessions, service.book, clock.now()):
            pass
        await hand_over(service, Channel.EMAIL)
    await go_on(service, clock, BEFORE - timedelta(minutes=1))


async def _let_it_come(service: Service, receiving: Receivers, plans: int) -> tuple[float, float, float]:
    """Run until nothing more arrives: when it began, when the bottom line was crossed, the processor's seconds."""
    runner, began, worked = Runner(service), time.time(), time.process_time()
    runner.start()
    collect_seldom()
    await _until(receiving, began + 15)
    crossed = time.time()
    await service.receive([caseload.breach(_CROSSED, service.clock.now())])
    with progress("handed over", plans // PLANS_OF_A_WORKER) as show:
        while time.time() - max([crossed, *_times(receiving)]) < _QUIET:
            await _until(receiving, time.time() + 1)
            show(sum(moment >= began for moment in _times(receiving)))
    cost = time.process_time() - worked
    await runner.stop()
    return began, crossed, cost


async def _until(receiving: Receivers, moment: float) -> None:
    while time.time() < moment:
        await asyncio.sleep(0.1)
        receiving.read()


def _times(receiving: Receivers) -> list[float]:
    return [arrival.at for arrival in receiving.arrivals["email"]]


def _tell(name: str, plans: int, receiving: Receivers, due: float, crossed: float, cost: float) -> bool:
    """Print what came when. At this hour only an alert sends texts; its few emails are counted with the others."""
    routine = [moment for moment in _times(receiving) if moment >= due - 1]
    texts = [arrival.at for arrival in receiving.arrivals["sms"] if arrival.at >= crossed]
    took, alerted = max(routine) - due, min(texts) - crossed
    print(
        f"morning {name}: {plans:,} plans, {len(routine):,} routine messages, the last {took:.1f} s after 08:30 (mark "
        f"{UNTIL:.0f}); an alert out after {alerted:.2f} s (mark {ALERTED:.0f}); {cost:.1f} s of processor"
    )
    return took <= UNTIL and alerted <= ALERTED


if __name__ == "__main__":
    configure_logs(json=True)
    number = next((int(argument) for argument in sys.argv[1:] if argument.isdecimal()), PLANS)
    kind = next((argument for argument in sys.argv[1:] if not argument.isdecimal()), "sqlite")
    sys.exit(0 if asyncio.run(main(number, kind)) else 1)
