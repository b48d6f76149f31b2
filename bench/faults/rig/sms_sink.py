"""Twilio as far as sending and asking go, in a process of its own.

`python -m bench.faults.rig.sms_sink JOURNAL STALL PORT` prints its port. A message is on disk before it is answered,
and from then on listed. With STALL `DOT:20` the first 20 messages are kept, and their first requests never answered;
with a share such as `0.01` so many of them get no answer but a hang-up.
"""

import asyncio
import json
import random
import re
import sys
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bench.faults.rig.journal import Journal

REFERENCE = re.compile(r"\bP-\d+\b")
REPEATS = re.compile("(?i)may repeat")
PAGE = 50


class SmsSink:
    """The provider: what it has taken, by number."""

    def __init__(self, journal: Journal, stall: str) -> None:
        self._journal = journal
        self._most = int(stall.partition(":")[2] or 0)
        self._hang_up = float(stall) if stall.replace(".", "").isdigit() else 0.0
        self._chance = random.Random(1)
        self._stalled: set[str] = set()
        self._taken: dict[str, list[dict[str, object]]] = {}
        self._count = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        try:
            while await self._answer(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request. False: the connection is to end."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        method, target, _ = head.splitlines()[0].split()
        length = re.search(r"(?i)^content-length: (\d+)", head, re.MULTILINE)
        body = (await reader.readexactly(int(length[1]))).decode() if length else ""
        status, answer = (201, self._take(body)) if method == "POST" else (200, self._list(target))
        if answer and self._answers(answer):
            writer.write(_response(status, answer))
            await writer.drain()
            return True
        if self._most:
            await reader.read()  # until the other side is gone
        return False

    def _take(self, body: str) -> dict[str, object]:
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self._count += 1
        sid = f"SM{self._count:032x}"
        reference = REFERENCE.search(form["Body"])
        callback = parse_qs(urlsplit(form.get("StatusCallback", "")).query)
        self._journal.write(
            at=time.time(),
            channel="sms",
            to=form["To"],
            identity=sid,
            attempt=callback.get("attempt", [""])[0],
            reference=reference[0] if reference else "",
            repeats=REPEATS.search(form["Body"]) is not None,
        )
        now = format_datetime(datetime.now(UTC))
        message: dict[str, object] = {"sid": sid, "body": form["Body"], "to": form["To"], "from": form["From"]}
        message |= {"status": "sent", "direction": "outbound-api", "date_created": now, "date_sent": now}
        message |= {"date_updated": now, "error_code": None, "num_segments": "1"}
        self._taken.setdefault(form["To"], []).insert(0, message)  # the newest comes first
        return message

    def _list(self, target: str) -> dict[str, object]:
        """A page of what was taken, as Twilio gives it."""
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        size, page = int(query.get("PageSize", PAGE)), int(query.get("Page", 0))
        taken = self._taken.get(query.get("To", ""), [])
        further = len(taken) > (page + 1) * size
        following = f"{parts.path}?To={query.get('To', '').replace('+', '%2B')}&PageSize={size}&Page={page + 1}"
        shown = taken[page * size : (page + 1) * size]
        return {
            "messages": shown,
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + len(shown) - 1,
            "uri": target,
            "first_page_uri": f"{parts.path}?PageSize={size}&Page=0",
            "previous_page_uri": None,
            "next_page_uri": following if further else None,
        }

    def _answers(self, answer: dict[str, object]) -> bool:
        if "sid" not in answer:
            return True
        words = str(answer["body"])
        if words not in self._stalled and len(self._stalled) < self._most:
            self._stalled.add(words)
            self._journal.write(stalled="DOT", identity=answer["sid"])
            return False
        return self._chance.random() >= self._hang_up


def _response(status: int, answer: dict[str, object]) -> bytes:
    body = json.dumps(answer).encode()
    head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


async def main(journal: str, stall: str, port: str) -> None:
    """Serve until the process is ended."""
    sink = SmsSink(Journal(Path(journal)), stall)
    server = await asyncio.start_server(sink.talk, "127.0.0.1", int(port), backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
