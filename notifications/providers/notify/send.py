"""Email and texts through GOV.UK Notify, over its published API. Each message is one request, never repeated."""

import asyncio
import re
import ssl
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar

import httpx2
import jwt

from config.clock import Clock, SystemClock
from notifications.errors import Misconfigured, TryLater, Unknown
from notifications.foreign_words import cleaned
from notifications.message import Channel, Outgoing, ReceivedText, Sought
from notifications.providers.notify.answers import PROVIDER, refusal
from notifications.providers.sender import believe_none, clock_difference, earliest_of
from notifications.providers.turns import Turns

_ADDRESS = "https://api.notifications.service.gov.uk"
_SECONDS = 30.0  # for the whole of a request
_A_SECOND = 45.0  # messages; it takes 3,000 a minute by one key
_ID = 36  # letters of a UUID
_MOST_PAGES = 100  # of 250 texts each


class NotifySender(ABC):
    """One service at GOV.UK Notify, which one of its API keys opens."""

    name: ClassVar[str] = PROVIDER
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
        """`template` is the id of one that holds nothing but our words. `clock` tells real time: Notify checks it."""
        self._service, self._secret = api_key[-2 * _ID - 1 : -_ID - 1], api_key[-_ID:]
        self._template = template
        self._base_url = base_url or _ADDRESS
        self._seconds = seconds
        self._clock = clock
        self._turns = Turns(_A_SECOND)
        self._difference: timedelta | None = None  # of Notify's clock from ours, by its newest answer

    async def send(self, outgoing: Outgoing) -> str:
        """Hand it to Notify and give its id (a UUID) for the message."""
        body = self._wanted(outgoing) | {"template_id": self._template, "reference": outgoing.message_id}
        trust = self._trust  # made before the attempt is on record, so that a failure here is certain
        turn = self._turns.take()
        if not outgoing.urgent:
            await asyncio.sleep(turn)
        await outgoing.before_data()
        answer = await self._request("POST", f"/v2/notifications/{self.channel.value}", trust, json=body)
        if answer.status_code != httpx2.codes.CREATED:
            raise refusal(answer)
        notification_id = _members(answer).get("id")
        if not isinstance(notification_id, str) or not notification_id:
            raise Unknown("Notify's answer names no message")
        return cleaned(notification_id)

    async def look_up(self, sought: Sought) -> str | None:
        """Find a message with our reference that was made since the attempt began. None: there is none."""
        query = {"reference": sought.message_id, "template_type": sought.channel.value}
        listed = await self._list("/v2/notifications", "notifications", query)
        since = earliest_of(sought.started_at, self._difference)
        matching = [
            entry
            for entry in listed
            if entry.get("reference") == sought.message_id
            and _text(entry, "id") not in sought.other_ids
            and _moment(entry) >= since
        ]
        if not matching:
            believe_none("Notify", self._difference)
            return None
        return _text(min(matching, key=_moment), "id")

    async def knock(self) -> None:
        """Ask for messages of a reference that none bears: our key is tried, and nobody's message is read."""
        await self._list("/v2/notifications", "notifications", {"reference": "0" * _ID})

    @abstractmethod
    def _wanted(self, outgoing: Outgoing) -> dict[str, object]:
        """The part of a request that depends on the channel."""

    async def _list(self, path: str, name: str, query: Mapping[str, str]) -> list[Mapping[str, Any]]:
        """The entries that Notify lists. Asking changes nothing there, so no error is `Unknown`."""
        try:
            answer = await self._request("GET", path, self._trust, params=query)
        except Unknown as error:
            raise TryLater(f"it cannot be asked: {error}") from error
        if answer.status_code != httpx2.codes.OK:
            refused = refusal(answer)
            raise TryLater(f"it cannot be asked: {refused}") if isinstance(refused, Unknown) else refused
        listed = _members(answer, "it cannot be asked").get(name)
        if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
            raise TryLater("it cannot be asked: its list cannot be read")
        return listed

    async def _request(self, method: str, path: str, trust: ssl.SSLContext, **content: Any) -> httpx2.Response:
        """Make one request, never redirected, on a connection of its own: a stale one could fail when it matters."""
        asked_at = self._clock.now()
        try:
            async with asyncio.timeout(self._seconds), httpx2.AsyncClient(verify=trust, timeout=self._seconds) as http:
                answer = await http.request(method, self._base_url + path, headers=self._headers(), **content)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise Misconfigured(f"no connection to Notify ({type(error).__name__})") from error
        except (httpx2.HTTPError, TimeoutError) as error:
            raise Unknown(f"Notify did not say whether it has it ({type(error).__name__})") from error
        self._difference = clock_difference(answer.headers, asked_at, self._clock.now())
        return answer

    def _headers(self) -> Mapping[str, str]:
        claims = {"iss": self._service, "iat": int(self._clock.now().timestamp())}
        return {"Authorization": f"Bearer {jwt.encode(claims, self._secret, algorithm='HS256')}"}

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context()  # slow to make: once


class NotifyEmail(NotifySender):
    """Email through Notify, which puts its own letterhead around our words, in plain text and in HTML."""

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
        """The texts that Notify got from this moment on. It keeps them for seven days, unless it is told otherwise."""
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
    """The object in an answer. Where there is none, it raises TryLater with `fault` if that is given, else Unknown."""
    try:
        members = answer.json()
    except ValueError:
        members = None
    if isinstance(members, dict):
        return members
    raise TryLater(f"{fault}: its answer cannot be read") if fault else Unknown("Notify's answer cannot be read")
