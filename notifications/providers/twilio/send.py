"""Text messages through Twilio."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any, TypeVar

import aiohttp
from twilio.base.exceptions import TwilioException
from twilio.base.version import Version
from twilio.http.response import Response
from twilio.rest import Client

from config.clock import Clock, SystemClock
from notifications.errors import DeliveryError, Misconfigured, RefusesUs, TryLater, Unknown
from notifications.foreign_words import cleaned
from notifications.message import Outgoing, ReceivedText, Sought
from notifications.providers.sender import believe_none, earliest_of
from notifications.providers.twilio.answers import PROVIDER, refusal
from notifications.providers.twilio.transport import TwilioTransport

_Answer = TypeVar("_Answer")

_API = "https://api.twilio.com"
_JSON = {"Accept": "application/json"}
_TAKEN = range(200, 300)
_SECONDS = 30.0  # for the whole of it, and for each page of a list
_PAGE = 200  # texts to one number, the newest first
_LONGEST_PAGE = 1000  # what Twilio gives at once
_MOST_PAGES = 100
_BAD_REQUEST = 400
_LONGEST_VALIDITY = 36_000  # seconds; what Twilio takes


class TwilioSender:
    """One account at Twilio, which sends from one number of its own."""

    name = PROVIDER
    keeps_to_time = True

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        number: str,
        *,
        base_url: str | None = None,
        public_url: str | None = None,
        seconds: float = _SECONDS,
        clock: Clock = SystemClock(),  # noqa: B008 - it has no state
    ) -> None:
        """Twilio sends its status reports to `public_url`. None: it reports nothing.

        `clock` is this machine's. Twilio's own is compared with it.
        """
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._number = number
        self._base_url = base_url
        self._public_url = public_url
        self._seconds = seconds
        self._clock = clock

    async def send(self, outgoing: Outgoing) -> str:
        """Hand it to Twilio and give its id (SID) for the message."""
        form = self._form(outgoing)
        transport = self._transport  # made before the attempt is on record, so that a failure here is certain
        await outgoing.before_data()
        try:
            async with asyncio.timeout(self._seconds):
                answer = await transport.request("POST", self._address, data=form, headers=_JSON, auth=self._login)
            sid = _accepted(answer)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Misconfigured(f"no connection to Twilio ({type(error).__name__})") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unknown(f"Twilio did not say whether it has it ({type(error).__name__})") from error
        except TwilioException as error:
            raise refusal(getattr(error, "status", 0), getattr(error, "code", None)) from error
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise Unknown("Twilio's answer cannot be read") from error
        if not sid:
            raise Unknown("Twilio's answer names no message")
        return cleaned(str(sid))

    async def look_up(self, sought: Sought) -> str | None:
        """Find a text with these very words to this number, no older than the attempt, and give its id (SID).

        Twilio is asked for all texts to the number: a queued text has no day of sending to ask by.
        """
        async for page in self._pages(to=sought.address, from_=self._number, page_size=_PAGE):
            earliest = earliest_of(sought.started_at, self._transport.difference)
            listed = [(_created(text), text) for text in page]
            young = [text for created, text in listed if created is not None and created >= earliest]
            for text in young:
                if text.body == sought.content.text and text.sid not in sought.other_ids:
                    return str(text.sid)
            if listed and not young:  # the newest come first
                break
        believe_none("Twilio", self._transport.difference)
        return None

    async def received_since(self, since: datetime) -> Sequence[ReceivedText]:
        """All texts to our number that Twilio got from this moment on."""
        midnight = datetime.combine(since.date() - timedelta(days=1), time(), since.tzinfo)  # it filters by whole days
        texts: list[ReceivedText] = []
        async for page in self._pages(to=self._number, date_sent_after=midnight, page_size=_LONGEST_PAGE):
            texts += [_received(text) for text in page if not _ours(text)]
        return [text for text in texts if text.at >= since]

    async def knock(self) -> None:
        """Ask whether our own account is in use."""
        account = await self._asked(self._client.api.accounts(self._account_sid).fetch_async())
        if account.status != "active":
            raise RefusesUs("our account at Twilio is suspended or closed", PROVIDER, "account")

    async def close(self) -> None:
        """Close the connections that are kept."""
        await self._transport.close()

    async def _pages(self, **filters: object) -> AsyncIterator[Sequence[Any]]:
        """The pages of a list, to its end. Raises TryLater where there are too many."""
        page, texts = await self._asked(_listed(self._client.messages.page_async(**filters)))
        for _ in range(_MOST_PAGES):
            yield texts
            if not page.next_page_url:
                return
            page, texts = await self._asked(_listed(page.next_page_async()))
        raise TryLater("Twilio has more texts than can be read at once")

    async def _asked(self, answer: Awaitable[_Answer]) -> _Answer:
        """What Twilio says. Nothing was attempted, so that nothing is unknown where it does not answer."""
        try:
            async with asyncio.timeout(self._seconds):
                return await answer
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Misconfigured(f"no connection to Twilio ({type(error).__name__})") from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TryLater(f"Twilio did not answer ({type(error).__name__})") from error
        except TwilioException as error:
            raise _not_told(error) from error
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise TryLater("Twilio's answer cannot be read") from error

    def _form(self, outgoing: Outgoing) -> dict[str, str | int]:
        form: dict[str, str | int] = {"To": outgoing.address, "From": self._number, "Body": outgoing.content.text}
        if self._public_url is not None:
            form["StatusCallback"] = f"{self._public_url}/v1/twilio/status?attempt={outgoing.attempt_id}"
        if outgoing.valid_until is not None:
            left = int((outgoing.valid_until - outgoing.started_at).total_seconds())
            form["ValidityPeriod"] = max(1, min(left, _LONGEST_VALIDITY))
        return form

    @cached_property
    def _address(self) -> str:
        """Where a text is handed over. Twilio's client makes an object of each answer, which costs as much again."""
        path = f"/2010-04-01/Accounts/{self._account_sid}/Messages.json"
        return f"{(self._base_url or _API).rstrip('/')}{path}"

    @property
    def _login(self) -> tuple[str, str]:
        return self._account_sid, self._auth_token

    @cached_property
    def _transport(self) -> TwilioTransport:
        return TwilioTransport(self._seconds, self._clock)

    @cached_property
    def _client(self) -> Client:
        client = Client(self._account_sid, self._auth_token, http_client=self._transport)
        client.edge = client.region = None  # Twilio's client would take them from the environment
        if self._base_url is not None:
            client.api.base_url = self._base_url
        return client


