"""The settings: read once, every fault told at once by name, and no secret in any fault."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from config.database_url import for_asyncpg
from config.env_file import PREFIX
from config.settings import Settings, SettingsError, current_secrets

Given = Callable[..., Settings]
SECRET = "hunter2-hunter2"  # noqa: S105 - stands for a secret, to see that it is told nowhere


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Given:
    """Load the settings from these variables and this .env file, and nothing else."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)

    def load(env_file: str = "", **variables: str) -> Settings:
        for name, value in variables.items():
            monkeypatch.setenv(PREFIX + name, value)
        (tmp_path / ".env").write_text(env_file)
        return Settings.load(tmp_path / ".env")

    return load


def faults_of(given: Given, env_file: str = "", **variables: str) -> list[str]:
    """The faults that loading these leads to."""
    with pytest.raises(SettingsError) as caught:
        given(env_file, **variables)
    return caught.value.faults


def test_nothing_needs_to_be_set(given: Given) -> None:
    settings = given()
    assert settings.database_url == "sqlite+aiosqlite:///var/planwatch.db"
    assert (settings.smtp_host, settings.twilio_account_sid, settings.public_url) == (None, None, None)
    assert (settings.http_host, settings.http_port, settings.smtp_tls) == ("127.0.0.1", 8000, "starttls")


def test_an_empty_variable_is_as_good_as_none(given: Given) -> None:
    assert given(SMTP_HOST="", TWILIO_ACCOUNT_SID="", SMTP_PORT="").smtp_host is None


def test_an_env_file_is_read_and_the_environment_beats_it(given: Given) -> None:
    settings = given("PLANWATCH_HTTP_PORT=9000\nPLANWATCH_HTTP_HOST=127.0.0.2\nOTHER=1\n", HTTP_PORT="9001")
    assert (settings.http_port, settings.http_host) == (9001, "127.0.0.2")


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("postgresql://u:p@db/plans", "postgresql+asyncpg://u:p@db/plans"),
        ("postgres://u:p@db/plans", "postgresql+asyncpg://u:p@db/plans"),
        ("sqlite:///var/other.db", "sqlite+aiosqlite:///var/other.db"),
        ("sqlite+aiosqlite:////data/p.db", "sqlite+aiosqlite:////data/p.db"),
    ],
)
def test_a_database_url_gets_its_async_driver(given: Given, url: str, normal: str) -> None:
    assert given(DATABASE_URL=url).database_url == normal


@pytest.mark.parametrize(("tls", "port"), [("none", 25), ("starttls", 587), ("implicit", 465)])
def test_the_mail_port_follows_from_the_kind_of_tls(given: Given, tls: str, port: int) -> None:
    assert given(SMTP_TLS=tls).smtp_port == port
    assert given(SMTP_TLS=tls, SMTP_PORT="2525").smtp_port == 2525


def test_a_trailing_slash_makes_no_difference(given: Given) -> None:
    assert given(PUBLIC_URL="https://plans.example.org/").public_url == "https://plans.example.org"


def test_every_fault_is_told_at_once(given: Given) -> None:
    faults = faults_of(
        given, HTTP_PORT="eighty", SMTP_TLS="tls", SMTP_HOST="mail.example.org", DATABASE_URL="mysql://h/d"
    )
    needed = "PLANWATCH_MAIL_FROM: needed, since PLANWATCH_SMTP_HOST is set: "
    assert sorted(faults) == [
        "PLANWATCH_DATABASE_URL: expected sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME",
        "PLANWATCH_HTTP_PORT: expected a port from 1 to 65535",
        f"{needed}expected the sender of email, such as planwatch@example.org",
        "PLANWATCH_SMTP_TLS: expected none, starttls or implicit",
    ]


@pytest.mark.parametrize("variables", [{"SMTP_HOTS": "mail.example.org"}, {"smtp_hots": "mail.example.org"}])
def test_a_misspelt_name_is_refused_with_the_nearest_right_one(given: Given, variables: dict[str, str]) -> None:
    assert faults_of(given, **variables) == [
        "PLANWATCH_SMTP_HOTS: there is no such setting; the nearest is PLANWATCH_SMTP_HOST"
    ]


def test_a_misspelt_name_in_the_env_file_is_refused_too(given: Given) -> None:
    assert "PLANWATCH_PUBLIC_URL" in faults_of(given, "PLANWATCH_PUBLIC_ADDRESS=https://plans.example.org\n")[0]


@pytest.mark.parametrize(
    ("given_name", "needed"),
    [
        ("SMTP_USERNAME", ["PLANWATCH_SMTP_PASSWORD"]),
        ("TWILIO_ACCOUNT_SID", ["PLANWATCH_TWILIO_AUTH_TOKEN", "PLANWATCH_TWILIO_FROM"]),
    ],
)
def test_what_belongs_together_is_asked_for_together(given: Given, given_name: str, needed: list[str]) -> None:
    assert [fault.split(":")[0] for fault in faults_of(given, **{given_name: "AC1"})] == needed


