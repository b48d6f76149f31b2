"""GOV.UK Notify as far as it is needed: takes messages over HTTP on loopback, lists them, and answers as it is told."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2
import jwt

from notifications.message import Channel
from notifications.providers.notify.send import NotifyEmail, NotifySender, NotifySms
from tests.contract.request import Request, on_loopback, read_request, written_answer
from tests.waiting import let_time_pass

SERVICE, SECRET = "26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0"
KEY = f"planwatch-tests-{SERVICE}-{SECRET}"
TEMPLATES = {Channel.EMAIL: "9d751e0e-f929-4891-82a1-a3e1c3c18ee3", Channel.SMS: "f33517ff-2a88-4f6e-b855-c550268ce08a"}
SENDERS: Mapping[Channel, type[NotifySender]] = {Channel.EMAIL: NotifyEmail, Channel.SMS: NotifySms}
HANG_UP, HANG, LOSE = "take it and hang up", "take it and hang", "hang up"
LONG = 3600.0  # seconds
_PAGE = 250
_REACHED = {Channel.EMAIL: "email_address", Channel.SMS: "phone_number"}


@dataclass
class NotifyDouble:
    """What arrived, what is listed, and how the next request is answered."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    taken: list[dict[str, Any]] = field(default_factory=list)  # as the list has them, the oldest first
    texts: list[dict[str, Any]] = field(default_factory=list)  # that came in, the oldest first
    now: datetime = datetime(2026, 12, 18, 8, 30, tzinfo=UTC)
    refusal: tuple[int, object] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    instead: str = ""  # of an answer to what is handed over

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def sender(self, channel: Channel = Channel.SMS, key: str = KEY, **changed: object) -> NotifySender:
        """What sends to it."""
        options = {"base_url": self.url, "seconds": 30.0} | changed
        return SENDERS[channel](key, TEMPLATES[channel], **options)  # type: ignore[arg-type]  # the options of a test

    def texts_sender(self) -> NotifySms:
        """What sends texts to it, and pulls them."""
        return NotifySms(KEY, TEMPLATES[Channel.SMS], base_url=self.url)

    def refuse(self, status: int, error: str = "BadRequestError", message: str = "no", **headers: str) -> None:
        """Answer from now on as Notify refuses."""
        self.answer(status, {"status_code": status, "errors": [{"error": error, "message": message}]}, **headers)

    def answer(self, status: int, body: object, **headers: str) -> None:
        """Answer from now on with this."""
        self.refusal, self.headers = (status, body), headers

    def gets(self, number: str, text: str, at: datetime) -> str:
        """Somebody writes to our number, and nobody tells us; the id of it."""
        known = {"id": _new_id(), "created_at": _written(at), "service_id": SERVICE, "notify_number": "07700900123"}
        self.texts.append(known | {"user_number": number.removeprefix("+"), "content": text})
        return str(known["id"])

    def keep(self, channel: Channel, wanted: dict[str, Any], at: datetime) -> dict[str, Any]:
        """Have a message in the list."""
        made = {
            "id": _new_id(),
            "reference": wanted.get("reference"),
            "type": channel.value,
            "created_at": _written(at),
        }
        self.taken.append(
            made | {"to": wanted[_REACHED[channel]], "said": wanted["personalisation"], "status": "sending"}
        )
        return self.taken[-1]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        try:
            request = await read_request(reader)
            self.requests.append(request)
            status, body = self._answered(request)
            instead = self.instead if request.method == "POST" else ""
            if instead == HANG:
                let_time_pass(LONG)  # more than anybody waits
                await reader.read()  # until the other side gives up
            elif not instead:
                writer.write(written_answer(status, body, self.headers))
                await writer.drain()
        finally:
            writer.close()

    def _answered(self, request: Request) -> tuple[int, object]:
        if self.refusal is not None:
            return self.refusal
        if not _is_ours(request):
            return 403, {"status_code": 403, "errors": [{"error": "AuthError", "message": "Invalid token"}]}
        if request.path == "/v2/notifications":
            return 200, self._page("notifications", [one for one in self.taken if _fits(one, request.query)], request)
        if request.path == "/v2/received-text-messages":
            return 200, self._page("received_text_messages", self.texts, request)
        channel = Channel(request.path.rpartition("/")[2])
        if request.json["template_id"] != TEMPLATES[channel]:
            return 400, {"errors": [{"error": "BadRequestError", "message": "Template not found"}], "status_code": 400}
        if self.instead == LOSE:
            return 0, {}
        return 201, {"id": self.keep(channel, request.json, self.now)["id"], "reference": request.json["reference"]}

    def _page(self, name: str, all_of_them: Sequence[dict[str, Any]], request: Request) -> dict[str, object]:
        """The newest first, from the one on that stands after the one which was named."""
        newest_first = list(reversed(all_of_them))
        ids = [one["id"] for one in newest_first]
        first = ids.index(request.query["older_than"]) + 1 if "older_than" in request.query else 0
        return {name: newest_first[first : first + _PAGE], "links": {"current": f"{self.url}{request.path}"}}


@asynccontextmanager
async def notify_double() -> AsyncIterator[NotifyDouble]:
    """A Notify that listens."""
    double = NotifyDouble()
    async with on_loopback(double.serve) as double.port:
        yield double


def _is_ours(request: Request) -> bool:
    """Whether the request is signed with our key, by a clock that is right."""
    try:
        token = request.headers["authorization"].removeprefix("Bearer ")
        said = jwt.decode(token, SECRET, algorithms=["HS256"], issuer=SERVICE, options={"verify_iat": False})
    except (jwt.InvalidTokenError, KeyError):
        return False
    return bool(abs(said["iat"] - time.time()) <= 30)


def _fits(one: dict[str, Any], asked: dict[str, str]) -> bool:
    names = {"reference": "reference", "template_type": "type"}
    return all(one[names[name]] == value for name, value in asked.items() if name in names)


def _new_id() -> str:
    return str(uuid.uuid4())


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def written_refusal(status: int, message: str, error: str = "BadRequestError") -> httpx2.Response:
    """A refusal as Notify writes it."""
    return httpx2.Response(status, json={"status_code": status, "errors": [{"error": error, "message": message}]})
