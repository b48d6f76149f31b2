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
        body = self._wanted(outgoing) | {"template_id": self._template, "reference": outgoing.message_id}
        trust = self._trust  # made before the attempt is on record, so that a failure here is certain
        await outgoing.before_data()
        answer = await self._request("POST", f"/v2/notifications/{self.channel.value}", trust, json=body)
        if answer.status_code != httpx2.codes.CREATED:
            raise _refusal(answer)
        notification_id = _members(answer).get("id")
        if not isinstance(notification_id, str) or not notification_id:
            raise Unknown("Notify's answer names no message")
        return notification_id

    async def look_up(self, sought: Sought) -> str | None:
        """Notify's id of a message with our reference, made since this attempt began. None: there is none."""
        query = {"reference": sought.message_id, "template_type": sought.channel.value}
        since = sought.started_at - SAME_MOMENT
        listed = await self._list("/v2/notifications", "notifications", query)
        matching = [
            entry
            for entry in listed
            if entry.get("reference") == sought.message_id
            and _text(entry, "id") not in sought.other_ids
            and _moment(entry) >= since
        ]
        return _text(min(matching, key=_moment), "id") if matching else None

    async def knock(self) -> None:
        """Ask for messages of a reference that none bears: whether our key is taken, and nobody's message is read."""
        await self._list("/v2/notifications", "notifications", {"reference": "0" * _ID})

    @abstractmethod
    def _wanted(self, outgoing: Outgoing) -> dict[str, object]:
        """What a request holds of a message, by its channel."""

    async def _list(self, path: str, name: str, query: Mapping[str, str]) -> list[Mapping[str, Any]]:
        """The entries that Notify lists. Asking changes nothing there, so no error is `Unknown`."""
        try:
            answer = await self._request("GET", path, self._trust, params=query)
        except Unknown as error:
            raise TryLater(f"it cannot be asked: {error}") from error
        if answer.status_code != httpx2.codes.OK:
            refusal = _refusal(answer)
            raise TryLater(f"it cannot be asked: {refusal}") if isinstance(refusal, Unknown) else refusal
        listed = _members(answer, "it cannot be asked").get(name)
        if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
            raise TryLater("it cannot be asked: its list cannot be read")
        return listed

    async def _request(self, method: str, path: str, trust: ssl.SSLContext, **content: Any) -> httpx2.Response:
        """One request on a connection of its own, so that none can be stale when it matters; never redirected."""
        try:
            async with asyncio.timeout(self._seconds), httpx2.AsyncClient(verify=trust, timeout=self._seconds) as http:
                return await http.request(method, self._base_url + path, headers=self._headers(), **content)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise Misconfigured(f"no connection to Notify ({type(error).__name__})") from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise Unknown(f"Notify did not say whether it has it ({type(error).__name__})") from error

    def _headers(self) -> Mapping[str, str]:
        claims = {"iss": self._service, "iat": int(self._clock.now().timestamp())}
        return {"Authorization": f"Bearer {jwt.encode(claims, self._secret, algorithm='HS256')}"}

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
        texts: list[ReceivedText] = []
        query: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            listed = await self._list("/v2/received-text-messages", "received_text_messages", query)
            page = [_received(text) for text in listed]
            texts += page
            if not page or min(text.at for text in page) < since:
                return [text for text in texts if text.at >= since]
            query = {"older_than": page[-1].provider_id}
        raise TryLater(f"it lists more than {_MOST_PAGES} pages of texts")


def _received(entry: Mapping[str, Any]) -> ReceivedText:
    number = _text(entry, "user_number")
    international = f"+{number}" if re.fullmatch(r"[1-9]\d{6,14}", number) else number
    return ReceivedText(_text(entry, "id"), international, _text(entry, "content"), _moment(entry))


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str):
        raise TryLater(f"it cannot be asked: an entry of its list has no {name}")
    return value


def _moment(entry: Mapping[str, Any]) -> datetime:
    """When Notify made an entry. A moment without an offset is UTC."""
    try:
        moment = datetime.fromisoformat(_text(entry, "created_at"))
    except ValueError as error:
        raise TryLater("it cannot be asked: an entry of its list has no moment") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _members(answer: httpx2.Response, fault: str = "") -> Mapping[str, Any]:
    """The object in an answer. Raises TryLater with `fault`, where that is given, else Unknown, where there is none."""
    try:
        members = answer.json()
    except ValueError:
        members = None
    if isinstance(members, dict):
        return members
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
        refusal = answer.json()["errors"][0]
        kind, words = str(refusal["error"]), str(refusal["message"])
    except (ValueError, LookupError, TypeError):
        return "no reason", ""
    return (kind if re.fullmatch(r"[A-Za-z]{1,40}", kind) else "no reason"), words
