"""A message that kills its worker each time: after 50 restarts it has held up none of the others, and comes at last."""

import time
from functools import partial
from pathlib import Path

from bench.faults.rig import case, outbox
from bench.faults.rig.databases import database
from bench.faults.rig.progress import progress
from bench.faults.rig.receivers import receivers
from bench.faults.rig.verdict import Verdict, count
from bench.faults.rig.victims import victims
from bench.faults.rig.worker import Job
from notifications.message import Channel

MESSAGES, RESTARTS = 200, 50
SPEED, LEASE = 60.0, 2.0
LIMIT = 120.0  # seconds for whatever is waited for
POISON = 0  # its number; it is urgent, and so comes first each time


async def crash_loop(name: str, folder: Path, messages: int = MESSAGES, restarts: int = RESTARTS) -> Verdict:
    """Let one message kill so many workers, and then none."""
    began = time.monotonic()
    messages_to_send = outbox.messages(messages, [Channel.EMAIL])
    with database(name, folder) as db, progress(f"crash loop, {db.name}", restarts) as show:
        async with (
            outbox.filled(db, messages_to_send) as sessions,
            receivers(folder) as receiving,
            victims(Job(db.url, receiving.smtp_port, receiving.http_port, began, SPEED, LEASE)) as row,
        ):
            for number in range(restarts):
                show(number)
                only = outbox.reference(POISON)
                await row.start("hand over", "attempt on record", channel="email", only=only)
                await row.dies(LIMIT)
            receiving.read()
            arrived = len({arrival.reference for arrival in receiving.arrivals["email"]})
            await row.start("hand over", channel="email")
            finished = await outbox.all_settled(sessions, LIMIT)
            attempts = (await outbox.attempts_by_plan(sessions))[outbox.reference(POISON)]
        receiving.read()
    counted = count({outbox.reference(number) for number in range(messages)}, receiving.arrivals["email"])
    marks = {
        "not finished": not finished,
        "lost": bool(counted.lost),
        "twice": bool(counted.extra),
        "unexpected": bool(counted.unexpected),
        "others were held up": arrived < messages - 1,
        "an attempt that was not counted": attempts != restarts + 1,
    }
    return Verdict(
        "crash_loop",
        db.name,
        f"{messages} messages, {restarts} restarts by one of them",
        len(counted.lost),
        counted.duplicated,
        len(counted.unexpected),
        more=(f"{arrived} others had arrived, {attempts} attempts on record", f"{time.monotonic() - began:.0f} s"),
        faults=tuple(words for words, missed in marks.items() if missed),
    )


if __name__ == "__main__":
    raise SystemExit(case.run(crash_loop, partial(crash_loop, messages=MESSAGES // 5, restarts=RESTARTS // 5)))
