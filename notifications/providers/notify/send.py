"""Email and texts through GOV.UK Notify, over its published API: one request a message, none of them repeated."""

import asyncio
import re
import ssl
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar

import httpx2
import jwt

from config.clock import Clock, SystemClock
from notifications.errors import ContentRefused, DeliveryError, Misconfigured, TryLater, Undeliverable, Unknown
from notifications.message import Channel, Outgoing, ReceivedText, Sought
from notifications.providers.sender import retry_after
from notifications.retry import SAME_MOMENT

_ADDRESS = "https://api.notifications.service.gov.uk"
_SECONDS = 30.0  # for the whole of a request
_ID = 36  # letters of a UUID
_MOST_PAGES = 100  # of 250 texts each
_RATE_LIMIT = timedelta(seconds=15)  # it counts the requests of a minute
_DAILY_LIMIT = timedelta(minutes=5)  # lifted at midnight, or by Notify's people when they are asked

# What Notify says when it refuses a request (400), by its words: the first that fits says what is to be done.
_REFUSALS: Sequence[tuple[str, type[DeliveryError], str]] = (
    (r"trial mode", Misconfigured, "our service there is in trial mode and sends to its own team only"),
    (r"team.only", Misconfigured, "our key is one that sends to our own team only"),
    (r"longer than|character count|is empty", ContentRefused, "the text is empty or too long"),
    (r"^(phone_number|email_address)\b", Undeliverable, "the number or address is none that it can reach"),
    (r"international", Undeliverable, "our service there may not send abroad"),
    (r"template|personalisation", Misconfigured, "our template there is not as docs/settings.md asks for it"),
)


class NotifySender(ABC):
    """One service at GOV.UK Notify, by one of its API keys."""

    name: ClassVar[str] = "notify"
    keeps_to_time: ClassVar[bool] = False  # it tries for up to three days, and no option limits that
    channel: ClassVar[Channel]

    def __init__(
        self,
        api_key: str,
        template: str,
        *,
        base_url: str | None = None,
        seconds: float = _SECONDS,
        clock: Clock = SystemClock(),  # noqa: B008 - it has no state
    ) -> None:
        """`template`: the id of one that is nothing but our words; `clock`: real time, to which Notify holds us."""
        self._service, self._secret = api_key[-2 * _ID - 1 : -_ID - 1], api_key[-_ID:]
        self._template = template
        self._base_url = base_url or _ADDRESS
        self._seconds = seconds
        self._clock = clock

    async def send(self, outgoing: Outgoing) -> str:
        """Hand it to Notify and give its id (a UUID) for the message."""
        wanted = self._wanted(outgoing) | {"template_id": self._template, "reference": outgoing.message_id}
        trust = self._trust  # made before anything is on record: what fails in it is certain
        await outgoing.before_data()
        answer = await self._request("POST", f"/v2/notifications/{self.channel.value}", trust, json=wanted)
        if answer.status_code != httpx2.codes.CREATED:
            raise _refusal(answer)
        found = _members(answer).get("id")
        if not isinstance(found, str) or not found:
            raise Unknown("Notify's answer names no message")
        return found

    async def look_up(self, sought: Sought) -> str | None:
        """Notify's id of what bears our reference and was made since this attempt began."""
        asked = {"reference": sought.message_id, "template_type": sought.channel.value}
        since = sought.started_at - SAME_MOMENT
        there = await self._list("/v2/notifications", "notifications", asked)
        found = [
            one
            for one in there
            if one.get("reference") == sought.message_id
            and _text(one, "id") not in sought.known
            and _moment(one) >= since
        ]
        return _text(min(found, key=_moment), "id") if found else None

    async def knock(self) -> None:
        """Ask for messages of a reference that none bears: whether our key is taken, and nobody's message is read."""
        await self._list("/v2/notifications", "notifications", {"reference": "0" * _ID})

    @abstractmethod
    def _wanted(self, outgoing: Outgoing) -> dict[str, object]:
        """What a request holds of a message, by its channel."""

    async def _list(self, path: str, name: str, asked: Mapping[str, str]) -> list[Mapping[str, Any]]:
        """What Notify lists; an error that is none of `Unknown`, because asking changes nothing there."""
        try:
            answer = await self._request("GET", path, self._trust, params=asked)
        except Unknown as error:
            raise TryLater(f"it cannot be asked: {error}") from error
        if answer.status_code != httpx2.codes.OK:
            refusal = _refusal(answer)
            raise TryLater(f"it cannot be asked: {refusal}") if isinstance(refusal, Unknown) else refusal
        listed = _members(answer, "it cannot be asked").get(name)
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise TryLater("it cannot be asked: its list cannot be read")
        return listed

    async def _request(self, method: str, path: str, trust: ssl.SSLContext, **what: Any) -> httpx2.Response:
        """One request on a connection of its own, so that none can be stale when it matters; never redirected."""
        try:
            async with asyncio.timeout(self._seconds), httpx2.AsyncClient(verify=trust, timeout=self._seconds) as http:
                return await http.request(method, self._base_url + path, headers=self._headers(), **what)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise Misconfigured(f"no connection to Notify ({type(error).__name__})") from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise Unknown(f"Notify did not say whether it has it ({type(error).__name__})") from error

    def _headers(self) -> Mapping[str, str]:
        said = {"iss": self._service, "iat": int(self._clock.now().timestamp())}
        return {"Authorization": f"Bearer {jwt.encode(said, self._secret, algorithm='HS256')}"}

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context()  # slow to make: once


