"""The doctor on certificates: how long each still holds, and what is wrong with one that is not believed."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.doctor.machine import check_certificates
from config.settings import Settings
from notifications.providers.smtp.send import Tls
from tests.contract.mail import CERTIFICATE, mail_server
from tests.contract.mail_server import certificate
from tests.machine_clock import held, machine_in

OURS = ssl.create_default_context(cafile=CERTIFICATE)
ENDS = datetime(2126, 10, 29, 5, 20, 32, tzinfo=UTC)  # so long does the certificate of the tests hold


def settings(**given: Any) -> Settings:
    """These, and nothing from a file."""
    return Settings(_env_file=None, **given)


@asynccontextmanager
async def secured(host: str = "localhost") -> AsyncIterator[str]:
    """The address of a server that closes each connection."""
    server = await asyncio.start_server(lambda _, writer: writer.close(), host, 0, ssl=certificate())
    yield f"https://{host}:{server.sockets[0].getsockname()[1]}"
    server.close()


@pytest.mark.parametrize(
    ("left", "fails", "advisory"),
    [
        (timedelta(days=300), False, False),
        (timedelta(days=30), False, False),
        (timedelta(days=29, hours=23), False, True),
        (timedelta(days=7), False, True),
        (timedelta(days=6, hours=23), True, False),
        (-timedelta(hours=1), True, False),
    ],
)
async def test_a_month_before_its_end_it_is_looked_at_and_a_week_before_it_fails(
    left: timedelta, fails: bool, advisory: bool
) -> None:
    async with secured() as url:
        with machine_in("Europe/London"), held(ENDS - left):
            [result] = await check_certificates(settings(public_url=url), OURS)
    assert (result.fails, result.advisory) == (fails, advisory)


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        (datetime(2126, 10, 26, 5, 20, 32, tzinfo=UTC), 3),  # London's clocks go back on the next day
        (datetime(2126, 10, 26, 5, 20, 33, tzinfo=UTC), 2),
        (datetime(2126, 3, 31, 5, 20, 33, tzinfo=UTC), 211),  # they went forward in this night
        (datetime(2125, 12, 31, 23, 59, 59, tzinfo=UTC), 301),
        (datetime(2126, 1, 1, 5, 20, 33, tzinfo=UTC), 300),
    ],
)
async def test_its_days_are_days_of_24_hours_whatever_local_clocks_do(moment: datetime, days: int) -> None:
    async with secured() as url:
        with machine_in("Europe/London"), held(moment):
            [result] = await check_certificates(settings(public_url=url), OURS)
    assert result.finding.endswith(f"holds for {days} days more")


@pytest.mark.parametrize("name", ["public_url", "heartbeat_url"])
async def test_one_that_holds_is_told_with_its_days(name: str) -> None:
    async with secured() as url:
        [result] = await check_certificates(settings(**{name: url}), OURS)
    assert result.remedy is None
    assert result.finding.endswith("days more")
    assert "localhost" not in result.finding  # the heartbeat's address is a secret


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_the_mail_servers_is_seen_on_the_line_that_messages_take(tmp_path: Path, tls: Tls) -> None:
    async with mail_server(tmp_path, tls=tls) as mailbox:
        mail = {"smtp_host": "localhost", "smtp_port": mailbox.port, "smtp_tls": tls, "mail_from": "p@example.org"}
        [result] = await check_certificates(settings(**mail), OURS)
        assert (result.remedy, result.finding.startswith("of the mail server holds for")) == (None, True)
        [result] = await check_certificates(settings(**mail))
        assert (result.fails, "self-signed" in result.finding) == (True, True)


async def test_one_for_another_name_is_not_believed() -> None:
    async with secured("127.0.0.2") as url:
        [result] = await check_certificates(settings(public_url=url), OURS)
    assert (result.fails, "127.0.0.2" in result.finding) == (True, True)


async def test_one_that_cannot_be_seen_from_here_is_no_failure_of_it() -> None:
    [result] = await check_certificates(settings(public_url="https://localhost:1"), OURS)
    assert (result.fails, result.remedy is None) == (False, False)


async def test_where_nothing_is_secured_nothing_is_asked() -> None:
    assert await check_certificates(settings(public_url="http://localhost:1"), OURS) == []
