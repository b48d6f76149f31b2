"""The settings of a process. Only this module reads the environment, and it reports all faults at once."""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic.networks import validate_email
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource, NoDecode, SettingsConfigDict

from config.database_url import with_async_driver
from config.env_file import ENV_FILE, PREFIX, lines_that_are_none, set_by_kubernetes

_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_NOTIFY_KEY = re.compile(rf".+-{_UUID}-{_UUID}")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_LISTED = re.compile(r"\+[1-9][0-9]{6,14}|[^\s@,]*@[a-z0-9-]+(\.[a-z0-9-]+)+")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
_USUAL_PORTS = {"none": 25, "starttls": 587, "implicit": 465}
_OAUTH = "smtp_oauth_token_url"
# Settings that are needed when another one is set. The other one must stand above it in the class.
_NEEDED_WITH = {
    **dict.fromkeys(("smtp_oauth_client_id", "smtp_oauth_client_secret", "smtp_oauth_scope", "smtp_username"), _OAUTH),
    "smtp_password": "smtp_username",
    "mail_from": "smtp_host",
    "twilio_auth_token": "twilio_account_sid",
    **dict.fromkeys(("openid_client_id", "openid_client_secret"), "openid_issuer"),
    "twilio_from": "twilio_account_sid",
}
_PROVIDERS = {"email_providers": ("smtp", "notify"), "sms_providers": ("twilio", "notify")}


