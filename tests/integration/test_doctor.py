"""The doctor: each check says that all is well where it is, and what to do where it is not."""

import os
import socket
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cli.doctor.examine import run_checks
from cli.doctor.machine import check_disk, check_heartbeat, disk_result
from cli.doctor.providers import check_callbacks, check_provider, check_returned_email, senders_by_name
from cli.doctor.report import CheckResult
from cli.doctor.service import check_policies_in_force
from cli.doctor.settings import check_settings, policy_results
from config.database import make_engine, make_sessions, reading
from config.disk_reserve import SIZE
from config.settings import Settings
from notifications.message import Channel
from service.app import open_service
from tests.contract.listener import listening
from tests.contract.mail import mail_server
from tests.contract.notify_double import KEY, TEMPLATES, notify_double
from tests.contract.twilio_double import ACCOUNT, NUMBER, TOKEN, TwilioDouble, twilio_double
from tests.databases import ON_SQLITE
from tests.integration.service_process import Places

SMTP = {"smtp_host": "localhost", "smtp_tls": "none", "mail_from": "planwatch@example.org"}
TWILIO = {"twilio_account_sid": ACCOUNT, "twilio_auth_token": TOKEN, "twilio_from": NUMBER}
NOTIFY = {"notify_api_key": KEY, "notify_email_template": TEMPLATES[Channel.EMAIL],
          "notify_sms_template": TEMPLATES[Channel.SMS]}  # fmt: skip


def settings(**given: Any) -> Settings:
    """These, and nothing from a file."""
    return Settings(_env_file=None, **given)


def marks(results: Sequence[CheckResult]) -> list[str]:
    """How each line is marked."""
    return ["ok" if result.remedy is None else "FAIL" if result.fails else "look" for result in results]


def nobodys_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def knocked(sender: Any) -> tuple[str, str]:
    """How the line of a provider is marked, and what it says."""
    [result] = await check_provider(sender.name, sender, settings())
    return marks([result])[0], result.finding


@pytest.mark.parametrize(("password", "mark"), [("right", "ok"), ("wrong", "FAIL")])
async def test_a_mail_server_is_signed_in_to_over_tls_and_handed_nothing(
    tmp_path: Path, password: str, mark: str
) -> None:
    async with mail_server(tmp_path, tls="starttls", auth=True) as mailbox:
        sender = mailbox.sender("starttls", username="planwatch", password=password)
        assert (await knocked(sender))[0] == mark
        assert mailbox.arrived() == []


async def test_a_mail_server_without_starttls_or_with_a_strange_certificate_fails(tmp_path: Path) -> None:
    async with mail_server(tmp_path) as mailbox:
        assert "STARTTLS" in (await knocked(mailbox.sender("starttls")))[1]
    async with mail_server(tmp_path, tls="starttls") as mailbox:
        assert (await knocked(mailbox.sender("starttls", trust=None)))[0] == "FAIL"


async def test_a_mail_server_that_is_busy_is_looked_at_and_one_that_is_not_there_fails(tmp_path: Path) -> None:
    async with mail_server(tmp_path, answers={"GREETING": "421 busy"}) as mailbox:
        assert (await knocked(mailbox.sender()))[0] == "look"
    sender = senders_by_name(settings(**SMTP, smtp_port=nobodys_port()))["smtp"]
    assert (await knocked(sender))[0] == "FAIL"


async def test_twilio_is_asked_for_our_account_with_its_token() -> None:
    async with twilio_double() as twilio:
        sender = senders_by_name(settings(**TWILIO, twilio_base_url=twilio.url))["twilio"]
        assert (await knocked(sender))[0] == "ok"
        assert [(request.method, request.login) for request in twilio.requests] == [("GET", f"{ACCOUNT}:{TOKEN}")]
        twilio.account = "suspended"
        assert (await knocked(sender)) == ("FAIL", "our account at Twilio is suspended or closed")


async def twilio_says(twilio: TwilioDouble, **changed: str) -> tuple[str, str]:
    return await knocked(senders_by_name(settings(**TWILIO | changed, twilio_base_url=twilio.url))["twilio"])


async def test_a_wrong_token_of_twilio_fails_and_trouble_there_is_looked_at() -> None:
    async with twilio_double() as twilio:
        assert await twilio_says(twilio, twilio_auth_token="old") == (
            "FAIL",
            "Twilio does not know our account and token (20003)",
        )
        twilio.refuse(503)
        assert (await twilio_says(twilio))[0] == "look"
    assert (await twilio_says(TwilioDouble(port=nobodys_port())))[0] == "FAIL"


