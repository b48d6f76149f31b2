"""procrastinate: a job a reminder, 16 at a time; rendered and sent by the job, over kept connections."""

import asyncio
import sys

from procrastinate import App, PsycopgConnector

from bench.peers.kept_connections import KeptConnections
from bench.peers.mail import NUMBER_OF_CONNECTIONS, reminder
from bench.peers.stopwatch import Stopwatch


async def fill(dsn: str, number: int) -> None:
    """Install it, and put so many jobs in."""
    app = App(connector=PsycopgConnector(conninfo=dsn))
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        task = app.configure_task("remind")
        for start in range(0, number, 1000):
            await task.batch_defer_async(*({"number": n} for n in range(start, min(start + 1000, number))))


async def work(dsn: str, port: int) -> None:
    """Take jobs until none is left."""
    app = App(connector=PsycopgConnector(conninfo=dsn))
    connections, handed_over = KeptConnections(port), 0

    @app.task(name="remind")
    async def remind(number: int) -> None:
        nonlocal handed_over
        async with connections.connection() as smtp:
            await smtp.send_message(reminder(number))
        handed_over += 1

    async with app.open_async():
        watch = Stopwatch()
        await app.run_worker_async(wait=False, concurrency=NUMBER_OF_CONNECTIONS, install_signal_handlers=False)
        watch.stop(handed_over).print()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fill", dsn, number]:
            asyncio.run(fill(dsn, int(number)))
        case ["work", dsn, port]:
            asyncio.run(work(dsn, int(port)))
