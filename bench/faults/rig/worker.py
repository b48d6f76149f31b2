"""A worker to be killed or paused: `python -m bench.faults.rig.worker JSON` hands over what is due until it is ended.

It is the product's own timetable and delivery, over the real SMTP and Twilio senders; only the last check lets
everything go, since nobody has a plan here.
"""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from bench.faults.rig.clock import SharedClock
from config.logs import configure_logs
from config.settings import Settings
from jobs.runner import Runner
from jobs.timetable import TIMETABLE
from notifications.errors import DeliveryError
from notifications.message import Channel, Decision, OutboxRow, Send
from notifications.outbox.attempt import Pace
from notifications.outbox.deliver import Delivery
from notifications.providers.sender import Senders
from notifications.providers.senders import make_senders
from service.app import Service, open_service, worker_id

HANDING_OVER = [tick for tick in TIMETABLE if tick.name.startswith(("urgent-", "sms-", "email-"))]


@dataclass(frozen=True)
class Job:
    """What a worker is told."""

    database: str
    smtp_port: int
    http_port: int
    began: float
    speed: float
    lease: float  # real seconds

    def to_json(self) -> str:
        """As it is handed on."""
        return json.dumps(asdict(self))

    @property
    def clock(self) -> SharedClock:
        """The clock of all workers."""
        return SharedClock(self.began, self.speed)

    @property
    def settings(self) -> Settings:
        """What a process of the product would find in its environment."""
        return Settings.model_validate(
            {
                "database_url": self.database,
                "smtp_host": "127.0.0.1",
                "smtp_port": self.smtp_port,
                "smtp_tls": "none",
                "mail_from": "planwatch@example.org",
                "twilio_account_sid": "AC" + "1" * 32,
                "twilio_auth_token": "token",
                "twilio_from": "+447700900999",
                "twilio_base_url": f"http://127.0.0.1:{self.http_port}",
                "public_url": "http://127.0.0.1:1",
            }
        )


async def check(session: AsyncSession, rows: Sequence[OutboxRow]) -> list[Decision]:
    """Everything may go."""
    return [_send(row) for row in rows]


def _send(row: OutboxRow) -> Send:
    """Addresses are shared by no more than have to."""
    number = int(str(row.message.plan).rpartition("-")[2])
    to = f"w{number}@example.org" if row.message.channel is Channel.EMAIL else f"+447700900{number % 900:03}"
    return Send(row.message.person, to, row.message.context)


async def tell(session: AsyncSession, row: OutboxRow, error: DeliveryError) -> None:
    """Nobody is told: what arrives is counted."""


async def open_worker(job: Job, wrap: Callable[[Senders], Senders] | None = None) -> Service:
    """The product's service, whose delivery asks nobody; `wrap` may put something round its senders."""
    senders = make_senders(job.settings)
    service = await open_service(job.settings, clock=job.clock, senders=wrap(senders) if wrap else senders)
    pace = Pace(job.lease, job.speed)
    delivery = Delivery(service.sessions, service.senders, check, service.clock, worker_id(), tell, pace=pace)
    return replace(service, delivery=delivery)


async def main(job: Job) -> None:
    """Work until the process is ended."""
    Runner(await open_worker(job), HANDING_OVER).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    configure_logs(json=True)  # as the product does: without it, a failure is drawn with all its variables, for seconds
    asyncio.run(main(Job(**json.loads(sys.argv[1]))))
