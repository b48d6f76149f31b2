"""A double of Twilio's Messages on loopback: takes texts by HTTP, lays them on phones, signs and posts the webhooks."""

import asyncio
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import format_datetime

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from cli.demo.standins.arrivals import Arrivals, Text
from config.clock import Clock

_MESSAGES = "/2010-04-01/Accounts/{account}/Messages.json"
_REAL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Account:
    """An account at the provider: made anew for every demonstration, so its token guards nothing afterwards."""

    sid: str = field(default_factory=lambda: f"AC{secrets.token_hex(16)}")
    token: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    number: str = "+447700900999"


class SmsProvider:
    """The provider: its HTTP side for the service, and what people do with their phones."""

    def __init__(self, account: Account, arrivals: Arrivals, clock: Clock, public_url: str) -> None:
        """`public_url` is the service's: texts that people send are posted below it."""
        self._account, self._arrivals, self._clock = account, arrivals, clock
        self.public_url = public_url
        self._client = httpx2.AsyncClient(timeout=_REAL_SECONDS, trust_env=False)
        self._callbacks: set[asyncio.Task[None]] = set()
        endpoints = ((self._create, "POST"), (self._list, "GET"))
        self.app = Starlette(routes=[Route(_MESSAGES, endpoint, methods=[method]) for endpoint, method in endpoints])

    async def send_from(self, phone: str, body: str) -> None:
        """Somebody texts the service from their phone."""
        sid = f"SM{secrets.token_hex(16)}"
        self._arrivals.add_text(phone, body, sid, theirs=True)
        fields = {"MessageSid": sid, "SmsSid": sid, "AccountSid": self._account.sid, "From": phone}
        fields |= {"To": self._account.number, "Body": body, "NumMedia": "0", "NumSegments": "1"}
        await self._post(f"{self.public_url}/v1/twilio/inbound", fields)

    async def close(self) -> None:
        """Let the last callbacks end, and close the connections."""
        await asyncio.gather(*self._callbacks, return_exceptions=True)
        await self._client.aclose()

    async def _create(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        text = self._arrivals.add_text(form["To"], form["Body"], f"SM{secrets.token_hex(16)}")
        if url := form.get("StatusCallback"):
            task = asyncio.create_task(self._report(url, text))
            self._callbacks.add(task)
            task.add_done_callback(self._callbacks.discard)
        return JSONResponse(self._resource(text, "queued"), status_code=201)

    async def _list(self, request: Request) -> Response:
        texts = self._arrivals.phone(request.query_params.get("To", ""))
        messages = [self._resource(text, "delivered") for text in reversed(texts) if not text.theirs]
        return JSONResponse({"messages": messages, "page": 0, "page_size": 50, "next_page_uri": None})

    async def _report(self, url: str, text: Text) -> None:
        for status in ("sent", "delivered"):
            fields = {"MessageSid": text.ticket, "SmsSid": text.ticket, "AccountSid": self._account.sid}
            fields |= {"From": self._account.number, "To": text.phone, "MessageStatus": status, "SmsStatus": status}
            await self._post(url, fields)

    async def _post(self, url: str, fields: dict[str, str]) -> None:
        signature = RequestValidator(self._account.token).compute_signature(url, fields)
        with suppress(httpx2.TransportError):  # the service is gone or going: a real provider would give up too
            await self._client.post(url, data=fields, headers={"X-Twilio-Signature": signature})

    def _resource(self, text: Text, status: str) -> dict[str, object]:
        when = format_datetime(text.at)
        return {
            "sid": text.ticket, "account_sid": self._account.sid, "to": text.phone, "from": self._account.number,
            "body": text.body, "status": status, "direction": "outbound-api", "date_created": when,
            "date_sent": when if status == "delivered" else None,
        }  # fmt: skip
