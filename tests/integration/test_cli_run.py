"""`planwatch run`, started as people start it, with real servers at the other end."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from tests.contract.mail import Mailbox, mail_server
from tests.contract.twilio_double import TwilioDouble, twilio_double
from tests.integration.service_process import Places, breach, caseload, running, token_for_dudley
from tests.waiting import until


@asynccontextmanager
async def receivers(folder: Path) -> AsyncIterator[tuple[Places, Mailbox, TwilioDouble]]:
    """A mail server and a Twilio, and the settings that point to them."""
    async with mail_server(folder) as mailbox, twilio_double() as twilio:
        yield Places(folder, mailbox.port, twilio.url), mailbox, twilio


def told(mailbox: Mailbox, twilio: TwilioDouble) -> tuple[int, int]:
    """How many emails and texts were handed over."""
    return len(mailbox.arrived()), sum(request.method == "POST" for request in twilio.requests)


async def test_a_bottom_line_is_handed_over_both_ways(tmp_path: Path) -> None:
    async with receivers(tmp_path) as (places, mailbox, twilio):
        token = await token_for_dudley(places)
        async with running(places) as service:
            assert (await service.post(token, *caseload("P-1"))).json()["accepted"] == 7
            began = time.monotonic()
            assert (await service.post(token, breach("P-1"))).status_code == 202
            await until(lambda: told(mailbox, twilio) == (2, 2))
            print(f"breach to hand-over: {time.monotonic() - began:.2f} s")  # noqa: T201 - a figure for -s
            assert await service.stop() == 0


async def test_killed_after_its_answer_it_tells_after_the_restart_and_once(tmp_path: Path) -> None:
    dead = Places(tmp_path)
    token = await token_for_dudley(dead)
    async with running(dead) as service:
        await service.post(token, *caseload("P-1"))
        crossed = breach("P-1")
        assert (await service.post(token, crossed)).json()["accepted"] == 1
        tried = "SELECT id FROM message WHERE attempts > 0 AND state = 'queued'"
        await until(lambda: len(dead.rows(tried)) == 4)
        await service.kill()
    # It is time for the next try, however many there were by then: each failure has the next one wait longer.
    dead.write("UPDATE message SET next_attempt_at = created_at WHERE state = 'queued'")
    async with receivers(tmp_path) as (places, mailbox, twilio), running(places) as service:
        await until(lambda: told(mailbox, twilio) == (2, 2))
        assert (await service.post(token, crossed)).json()["duplicates"] == 1
        assert await service.stop() == 0
        assert told(mailbox, twilio) == (2, 2)


async def test_stopped_in_the_middle_of_the_night_it_ends(tmp_path: Path) -> None:
    async with receivers(tmp_path) as (places, _, _), running(places) as service:
        async with httpx2.AsyncClient() as client:
            assert (await client.get(f"{service.url}/readyz")).status_code == 200
        assert await service.stop() == 0


@pytest.mark.faults
async def test_killed_again_and_again_nothing_that_was_taken_is_lost(tmp_path: Path) -> None:
    plans = [f"P-{n}" for n in range(30)]
    chance = random.Random(7)
    async with receivers(tmp_path) as (places, mailbox, _):
        token = await token_for_dudley(places)
        left, taken = list(plans), set[str]()
        async with running(places) as service:
            await service.post(token, *caseload(*plans))
        while left:
            async with running(places) as service:
                killer = asyncio.get_running_loop().call_later(chance.uniform(0.05, 1.5), service.process.kill)
                while left and service.process.returncode is None:
                    try:
                        assert (await service.post(token, breach(left[0]))).status_code in (202, 409)
                    except httpx2.HTTPError:
                        break
                    taken.add(left.pop(0))
                await service.process.wait()
                killer.cancel()
        async with running(places):
            waiting = "SELECT id FROM message WHERE urgent AND state IN ('queued', 'claimed')"
            await until(lambda: not places.rows(waiting))
        sent = len({message["Message-ID"] for message in mailbox.messages()})
        unknown = len(places.rows("SELECT id FROM message WHERE urgent AND channel = 'email' AND state = 'unknown'"))
        assert taken == set(plans)
        assert sent + unknown >= 2 * len(plans)
        assert len(mailbox.arrived()) == sent  # told once
