"""Which channels the settings set up."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.settings import Settings
from notifications.message import Channel, message_id_of, outside_id_of
from notifications.outbox.attempt import Pace
from notifications.outbox.deliver import tell_time_in_utc
from notifications.providers.senders import make_senders
from notifications.providers.smtp.send import SmtpSender
from notifications.providers.twilio.send import TwilioSender

MAIL = {"SMTP_HOST": "mail.example.org", "MAIL_FROM": "planwatch@example.org"}
TEXTS = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "token", "TWILIO_FROM": "+447700900123"}

UUID = "26785a09-ab16-4eb0-8407-a37497a57506"
NOTIFY = {"NOTIFY_API_KEY": f"key-{UUID}-{UUID}"}
NOTIFY_EMAIL, NOTIFY_TEXTS = NOTIFY | {"NOTIFY_EMAIL_TEMPLATE": UUID}, NOTIFY | {"NOTIFY_SMS_TEMPLATE": UUID}


def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, values: dict[str, str]) -> Settings:
    """Settings with these values in the environment."""
    for name, value in values.items():
        monkeypatch.setenv(f"PLANWATCH_{name}", value)
    return Settings.load(tmp_path / "none")


@pytest.mark.parametrize(
    ("values", "channels"),
    [
        ({}, []),
        (MAIL, [Channel.EMAIL]),
        (TEXTS, [Channel.SMS]),
        (MAIL | TEXTS, [Channel.EMAIL, Channel.SMS]),
        (NOTIFY, []),
        (NOTIFY_EMAIL, [Channel.EMAIL]),
        (NOTIFY_TEXTS, [Channel.SMS]),
    ],
)
def test_a_channel_is_there_as_soon_as_it_is_set_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, values: dict[str, str], channels: list[Channel]
) -> None:
    assert list(make_senders(settings(monkeypatch, tmp_path, values))) == channels


def test_email_is_sent_as_the_settings_say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    more = {"SMTP_TLS": "implicit", "SMTP_USERNAME": "planwatch", "SMTP_PASSWORD": "secret"}
    sender = make_senders(settings(monkeypatch, tmp_path, MAIL | more))[Channel.EMAIL][0]
    assert sender == SmtpSender("mail.example.org", 465, "implicit", "planwatch@example.org", "planwatch", "secret")


def test_texts_are_sent_by_twilio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert isinstance(make_senders(settings(monkeypatch, tmp_path, TEXTS))[Channel.SMS][0], TwilioSender)


@pytest.mark.parametrize(
    ("order", "names"),
    [("", ["twilio", "notify"]), ("notify,twilio", ["notify", "twilio"]), ("twilio", ["twilio"])],
)
def test_who_goes_first_is_a_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, order: str, names: list[str]
) -> None:
    made = make_senders(settings(monkeypatch, tmp_path, TEXTS | NOTIFY_TEXTS | {"SMS_PROVIDERS": order}))
    assert [sender.name for sender in made[Channel.SMS]] == names


def test_a_secret_is_not_shown_by_its_sender() -> None:
    sender = SmtpSender("mail.example.org", 465, "implicit", "planwatch@example.org", "planwatch", "secret")
    assert "secret" not in repr(sender)


def test_the_id_in_the_outbox_is_the_same_everywhere_and_the_worlds_hangs_on_a_secret() -> None:
    assert message_id_of("digest/w-sw/2026-12-18") == message_id_of("digest/w-sw/2026-12-18")
    assert outside_id_of("k", b"one") != outside_id_of("k", b"two")
    assert {len(message_id_of("k")), len(outside_id_of("k", b"one"))} == {32}


def test_on_a_fast_clock_a_lease_lasts_as_long_in_real_time() -> None:
    assert Pace(lease=60, speed=1440).lease_on_clock.total_seconds() / 1440 == 60
    assert Pace(lease=60, speed=1440).renewal == 20


def test_a_time_that_nobody_says_better_is_said_in_utc() -> None:
    assert tell_time_in_utc(datetime(2026, 12, 18, 8, 30, tzinfo=UTC)) == "08:30 UTC on 18 Dec 2026"


def test_of_two_tokens_the_first_signs_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    two = TEXTS | {"TWILIO_AUTH_TOKEN": "new,old"}
    (sender,) = make_senders(settings(monkeypatch, tmp_path, two))[Channel.SMS]
    assert vars(sender)["_auth_token"] == "new"  # noqa: S105 - no secret