@pytest.mark.parametrize("url", ["http://sms.example.org", "sms.example.org", "https://sms.example.org/?a=1"])
def test_texts_are_handed_over_in_clear_on_this_machine_only(given: Given, url: str) -> None:
    assert faults_of(given, TWILIO_BASE_URL=url)[0].startswith("PLANWATCH_TWILIO_BASE_URL: expected https://HOST")
    assert given(TWILIO_BASE_URL="http://127.0.0.1:9/").twilio_base_url == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    "sender", ["DUDLEY", "Dudley CC", "+DUDLEY", "Dudley1", "MG0123456789abcdef0123456789abcdef", "07"]
)
def test_a_sender_of_texts_must_be_a_number_that_can_be_answered(given: Given, sender: str) -> None:
    faults = faults_of(given, TWILIO_ACCOUNT_SID="AC1", TWILIO_AUTH_TOKEN="t", TWILIO_FROM=sender)
    assert [fault.split(":")[0] for fault in faults] == ["PLANWATCH_TWILIO_FROM"]
    assert sender not in faults[0]


@pytest.mark.parametrize(("sender", "number"), [("+44 7700 900123", "+447700900123"), ("60777", "60777")])
def test_a_number_may_be_written_with_blanks_and_be_short(given: Given, sender: str, number: str) -> None:
    assert given(TWILIO_ACCOUNT_SID="AC1", TWILIO_AUTH_TOKEN="t", TWILIO_FROM=sender).twilio_from == number


def test_a_sender_must_be_an_address(given: Given) -> None:
    assert given(MAIL_FROM="planwatch <planwatch@example.org>").mail_from == "planwatch <planwatch@example.org>"
    assert given(MAIL_FROM="Reminders, Żory <planwatch@example.org>").mail_from is not None
    for wrong in ("planwatch", "planwatch <planwatch@example.org", "planwatch <planwatch>", "a\nb <p@example.org>"):
        assert "such as planwatch@example.org" in faults_of(given, MAIL_FROM=wrong)[0]


OAUTH = {
    "SMTP_OAUTH_TOKEN_URL": "https://login.example.org/token",
    "SMTP_OAUTH_CLIENT_ID": "id-1",
    "SMTP_OAUTH_CLIENT_SECRET": SECRET,
    "SMTP_OAUTH_SCOPE": "https://mail.example.org/.default",
}


def test_access_tokens_need_no_password(given: Given) -> None:
    assert given(**OAUTH, SMTP_USERNAME="planwatch@example.org").smtp_password is None


def test_access_tokens_need_all_that_they_are_asked_for_with(given: Given) -> None:
    missing = [fault.split(":")[0] for fault in faults_of(given, SMTP_OAUTH_TOKEN_URL="https://a.example.org")]
    assert missing == [f"PLANWATCH_{name}" for name in (*list(OAUTH)[1:], "SMTP_USERNAME")]


def test_the_secret_that_tokens_are_asked_for_with_crosses_no_network_in_clear(given: Given) -> None:
    faults = faults_of(given, **OAUTH | {"SMTP_OAUTH_TOKEN_URL": "http://login.example.org"})
    assert "PLANWATCH_SMTP_OAUTH_TOKEN_URL" in faults[0]


def test_no_value_is_ever_told(given: Given) -> None:
    names = [field.upper() for field in Settings.model_fields if field not in {"smtp_username", "twilio_from"}]
    told = str(SettingsError(faults_of(given, **dict.fromkeys(names, SECRET))))
    assert "PLANWATCH_HTTP_PORT" in told
    assert SECRET not in told


def test_secrets_are_not_shown_with_the_settings(given: Given) -> None:
    shown = repr(
        given(
            SMTP_USERNAME="planwatch",
            SMTP_PASSWORD=SECRET,
            TWILIO_AUTH_TOKEN=SECRET,
            DATABASE_URL=f"postgresql://u:{SECRET}@db/plans",
        )
    )
    assert "smtp_username='planwatch'" in shown
    assert SECRET not in shown


OLD, NEW = "o" * 20, "n" * 20
TWILIO = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_FROM": "+447700900123"}


@pytest.mark.parametrize("name", ["TWILIO_AUTH_TOKEN", "NOTIFY_CALLBACK_TOKEN"])
def test_a_token_may_be_two_while_it_is_changed_the_newest_first(given: Given, name: str) -> None:
    settings = given(**TWILIO | {"TWILIO_AUTH_TOKEN": NEW, name: f"{NEW}, {OLD}"})
    assert current_secrets(getattr(settings, name.lower())) == [NEW, OLD]
    assert OLD not in repr(settings)
    assert NEW not in repr(settings)


