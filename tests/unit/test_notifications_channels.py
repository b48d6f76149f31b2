"""Which channels the settings set up."""

from dataclasses import fields as dataclass_fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.settings import Settings
from notifications import providers
from notifications.channels.spec import SPECS
from notifications.message import Channel, message_id_of, outside_id_of
from notifications.outbox.attempt import Pace
from notifications.outbox.deliver import tell_time_in_utc
from notifications.outbox.failover import Failover
from notifications.providers.provider import Provider
from notifications.providers.senders import PROVIDERS, make_senders, needed_for
from notifications.providers.smtp.send import SmtpSender
from notifications.providers.twilio.send import TwilioSender
from notifications.retry import NOWHERE, At
from service.domain.events.payloads.people import PersonRecorded
from service.domain.people.directory import Person

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


def test_each_channel_has_a_row_whose_address_field_every_record_has() -> None:
    assert set(SPECS) == set(Channel)
    fields = {channel.spec.address_field for channel in Channel}
    assert fields <= set(PersonRecorded.model_fields)
    assert fields <= {field.name for field in dataclass_fields(Person)}


def test_an_alert_goes_on_by_another_channel_and_never_by_itself() -> None:
    assert [channel for channel in Channel if channel.spec.instead is channel] == []


def test_the_setting_of_a_channels_order_names_each_of_its_providers() -> None:
    for channel in Channel:
        setting = channel.spec.order_setting
        if setting is not None:
            able = {name for name, provider in PROVIDERS.items() if channel in provider.ways}
            assert set(Settings.model_fields[setting].default) == able


def test_every_folder_of_a_provider_is_found_and_has_its_name() -> None:
    folders = {path.parent.name for path in Path(providers.__path__[0]).glob("*/__init__.py")}
    assert set(PROVIDERS) == folders
    assert all(isinstance(provider, Provider) for provider in PROVIDERS.values())


def test_what_a_channel_needs_is_told_for_each_of_its_providers() -> None:
    assert list(needed_for(Channel.EMAIL)) == [
        "PLANWATCH_SMTP_HOST and PLANWATCH_MAIL_FROM",
        "PLANWATCH_NOTIFY_API_KEY and PLANWATCH_NOTIFY_EMAIL_TEMPLATE",
    ]


def test_an_attempt_at_notify_is_dead_sooner_than_one_at_a_mail_server_though_neither_is_set_up() -> None:
    failover = Failover({})
    assert failover.at(Channel.EMAIL, "notify") == At(cool_off=timedelta(seconds=120))
    assert failover.at(Channel.EMAIL, "smtp") == failover.at(Channel.EMAIL, None) == NOWHERE


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
    assert message_id_of("digest/w-sw/2026-12-18") == "37a5ba880d539538bebf01d27b63d534"
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
