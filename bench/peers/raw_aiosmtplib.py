"""The floor: aiosmtplib with kept connections and ready-made bytes; no database, so that a crash loses all."""

import asyncio
import sys

from bench.peers.kept_connections import KeptConnections
from bench.peers.mail import NUMBER_OF_CONNECTIONS, reminder
from bench.peers.stopwatch import Stopwatch


async def main(number: int, port: int) -> None:
    """Hand over so many."""
    ready_made = [(f"worker-{n}@example.org", reminder(n).as_bytes()) for n in range(number)]
    connections, watch = KeptConnections(port), Stopwatch()

    async def send_some() -> None:
        async with connections.connection() as smtp:
            while ready_made:
                address, content = ready_made.pop()
                await smtp.sendmail("planwatch@example.org", [address], content)

    await asyncio.gather(*(send_some() for _ in range(NUMBER_OF_CONNECTIONS)))
    watch.stop(number).print()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
