"""Mail scanners open every link, again and again: the process takes none of that for a person's word."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2
import pytest

from tests.contract.mail import mail_server
from tests.integration.service_process import Places, breach, caseload, running, token_for_dudley
from tests.waiting import until

ACKNOWLEDGED = "SELECT count(*) FROM event WHERE type = 'alert.acknowledged'"
NO_TEXTS = dict.fromkeys(("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "TWILIO_BASE_URL"), "")


@pytest.mark.parametrize("times", [50, pytest.param(10_000, marks=pytest.mark.nightly)])
async def test_opening_a_link_acknowledges_nothing_and_its_button_does(tmp_path: Path, times: int) -> None:
    async with mail_server(tmp_path) as mailbox:
        more = {**NO_TEXTS, "PUBLIC_URL": "https://planwatch.example.org"}
        places = Places(tmp_path, mailbox.port, more=more)
        token = await token_for_dudley(places)
        async with running(places) as service, httpx2.AsyncClient(base_url=service.url, timeout=600) as browser:
            await service.post(token, *caseload("P-1"))
            assert (await service.post(token, breach("P-1"))).status_code == 202
            await until(lambda: len(mailbox.arrived()) == 2)
            bodies = [email.get_body(("plain",)) for email in mailbox.messages()]
            paths = [path for body in bodies if body for path in re.findall(r"/a/[\w-]{43}", body.get_content())]
            assert len(set(paths)) == 2
            for number in range(times):
                path = paths[number % 2]
                assert (await browser.request("HEAD" if number % 3 else "GET", path)).status_code == 200
            for path in paths:
                assert (await browser.get(f"{path[:-1]}{'A' if path[-1] != 'A' else 'B'}")).status_code == 404
            assert places.rows(ACKNOWLEDGED) == [(0,)]
            assert (await browser.get("/readyz")).status_code == 200
            for path in paths:
                assert (await browser.post(path)).status_code == 303
            assert places.rows(ACKNOWLEDGED) == [(2,)]
            assert "You have acknowledged" in (await browser.get(paths[0])).text
            assert await service.stop() == 0
            said = (await service.log).decode()
    assert [path for path in paths if path.removeprefix("/a/") in said] == []