def _accepted(answer: Response) -> object:
    """Twilio's id (SID) of what it took. Raises the exception of its library where it refuses."""
    if answer.status_code not in _TAKEN:
        raise Version.exception("POST", "", answer, "refused")
    return json.loads(answer.text).get("sid")


def _not_told(error: TwilioException) -> DeliveryError:
    """What a refused question means. An exception about a list carries the whole answer."""
    listed = next((part.status_code for part in error.args if isinstance(part, Response)), 0)
    status = getattr(error, "status", listed)
    refused = refusal(status, getattr(error, "code", None))
    ours = isinstance(refused, Misconfigured) and status != _BAD_REQUEST
    return refused if ours else TryLater(f"Twilio does not answer ({status})")


async def _listed(answer: Awaitable[Any]) -> tuple[Any, Sequence[Any]]:
    """A page of the list, and the texts on it."""
    page = await answer
    return page, list(page)


def _created(listed: Any) -> datetime | None:
    """When Twilio got a text, from us or for us."""
    moment: datetime | None = listed.date_created or listed.date_sent
    return moment


def _ours(listed: Any) -> bool:
    return str(listed.direction).startswith("outbound")


def _received(listed: Any) -> ReceivedText:
    at = _created(listed)
    if at is None:
        raise TryLater("Twilio's list names a text without its moment")
    return ReceivedText(str(listed.sid), str(listed.from_), listed.body or "", at)