async def test_notify_is_asked_with_our_key_and_gives_nobodys_messages() -> None:
    async with notify_double() as notify:
        notify.keep(Channel.SMS, {"phone_number": "07700900456", "personalisation": {}}, notify.now)
        senders = senders_by_name(settings(**NOTIFY, notify_base_url=notify.url))
        assert list(senders) == ["notify"]  # once, although it is there for both channels
        assert (await knocked(senders["notify"]))[0] == "ok"
        assert [request.query for request in notify.requests] == [{"reference": "0" * 36}]


async def test_a_wrong_key_of_notify_fails() -> None:
    async with notify_double() as notify:
        wrong = settings(**NOTIFY | {"notify_api_key": KEY[:-1] + "1"}, notify_base_url=notify.url)
        assert (await knocked(senders_by_name(wrong)["notify"]))[0] == "FAIL"


async def test_settings_are_told_by_name_and_the_order_of_providers_in_words() -> None:
    given = settings(**SMTP, **TWILIO, **NOTIFY, sms_providers="notify,twilio")
    results = await check_settings(given)
    report = " ".join(result.finding for result in results)
    assert [result.finding for result in results[1:]] == [
        "by smtp, and by notify when that is down",
        "by notify, and by twilio when that is down",
    ]
    assert "SMTP_HOST, SMTP_TLS, MAIL_FROM" in results[0].finding
    assert [secret for secret in (TOKEN + " ", ACCOUNT, KEY, NUMBER, "planwatch@") if secret in report] == []


async def test_without_texts_alerts_go_by_email_and_without_email_it_fails() -> None:
    assert marks(await check_settings(settings(**SMTP))) == ["ok", "ok", "look"]
    assert marks(await check_settings(settings(**TWILIO))) == ["ok", "FAIL", "ok"]


CALLED = [
    (SMTP, ["look"]),
    (SMTP | {"public_url": "https://planwatch.example.org"}, []),
    (TWILIO, ["FAIL"]),
    (TWILIO | {"public_url": "http://planwatch.example.org"}, ["FAIL"]),
    (TWILIO | {"public_url": "https://planwatch.example.org"}, ["ok"]),
    (TWILIO | {"public_url": "http://127.0.0.1:8000"}, ["ok"]),
    (NOTIFY | {"public_url": "https://planwatch.example.org"}, ["ok", "FAIL"]),
    (NOTIFY | {"public_url": "https://planwatch.example.org", "notify_callback_token": "t" * 20}, ["ok"]),
]


@pytest.mark.parametrize(("given", "expected"), CALLED)
async def test_providers_can_call_us_over_https_with_what_they_are_known_by(
    given: dict[str, str], expected: list[str]
) -> None:
    assert marks(await check_callbacks(settings(**given))) == expected


async def test_who_waits_for_the_heartbeat_is_reached_and_hears_none() -> None:
    async with listening() as listener:
        assert marks(await check_heartbeat(settings(heartbeat_url=listener.url))) == ["ok"]
        assert listener.calls == []
    assert marks(await check_heartbeat(settings(heartbeat_url=f"http://127.0.0.1:{nobodys_port()}/secret"))) == ["FAIL"]
    assert marks(await check_heartbeat(settings())) == ["look"]


