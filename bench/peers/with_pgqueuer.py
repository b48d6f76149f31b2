"""pgqueuer: a job a reminder, taken in batches; rendered and sent by the job, over kept connections."""

import asyncio
import sys
from datetime import timedelta

import asyncpg
from pgqueuer import AsyncpgDriver, Job, PgQueuer
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode

from bench.peers.kept_connections import KeptConnections
from bench.peers.mail import reminder
from bench.peers.stopwatch import Stopwatch


async def fill(dsn: str, number: int) -> None:
    """Install it, and put so many jobs in."""
    connection = await asyncpg.connect(dsn)
    queries = Queries(AsyncpgDriver(connection))
    await queries.install()
    for start in range(0, number, 1000):
        batch = range(start, min(start + 1000, number))
        await queries.enqueue(["remind"] * len(batch), [str(n).encode() for n in batch], [0] * len(batch))
    await connection.close()


async def work(dsn: str, port: int) -> None:
    """Take jobs until none is left."""
    connection = await asyncpg.connect(dsn)
    queue, connections, handed_over = PgQueuer(AsyncpgDriver(connection)), KeptConnections(port), 0

    @queue.entrypoint("remind")
    async def remind(job: Job) -> None:
        nonlocal handed_over
        assert job.payload is not None
        async with connections.connection() as smtp:
            await smtp.send_message(reminder(int(job.payload)))
        handed_over += 1

    watch = Stopwatch()
    await queue.run(batch_size=100, dequeue_timeout=timedelta(seconds=1), mode=QueueExecutionMode.drain)
    watch.stop(handed_over).print()
    await connection.close()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fill", dsn, number]:
            asyncio.run(fill(dsn, int(number)))
        case ["work", dsn, port]:
            asyncio.run(work(dsn, int(port)))