class SettingsError(Exception):
    """The settings cannot be used: `faults` holds one sentence each, naming the variable, never its value."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        count = "1 setting is" if len(faults) == 1 else f"{len(faults)} settings are"
        super().__init__("\n  ".join([f"{count} wrong (environment or {ENV_FILE}):", *faults]))


def _database_address(url: str) -> str:
    try:
        return with_async_driver(url)
    except ValueError as fault:
        raise PydanticCustomError("worded", "{fault}", {"fault": str(fault)}) from None


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError
    return url.rstrip("/")


def _heartbeat_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.fragment:
        raise ValueError
    return url


def _private_address(url: str) -> str:
    # The provider's token is sent there, and must not cross a network unencrypted.
    if urlsplit(url).scheme == "http" and urlsplit(url).hostname not in LOOPBACK:
        raise ValueError
    return url


def _mail_address(sender: str) -> str:
    # An address, or a name and an address in angle brackets; the name may hold what it likes, apart from line ends.
    name, bracket, address = sender.rpartition("<")
    if not sender.isprintable() or (bracket and not address.endswith(">")) or "<" in name:
        raise ValueError
    validate_email(address.removesuffix(">"))
    return sender


def _notify_key(key: SecretStr) -> SecretStr:
    # GOV.UK Notify's keys end with the service's id and the secret.
    if not _NOTIFY_KEY.fullmatch(key.get_secret_value()):
        raise ValueError
    return key


def current_secrets(secret: SecretStr) -> list[str]:
    """The secrets in a setting, the newest first. There are two of them while one replaces the other."""
    return [part.strip() for part in secret.get_secret_value().split(",")]


def _one_or_two(shortest: int) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        parts = current_secrets(secret)
        if len(parts) > 2 or any(len(part) < shortest for part in parts):
            raise ValueError
        return secret

    return AfterValidator(check)


def _names(text: object) -> object:
    """The comma-separated names in a text, in their order."""
    return tuple(name for part in text.split(",") if (name := part.strip())) if isinstance(text, str) else text


def _known_once(names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    if not names or len(set(names)) != len(names) or set(names) - set(_PROVIDERS[str(info.field_name)]):
        raise ValueError
    return names


def _recipients(names: tuple[str, ...]) -> tuple[str, ...]:
    listed = tuple(name.lower() for name in names)
    if not all(_LISTED.fullmatch(name) for name in listed):
        raise ValueError
    return listed


def _host_names(names: tuple[str, ...]) -> tuple[str, ...]:
    hosts = tuple(name.lower() for name in names)
    if not all(_HOST.fullmatch(name) for name in hosts):
        raise ValueError
    return hosts


def _number_that_receives(sender: str) -> str:
    """A number as Twilio writes it. Nobody can answer a sender that is a name, not even with STOP."""
    number = re.sub(r"[ ()-]", "", sender)
    if not re.fullmatch(r"\+[1-9]\d{6,14}|[1-9]\d{2,7}", number):
        raise ValueError
    return number


_Port = Annotated[int, Field(ge=1, le=65535)]
_Order = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names), AfterValidator(_known_once)]
_WebAddress = Annotated[str, AfterValidator(_web_address)]


def _usual_port(settings: dict[str, Any]) -> int:
    return _USUAL_PORTS[settings.get("smtp_tls", "starttls")]


class Settings(BaseSettings):
    """All settings, each under its own name in capitals after PLANWATCH_; a description says what is expected."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: Annotated[str, BeforeValidator(_database_address)] = Field(
        default="sqlite+aiosqlite:///var/planwatch.db",
        repr=False,  # it may hold a password
        description="sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME",
    )
    smtp_host: str | None = Field(default=None, description="the name of the mail server; empty: no email is sent")
    smtp_tls: Literal["none", "starttls", "implicit"] = Field(
        default="starttls", description="none, starttls or implicit"
    )
    smtp_port: _Port = Field(
        default_factory=_usual_port, description="a port from 1 to 65535; empty: 587 starttls, 465 implicit, 25 none"
    )
    smtp_oauth_token_url: Annotated[_WebAddress, AfterValidator(_private_address)] | None = Field(
        default=None, description="https://… of the issuer of access tokens (OAuth2); empty: a password or no sign-in"
    )
    smtp_oauth_client_id: str | None = Field(default=None, description="the id of planwatch at that issuer")
    smtp_oauth_client_secret: SecretStr | None = Field(default=None, description="the secret of that id")
    smtp_oauth_scope: str | None = Field(default=None, description="what access is asked for there, in its words")
    smtp_username: str | None = Field(default=None, description="the name to sign in with; empty: no sign-in")
    smtp_password: SecretStr | None = Field(default=None, description="the password of that name; none beside OAuth2")
    mail_from: Annotated[str, AfterValidator(_mail_address)] | None = Field(
        default=None, description="the sender of email, such as planwatch@example.org"
    )
    twilio_account_sid: str | None = Field(default=None, description="the account at Twilio; empty: no text is sent")
    twilio_auth_token: Annotated[SecretStr, _one_or_two(1)] | None = Field(
        default=None, description="the token of that account; while it is changed NEW,OLD"
    )
    twilio_from: Annotated[str, AfterValidator(_number_that_receives)] | None = Field(
        default=None,
        description="the number that texts come from, such as +447700900123 or a short code; a name cannot be answered",
    )
    twilio_base_url: Annotated[_WebAddress, AfterValidator(_private_address)] | None = Field(
        default=None, description="https://HOST, or http:// on this machine; empty: Twilio itself"
    )
    notify_api_key: Annotated[SecretStr, AfterValidator(_notify_key)] | None = Field(
        default=None, description="an API key of GOV.UK Notify; empty: nothing goes through it"
    )
    notify_email_template: Annotated[str, Field(pattern=_UUID)] | None = Field(
        default=None, description="the id of the template at Notify that is ((subject)) and ((body)); empty: no email"
    )
    notify_sms_template: Annotated[str, Field(pattern=_UUID)] | None = Field(
        default=None, description="the id of the template at Notify that is ((body)); empty: no text goes through it"
    )
    notify_callback_token: Annotated[SecretStr, _one_or_two(20)] | None = Field(
        default=None,
        description="20 letters or more, with which Notify calls us back; while it is changed NEW,OLD; "
        "empty: its calls are refused",
    )
    notify_base_url: Annotated[_WebAddress, AfterValidator(_private_address)] | None = Field(
        default=None, description="https://HOST, or http:// on this machine; empty: GOV.UK Notify itself"
    )
    email_providers: _Order = Field(
        default=_PROVIDERS["email_providers"], description="smtp, notify or both: who goes first, who when that is down"
    )
    sms_providers: _Order = Field(
        default=_PROVIDERS["sms_providers"], description="twilio, notify or both: who goes first, who when that is down"
    )
    bounces: Path | None = Field(
        default=None,
        description="a Maildir folder or an mbox file in which returned email arrives; empty: none is read",
    )
    only_to: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names), AfterValidator(_recipients)] = Field(
        default=(),
        repr=False,  # addresses of people
        description="email addresses, @DOMAIN, numbers like +447700900123 with commas between: nobody else is sent "
        "anything, as in a system to try things out with; empty: everybody is",
    )
    public_url: _WebAddress | None = Field(
        default=None, description="http(s)://HOST under which people and providers reach this service"
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names), AfterValidator(_host_names)] = Field(
        default=(),
        description="further names with commas between, such as planwatch.council.example.org, under which requests "
        "are answered beside PLANWATCH_PUBLIC_URL; empty: none",
    )
    help_line: str | None = Field(
        default=None,
        description="whom people call who cannot sign in, in the council's words, on the page of help; empty: no more "
        "than that it is the council's systems support",
    )
    openid_issuer: Annotated[_WebAddress, AfterValidator(_private_address)] | None = Field(
        default=None, description="https://… of the issuer by which people sign in (OpenID Connect); empty: by password"
    )
    openid_client_id: str | None = Field(default=None, description="the id of planwatch at that issuer's sign-in")
    openid_client_secret: SecretStr | None = Field(default=None, description="the secret of that id at its sign-in")
    heartbeat_url: Annotated[str, AfterValidator(_heartbeat_address), AfterValidator(_private_address)] | None = Field(
        default=None, description="https://HOST, or http:// on this machine, pinged as long as all is well; empty: none"
    )
    policies: Path | None = Field(
        default=None,
        description="a folder of policy files, which stand above the built-in policies; empty: these alone",
    )
    http_host: str = Field(default="127.0.0.1", description="the address to listen on")
    http_port: _Port = Field(default=8000, description="a port from 1 to 65535")

    @field_validator(*_NEEDED_WITH, mode="after")
    @classmethod
    def _is_there_when_needed(cls, value: object, info: ValidationInfo) -> object:
        other = _NEEDED_WITH[str(info.field_name)]
        if info.field_name == "smtp_password" and info.data.get(_OAUTH) is not None:  # the server is told no password
            return None
        if value is None and info.data.get(other) is not None:
            raise PydanticCustomError("needed", "needed, since {other} is set", {"other": _variable(other)})
        return value

    @classmethod
    def load(cls, env_file: Path = ENV_FILE) -> Self:
        """The settings from the environment; missing ones come from a file. A `SettingsError` names all faults."""
        faults = lines_that_are_none(env_file) + _misspelt(env_file)
        try:
            settings = cls(_env_file=env_file)
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
            # A default that depends on a faulty setting cannot be worked out. That is not a second fault.
            faults += [_in_words(fault) for fault in details if fault["type"] != "default_factory_not_called"]
        if faults:
            raise SettingsError(faults)
        return settings


def _variable(field: str) -> str:
    return PREFIX + field.upper()


def _misspelt(env_file: Path) -> list[str]:
    """A sentence for each variable with our prefix that is no setting, which would otherwise be ignored silently."""
    setting_names = [_variable(field) for field in Settings.model_fields]
    variables = {*EnvSettingsSource(Settings).env_vars, *DotEnvSettingsSource(Settings, env_file=env_file).env_vars}
    ours = {name.upper() for name in variables if name.upper().startswith(PREFIX)}
    strangers = sorted(ours - set(setting_names) - set_by_kubernetes(ours))
    return [f"{name}: there is no such setting; the nearest is {_nearest(name, setting_names)}" for name in strangers]


def _nearest(name: str, setting_names: list[str]) -> str:
    return get_close_matches(name, setting_names, n=1, cutoff=0)[0]


def _in_words(fault: ErrorDetails) -> str:
    field = str(fault["loc"][0])
    # Only our own messages are repeated: those of other validators may quote the value, which may be a secret.
    if fault["type"] == "worded":
        return f"{_variable(field)}: {fault['msg']}"
    why = f"{fault['msg']}: " if fault["type"] == "needed" else ""
    return f"{_variable(field)}: {why}expected {Settings.model_fields[field].description}"