async def test_returned_email_is_read_cannot_be_or_is_not_set_up(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    assert marks(await check_returned_email(settings(**SMTP, bounces=tmp_path))) == ["ok"]
    assert marks(await check_returned_email(settings(**SMTP, bounces=tmp_path / "none"))) == ["look"]
    assert marks(await check_returned_email(settings(**SMTP))) == ["look"]
    assert await check_returned_email(settings(**NOTIFY)) == []


def test_a_policy_is_past_its_review_from_the_day_after_it(tmp_path: Path) -> None:
    [_, overdue] = policy_results(None, date(2026, 1, 1))
    assert (overdue.finding.split(":")[0], marks([overdue])) == ("bradford", ["look"])
    assert marks(policy_results(None, date(2025, 12, 31))) == ["ok"]
    (tmp_path / "bad.yaml").write_text("authority: 7\n")
    [fault] = policy_results(tmp_path, date(2026, 1, 1))
    assert (marks([fault]), "bad.yaml:1" in str(fault.remedy)) == (["FAIL"], True)


def test_policies_of_a_folder_are_named_with_what_is_to_be_read_again(tmp_path: Path) -> None:
    edition = '{title: Working Together, edition: "2026", read_again: 2026-11-01}'
    (tmp_path / "kent.yaml").write_text(f"extends: wakefield\nauthority: kent\ntitle: Kent\nrests_on: [{edition}]\n")
    results = policy_results(tmp_path, date(2026, 11, 1))
    assert results[0].finding.endswith(f"those of kent from {tmp_path}")
    assert results[-1].finding == "kent: Working Together (2026) was to be read again on 2026-11-01"
    assert len(policy_results(tmp_path, date(2026, 10, 31))) == len(results) - 1


@ON_SQLITE
async def test_what_is_in_force_is_compared_with_the_files_of_this_machine(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(database)
    try:
        async with reading(make_sessions(engine)) as session:
            (nothing,) = await check_policies_in_force(session)
            assert nothing.finding.startswith("no policy yet")
        await (await open_service(Settings(database_url=database), senders={})).close()
        async with reading(make_sessions(engine)) as session:
            assert marks(await check_policies_in_force(session)) == ["ok"]
        (tmp_path / "dudley.yaml").write_text("extends: dudley\ntitle: Ours\n")
        monkeypatch.setenv("PLANWATCH_POLICIES", str(tmp_path))
        async with reading(make_sessions(engine)) as session:
            assert marks(await check_policies_in_force(session)) == ["ok", "look"]
    finally:
        await engine.dispose()


ROOM = [(3 * SIZE, 0, False, "ok"), (2 * SIZE - 1, 0, False, "FAIL"), (2 * SIZE - 1, 0, True, "look"),
        (SIZE - 1, 0, True, "FAIL"), (9 * SIZE, 8 * SIZE, True, "look"), (10 * SIZE, 8 * SIZE, True, "ok")]  # fmt: skip


@pytest.mark.parametrize(("free", "stored", "disk_reserve", "mark"), ROOM)
def test_room_has_to_be_there_for_the_disk_reserve_and_then_for_a_copy(
    free: int, stored: int, disk_reserve: bool, mark: str
) -> None:
    assert marks([disk_result("", free, stored, disk_reserve=disk_reserve)]) == [mark]


async def test_the_disk_is_the_one_on_which_the_database_is_or_is_to_be(tmp_path: Path) -> None:
    (tmp_path / "planwatch.db").write_bytes(b"x" * 5 * 2**20)
    [result] = await check_disk(settings(database_url=f"sqlite:///{tmp_path}/planwatch.db"))
    assert result.finding.endswith("the database takes 5 MB")
    [result] = await check_disk(settings(database_url=f"sqlite:///{tmp_path}/not/yet/planwatch.db"))
    assert result.finding.endswith("the database takes 0 MB")
    assert [entry.name for entry in os.scandir(tmp_path)] == ["planwatch.db"]


async def test_what_does_not_answer_in_time_is_told_beside_all_the_rest(tmp_path: Path) -> None:
    async with mail_server(tmp_path, answers={"GREETING": "hang"}) as mailbox:
        given = settings(**SMTP, smtp_port=mailbox.port, database_url=f"sqlite:///{tmp_path}/planwatch.db")
        results, all_ended = await run_checks(given, 1.5)
    assert (results[-1].check, results[-1].finding) == ("smtp", "does not answer within 1.5 seconds")
    assert (all_ended, {"clock", "database", "heartbeat"} <= {result.check for result in results}) == (False, True)


async def test_with_nothing_but_advice_it_ends_well(tmp_path: Path) -> None:
    async with mail_server(tmp_path) as mailbox, twilio_double() as twilio:
        places = Places(tmp_path, mailbox.port, twilio.url, {"PUBLIC_URL": "https://planwatch.example.org"}).upgraded()
        status, out, err = await places.run("doctor")
        assert (status, err) == (0, "")
        assert "FAIL" not in out
        assert "look  heartbeat" in out
        twilio.account = "suspended"
        status, out, _ = await places.run("doctor")
    assert (status, "FAIL  twilio" in out) == (1, True)


async def test_it_says_so_where_only_some_are_sent_anything() -> None:
    results = await check_settings(settings(**SMTP, **TWILIO, only_to=("@example.org", "+447700900123")))
    assert marks(results) == ["ok", "ok", "ok", "look"]
    assert results[-1].finding == "only 2 are sent anything, as PLANWATCH_ONLY_TO lists them"