class NotifyEmail(NotifySender):
    """Email through Notify. Its own words stand around ours: a letterhead, in plain text and in HTML."""

    channel = Channel.EMAIL

    def _wanted(self, outgoing: Outgoing) -> dict[str, object]:
        content = outgoing.content
        # A line that begins with spaces would be set as something else: Notify reads the body as Markdown.
        body = "\n".join(line.strip() for line in content.text.splitlines())
        personalisation = {"subject": content.subject or "", "body": body}
        return {"email_address": outgoing.address, "personalisation": personalisation}


class NotifySms(NotifySender):
    """Texts through Notify, and those that it receives for us."""

    channel = Channel.SMS

    def _wanted(self, outgoing: Outgoing) -> dict[str, object]:
        return {"phone_number": outgoing.address, "personalisation": {"body": outgoing.content.text}}

    async def received_since(self, since: datetime) -> list[ReceivedText]:
        """The texts that Notify got from this moment on; it keeps them for seven days, unless it is told otherwise."""
        found: list[ReceivedText] = []
        asked: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            listed = await self._list("/v2/received-text-messages", "received_text_messages", asked)
            page = [_received(one) for one in listed]
            found += page
            if not page or min(one.at for one in page) < since:
                return [one for one in found if one.at >= since]
            asked = {"older_than": page[-1].provider_id}
        raise TryLater(f"it lists more than {_MOST_PAGES} pages of texts")


def _received(one: Mapping[str, Any]) -> ReceivedText:
    number = _text(one, "user_number")
    international = f"+{number}" if re.fullmatch(r"[1-9]\d{6,14}", number) else number
    return ReceivedText(_text(one, "id"), international, _text(one, "content"), _moment(one))


def _text(one: Mapping[str, Any], name: str) -> str:
    value = one.get(name)
    if not isinstance(value, str):
        raise TryLater(f"it cannot be asked: an entry of its list has no {name}")
    return value


def _moment(one: Mapping[str, Any]) -> datetime:
    """When Notify made an entry; it leaves the offset out where it means UTC."""
    try:
        made = datetime.fromisoformat(_text(one, "created_at"))
    except ValueError as error:
        raise TryLater("it cannot be asked: an entry of its list has no moment") from error
    return made if made.tzinfo else made.replace(tzinfo=UTC)


def _members(answer: httpx2.Response, fault: str = "") -> Mapping[str, Any]:
    """The object that an answer is; where it is none, an error by what was asked for."""
    try:
        found = answer.json()
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    raise TryLater(f"{fault}: its answer cannot be read") if fault else Unknown("Notify's answer cannot be read")


def _refusal(answer: httpx2.Response) -> DeliveryError:
    """What an answer that is no success means."""
    status, (kind, words) = answer.status_code, _said(answer)
    if status == httpx2.codes.TOO_MANY_REQUESTS:
        usual = _DAILY_LIMIT if "today" in words else _RATE_LIMIT
        return TryLater("Notify asks for patience", retry_after(answer.headers) or usual)
    if status >= httpx2.codes.INTERNAL_SERVER_ERROR or status == httpx2.codes.REQUEST_TIMEOUT:
        return Unknown(f"Notify failed and did not say whether it has it ({status})")
    if status == httpx2.codes.BAD_REQUEST:
        for pattern, error, meaning in _REFUSALS:
            if re.search(pattern, words, re.IGNORECASE):
                return error(f"Notify refuses it: {meaning}")
        return Misconfigured(f"Notify refuses it ({kind})")
    if "clock" in words:
        return Misconfigured("Notify refuses us: our clock is more than 30 seconds from its own")
    return Misconfigured(f"Notify refuses us ({kind} {status})")


def _said(answer: httpx2.Response) -> tuple[str, str]:
    """The kind of a refusal and its words, which may name a person and are never repeated."""
    try:
        first = answer.json()["errors"][0]
        kind, words = str(first["error"]), str(first["message"])
    except (ValueError, LookupError, TypeError):
        return "no reason", ""
    return (kind if re.fullmatch(r"[A-Za-z]{1,40}", kind) else "no reason"), words