@pytest.mark.parametrize("value", [f"{NEW},{OLD},{NEW}", f"{NEW},", f",{OLD}", ",", f"{NEW}, ,{OLD}"])
@pytest.mark.parametrize("name", ["TWILIO_AUTH_TOKEN", "NOTIFY_CALLBACK_TOKEN"])
def test_three_tokens_or_an_empty_one_are_a_fault_that_shows_none(given: Given, name: str, value: str) -> None:
    (fault,) = faults_of(given, **TWILIO | {"TWILIO_AUTH_TOKEN": NEW, name: value})
    assert fault.startswith(f"PLANWATCH_{name}: expected ")
    assert not any(token in fault for token in (NEW, OLD))


def test_each_of_two_callback_tokens_is_as_long_as_one_must_be(given: Given) -> None:
    assert faults_of(given, NOTIFY_CALLBACK_TOKEN=f"{NEW},short")[0].startswith("PLANWATCH_NOTIFY_CALLBACK_TOKEN: ")


def test_recipients_are_listed_with_commas_and_without_regard_to_case(given: Given) -> None:
    assert given().only_to == ()
    listed = given(ONLY_TO="Tester@Example.org, @Example.com,+447700900123").only_to
    assert listed == ("tester@example.org", "@example.com", "+447700900123")


@pytest.mark.parametrize("entry", ["07700 900123", "tester", "tester@", "@", "@example", "a@example.org;b@example.org"])
def test_a_recipient_that_is_none_is_a_fault_that_does_not_repeat_it(given: Given, entry: str) -> None:
    [fault] = faults_of(given, ONLY_TO=f"@example.org,{entry}")
    assert fault.startswith("PLANWATCH_ONLY_TO: expected email addresses")
    assert entry == "@" or entry not in fault


@pytest.mark.parametrize(
    "option", ["sslmode=require", "connect_timeout=5&application_name=plans", "host=/run/postgresql"]
)
def test_a_postgresql_address_may_have_options_in_libpqs_words(given: Given, option: str) -> None:
    assert given(DATABASE_URL=f"postgresql://u:p@db/plans?{option}").database_url.endswith(option)


@pytest.mark.parametrize(
    ("option", "fault"),
    [
        ("sslrot=x", "?sslrot is not known; known are host, port, sslmode, ssl, connect_timeout, application_name"),
        ("connect_timeout=soon", "?connect_timeout is a number of seconds"),
    ],
)
def test_an_option_of_the_address_that_would_do_nothing_is_named(given: Given, option: str, fault: str) -> None:
    assert faults_of(given, DATABASE_URL=f"postgresql://u:{SECRET}@db/p?{option}") == [
        f"PLANWATCH_DATABASE_URL: {fault}"
    ]


def test_postgresql_without_its_driver_says_what_to_install(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (fault,) = faults_of(given, DATABASE_URL="postgresql://u:p@db/plans")
    assert fault.endswith("install planwatch[postgres]")


def test_libpqs_words_become_asyncpgs() -> None:
    url = make_url("postgresql+asyncpg://u:p@db/p?sslmode=require&connect_timeout=7&application_name=plans")
    address, arguments = for_asyncpg(url, {"timeout": 5.0, "server_settings": {"jit": "off", "application_name": "x"}})
    assert dict(address.query) == {"ssl": "require"}
    assert arguments == {"timeout": 7.0, "server_settings": {"jit": "off", "application_name": "plans"}}


def test_a_line_of_the_env_file_that_is_none_is_named_and_not_repeated(given: Given) -> None:
    faults = faults_of(given, f"# settings\nPLANWATCH_HTTP_PORT=9000\n{SECRET} and more\nPLANWATCH_SMTP_HOST\n")
    assert [fault.rpartition("/")[2] for fault in faults] == [
        f".env line {number}: is not NAME=value; write it so, or begin the line with #" for number in (3, 4)
    ]


def test_what_kubernetes_sets_for_a_service_of_our_name_is_no_setting(given: Given) -> None:
    injected = {"SERVICE_HOST": "10.0.0.5", "SERVICE_PORT": "8000", "PORT": "tcp://10.0.0.5:8000"}
    assert given(**injected, PORT_8000_TCP_ADDR="10.0.0.5", SERVICE_PORT_HTTP="8000").http_port == 8000


def test_the_same_name_without_kubernetes_is_a_slip(given: Given) -> None:
    assert faults_of(given, PORT="8001")[0].startswith("PLANWATCH_PORT: there is no such setting; the nearest is ")


def test_a_heartbeat_address_may_have_a_query_as_push_services_give_it(given: Given) -> None:
    url = "https://push.example.org/api/push/abc?status=up&msg=OK"
    assert given(HEARTBEAT_URL=url).heartbeat_url == url
