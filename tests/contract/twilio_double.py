"""Twilio as far as it is needed: takes messages over HTTP on loopback, and answers as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlencode

from notifications.providers.twilio.send import TwilioSender
from tests.contract.request import Request, on_loopback, read_request, written_answer
from tests.waiting import let_time_pass

ACCOUNT, TOKEN, NUMBER = "AC" + "1" * 32, "token", "+447700900123"
HANG_UP, HANG = "hang up", "hang"
LONG = 3600.0  # seconds


@dataclass
class TwilioDouble:
    """What arrived, and how the next one is answered."""

    port: int = 0
    requests: list[Request] = field(default_factory=list)
    status: int = 201
    answer: object = None
    headers: dict[str, str] = field(default_factory=dict)
    instead: str = ""  # of an answer: hang up, or hang
    account: str = "active"  # how our account stands there
    texts: list[dict[str, object]] = field(default_factory=list)  # what it lists, the oldest first
    now: datetime = datetime(2026, 12, 18, 8, 30, tzinfo=UTC)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def sender(self, **changed: object) -> TwilioSender:
        """What sends to it."""
        options = {"base_url": self.url, "public_url": None, "seconds": 30.0} | changed
        return TwilioSender(ACCOUNT, TOKEN, NUMBER, **options)  # type: ignore[arg-type]  # the options of a test

    def gets(self, number: str, text: str, at: datetime, to: str = NUMBER) -> str:
        """Somebody writes to our number, and nobody tells us; the id of it."""
        return self.keep("inbound", number, to, text, at, at)

    def keep(
        self, direction: str, from_: str, to: str, body: str, created: datetime, sent: datetime | None = None
    ) -> str:
        """Have a text in the list; `sent` is None for what is queued."""
        sid = f"SM{len(self.texts) + 1:032x}"
        known: dict[str, object] = {
            "sid": sid,
            "account_sid": ACCOUNT,
            "direction": direction,
            "from": from_,
            "to": to,
            "body": body,
        }
        dates = {"date_created": format_datetime(created), "date_sent": format_datetime(sent) if sent else None}
        self.texts.append(known | dates | {"status": "received" if direction == "inbound" else "queued"})
        return sid

    def refuse(self, status: int, code: int | None = None, **headers: str) -> None:
        """Answer from now on as Twilio refuses."""
        self.status, self.headers = status, headers
        self.answer = {"code": code or status, "message": "no", "status": status, "more_info": "https://example.org"}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        try:
            self.requests.append(await read_request(reader))
            if self.instead == HANG:
                let_time_pass(LONG)  # more than anybody waits
                await reader.read()  # until the other side gives up
            elif self.instead != HANG_UP:
                writer.write(self._response())
                await writer.drain()
        finally:
            writer.close()

    def _response(self) -> bytes:
        request = self.requests[-1]
        if self.status == 201 and request.path.endswith(f"/Accounts/{ACCOUNT}.json"):
            return written_answer(*self._account(request), self.headers)
        answer = self.answer or self._usual(request)
        status = 200 if self.status == 201 and request.method == "GET" else self.status
        return written_answer(status, answer, self.headers)

    def _account(self, request: Request) -> tuple[int, object]:
        if request.login != f"{ACCOUNT}:{TOKEN}":
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        return 200, {"sid": ACCOUNT, "status": self.account}

    def _usual(self, request: Request) -> dict[str, object]:
        if request.method == "GET":
            return self._page(request)
        form = request.form
        sid = self.keep("outbound-api", form["From"], form["To"], form["Body"], self.now)
        return {"sid": sid, "status": "queued", "error_code": None}

    def _page(self, request: Request) -> dict[str, object]:
        """The texts that are asked for, the newest first; the day of sending leaves out what has none."""
        asked = request.query
        first = int(asked.get("Page", 0))
        size = int(asked.get("PageSize", 50))
        fitting = [one for one in reversed(self.texts) if _fits(one, asked)]
        more = len(fitting) > (first + 1) * size
        following = urlencode(asked | {"Page": str(first + 1)})
        return {
            "messages": fitting[first * size : (first + 1) * size],
            "page": first,
            "page_size": size,
            "next_page_uri": f"{request.path}?{following}" if more else None,
        }


@asynccontextmanager
async def twilio_double() -> AsyncIterator[TwilioDouble]:
    """A Twilio that listens."""
    double = TwilioDouble()
    async with on_loopback(double.serve) as double.port:
        yield double


def _fits(text: dict[str, object], asked: dict[str, str]) -> bool:
    whose = all(text[name.lower()] == asked[name] for name in ("To", "From") if name in asked)
    since = asked.get("DateSent>")
    if not whose or since is None:
        return whose
    sent = text["date_sent"]
    return sent is not None and parsedate_to_datetime(str(sent)).date() >= datetime.fromisoformat(since).date()
