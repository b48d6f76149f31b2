"""SIGTERM to the program as people start it: it ends whatever hangs, and nothing stays behind a lease."""

import asyncio
import json
from pathlib import Path

from tests.contract.mail import mail_server
from tests.integration.service_process import Places, breach, caseload, running, token_for_dudley
from tests.waiting import until

LEASED = "SELECT count(*) FROM message WHERE state = 'claimed'"
TRIED = "SELECT phase, outcome FROM attempt JOIN message ON message.id = message_id WHERE channel = 'email'"


async def test_a_mail_server_that_hangs_does_not_keep_it(tmp_path: Path) -> None:
    # Both at once: a stop waits for a while, for what may come to its end yet.
    before, after = tmp_path / "before", tmp_path / "after"
    for folder in (before, after):
        folder.mkdir()
    await asyncio.gather(
        _stopped_where_it_hangs(before, "RCPT", "not_sent", "queued"),
        _stopped_where_it_hangs(after, "DOT", "unknown", "unknown"),
    )


async def _stopped_where_it_hangs(folder: Path, hangs_at: str, outcome: str, state: str) -> None:
    # After the final dot a mail server is waited for for ten minutes: a stop that waited, too, would end this test.
    async with mail_server(folder, answers={hangs_at: "hang"}) as mailbox:
        places = Places(folder, mailbox.port)
        token = await token_for_dudley(places)
        async with running(places) as service:
            await service.post(token, *caseload("P-1"), breach("P-1"))
            await until(lambda: hangs_at in mailbox.commands())
            assert await service.stop() == 0
    assert places.rows(LEASED) == [(0,)]
    assert {found for _, found in places.rows(TRIED)} == {outcome}
    assert (state,) in places.rows("SELECT DISTINCT state FROM message WHERE channel = 'email'")


async def test_a_backlog_does_not_keep_it_and_stays_for_the_next(tmp_path: Path) -> None:
    async with mail_server(tmp_path) as mailbox:
        places = Places(tmp_path, mailbox.port)
        token = await token_for_dudley(places)
        plans = [f"P-{n}" for n in range(20)]
        (tmp_path / "e.jsonl").write_text(
            "\n".join(json.dumps(one) for one in [*caseload(*plans), *map(breach, plans)])
        )
        async with running(places) as service:
            assert (await service.post(token, *caseload(*plans[:1]))).status_code == 202
            await places.run("ingest", "e.jsonl")
            await until(lambda: len(mailbox.arrived()) >= 1)
            assert await service.stop() == 0
        [(left,)] = places.rows("SELECT count(*) FROM message WHERE state = 'queued' AND channel = 'email'")
        sent = len(mailbox.arrived())
        assert places.rows(LEASED) == [(0,)]
        assert sent == 40 - int(str(left))
