"""10,000 forged webhooks over all routes that providers call: each is refused, and no table changes by a letter."""

import hashlib
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import httpx2
from pydantic import SecretStr
from sqlalchemy import select

from bench.faults.rig import case
from bench.faults.rig.databases import database
from bench.faults.rig.progress import progress
from bench.faults.rig.verdict import Verdict
from config.database import metadata, reading
from config.logs import configure_logs
from config.settings import Settings
from service.api.application import make_application
from tests.contract.forgeries import CALLBACK_TOKEN, PUBLIC, notify_authorization, twilio_signature
from tests.world import World, world_in

WEBHOOKS = 10_000
TWILIO = ("/v1/twilio/inbound", "/v1/twilio/status")
NOTIFY = ("/v1/notify/received", "/v1/notify/receipts")
NAN = "+447700900199"
SETTINGS = Settings(
    public_url=PUBLIC,
    twilio_account_sid="AC1",
    twilio_auth_token=SecretStr("twilio-token"),
    twilio_from="+447700900123",
    notify_callback_token=SecretStr(CALLBACK_TOKEN),
)


async def forged(name: str, folder: Path, webhooks: int = WEBHOOKS) -> Verdict:
    """Send them to a service with a family that is just being asked, and look at its tables before and after."""
    with database(name, folder) as db:
        async with world_in(db.url) as world, outsider(world) as http:
            await check_ins(world)
            before = await fingerprints(world)
            answers = await answered(http, webhooks, f"forged, {db.name}")
            after = await fingerprints(world)
    let_in = webhooks - answers[401] - answers[403] - answers[429]
    changed = sorted(table for table in before if before[table] != after[table])
    faults = (*(["not refused"] if let_in else []), *(f"{table} changed" for table in changed))
    statuses = ", ".join(f"{answers[status]:,} answered {status}" for status in (401, 403, 429))
    more = (statuses, f"{len(before)} tables compared")
    return Verdict("forged", db.name, f"{webhooks:,} webhooks", unexpected=let_in, more=more, faults=faults)


@asynccontextmanager
async def outsider(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    """Whoever can reach the service, and knows no secret of it."""
    app = make_application(replace(world.service, settings=SETTINGS))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=PUBLIC) as client:
        yield client


async def check_ins(world: World) -> None:
    """A check-in that has just been sent: there is something to be answered, and a receipt to come."""
    await world.service.receive([world.person("f-nan", "family")])
    await world.receive("contact.decided", "f-nan", decision="allow", decided_by="w-tm")
    await world.receive("check_ins.started", people=["f-nan"], days=["mon"], at="09:30")
    await world.until("2026-01-05T09:35")


async def forge(http: httpx2.AsyncClient, chance: random.Random) -> int:
    """One forged webhook, with what its forger would like to say; how it is answered."""
    reply = chance.choice(["1", "2", "STOP", "help"])
    if chance.random() < 0.5:
        path = chance.choice(TWILIO)
        form = {"MessageSid": f"SM{chance.randrange(10)}", "From": NAN, "Body": reply, "MessageStatus": "failed"}
        signature = twilio_signature(chance, path, form)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        headers |= {} if signature is None else {"X-Twilio-Signature": signature}
        return (await http.post(path, content=urlencode(form), headers=headers)).status_code
    body = {
        "id": f"n-{chance.randrange(10)}",
        "source_number": NAN[1:],
        "message": reply,
        "status": "permanent-failure",
    }
    authorization = notify_authorization(chance)
    allowed = {} if authorization is None else {"Authorization": authorization}
    return (await http.post(chance.choice(NOTIFY), json=body, headers=allowed)).status_code


async def answered(http: httpx2.AsyncClient, webhooks: int, title: str) -> Counter[int]:
    """Send so many forged ones; how often each status was answered."""
    chance, answers = random.Random(1), Counter[int]()
    with progress(title, webhooks) as done:
        for number in range(webhooks):
            answers[await forge(http, chance)] += 1
            done(number + 1)
    return answers


async def fingerprints(world: World) -> Mapping[str, str]:
    """All that each table holds, in short."""
    async with reading(world.service.sessions) as session:
        held = {table.name: sorted(map(repr, await session.execute(select(table)))) for table in metadata.sorted_tables}
    return {name: hashlib.sha256("\n".join(rows).encode()).hexdigest() for name, rows in held.items()}


if __name__ == "__main__":
    configure_logs(json=False, level="ERROR")
    raise SystemExit(case.run(forged, partial(forged, webhooks=WEBHOOKS // 5)))
