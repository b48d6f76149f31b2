"""Whatever is sent, no answer is a fault of ours, nothing is half-stored, and the valid neighbours are all in."""

import json
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from config.database import reading
from config.settings import Settings
from service.api.application import make_application
from service.store.tables import event
from tests.databases.sqlite import copy_of
from tests.hostile.mutations import lines, request, visit
from tests.integration.service_process import Places
from tests.world import World

PUBLIC = "https://planwatch.example.org"
TOKEN = "twenty-letters-or-more"  # noqa: S105 - the token of a test
SIGN = RequestValidator("token").compute_signature
REQUESTS, LINES = 400, 6
# What a person may write, or a provider's fault may make of it.
TEXTS = (
    "",
    " ",
    "\0",
    "\ud800",
    "1" * 15_000,
    "\U0001f600" * 500,
    "STOP\n",
    "‮1",
    "é\u0301",
    "1\r\n2",
    "{{7*7}}",
    "%00",
)
NUMBERS = ("", "+", "447700900111", "+447700900111", "x" * 300, "\ud83d", "+44" + "7" * 60, "none")


@pytest.fixture
def staffed_database(tmp_path: Path, staffed_file: Path) -> str:
    """A file: how requests are read does not depend on where they are stored."""
    return copy_of(staffed_file, tmp_path)


@pytest.fixture
async def providers(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the service, with both providers set up."""
    settings = Settings(
        public_url=PUBLIC,
        twilio_account_sid="AC1",
        twilio_auth_token=SecretStr("token"),
        twilio_from="+447700900123",
        notify_callback_token=SecretStr(TOKEN),
    )
    transport = httpx2.ASGITransport(
        app=make_application(replace(world.service, settings=settings)), raise_app_exceptions=False
    )
    async with httpx2.AsyncClient(transport=transport, base_url="http://inside") as client:
        yield client


async def stored(world: World) -> set[str]:
    async with reading(world.service.sessions) as session:
        return set(await session.scalars(select(event.c.id)))


async def test_hundreds_of_bad_requests_leave_nothing_behind_but_their_good_neighbours(
    world: World, http: httpx2.AsyncClient
) -> None:
    chance = random.Random(4)
    await world.open_plan("P-1")
    before, told, valid = await stored(world), 0, set[str]()
    for number in range(REQUESTS):
        sent = request(chance, str(number))
        answer = await http.post("/v1/events", content=sent.content, headers=dict(sent.headers))
        assert answer.status_code < 500
        if answer.status_code == 202:
            told += answer.json()["accepted"] + answer.json()["waiting"]
        valid |= set(sent.valid)
    new = await stored(world) - before
    assert len(valid) > 50
    assert valid <= new
    assert len(new) == told


@pytest.mark.parametrize("text", TEXTS)
async def test_whatever_a_phone_sends_is_kept_or_refused(
    world: World, providers: httpx2.AsyncClient, text: str
) -> None:
    for place, number in enumerate(NUMBERS):
        form = {"MessageSid": f"SM{place}", "From": number, "Body": text, "NumMedia": "x", "ErrorCode": text[:50]}
        form = {name: value.encode("utf-8", "replace").decode() for name, value in form.items()}
        for path, more in (("/v1/twilio/inbound", {}), ("/v1/twilio/status", {"MessageStatus": "failed"})):
            headers = {"X-Twilio-Signature": SIGN(PUBLIC + path, form | more)}
            answer = await providers.post(path, content=urlencode(form | more), headers=headers)
            assert answer.status_code in (200, 204, 400)  # 400: the number is none
        said = {"id": f"n{place}", "source_number": number, "message": text, "date_received": text, "status": text}
        said |= {"reference": number, "destination_number": number}
        for path in ("/v1/notify/received", "/v1/notify/receipts"):
            headers = {"Authorization": f"Bearer {TOKEN}"}
            answer = await providers.post(path, content=json.dumps(said).encode(), headers=headers)
            assert answer.status_code == 204


@pytest.mark.parametrize("path", ["/v1/twilio/inbound", "/v1/twilio/status", "/v1/notify/received"])
@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe", b"%ff=%fe", b"=&=&=", b"a=1&" * 300, b"a=1&a=2", b"MessageSid=" + b"x" * 70_000, b"%",
        b"[" * 60_000, b'{"id":NaN}', b'{"id":"a","id":"b"}', b'{"id":7}', b'{"id":' + b"9" * 6_000 + b"}", b"null",
        b'"x"',
    ],
)  # fmt: skip
async def test_what_is_no_form_of_a_provider_is_refused(
    providers: httpx2.AsyncClient, path: str, content: bytes
) -> None:
    headers = [(b"Authorization", f"Bearer {TOKEN}".encode()), (b"X-Twilio-Signature", b"\xff")]
    answer = await providers.post(path, content=content, headers=headers)
    assert 400 <= answer.status_code < 500 or content == b'{"id":"a","id":"b"}'


async def test_a_file_of_rubbish_gives_its_good_lines_and_says_what_the_others_are(tmp_path: Path) -> None:
    chance = random.Random(9)
    content, valid = [], set[str]()
    for number in range(LINES):
        some, names = lines(chance, str(number))
        content += some
        valid |= set(names)
    file = tmp_path / "rubbish.jsonl"
    file.write_bytes(b"".join(line + chance.choice((b"\n", b"\r\n", b"\n\n")) for line in content))
    places = Places(tmp_path)
    status, _, err = await places.run("ingest", str(file))
    assert status == 0, err
    assert valid <= {str(name) for (name,) in places.rows("SELECT id FROM event")}
    refused = [json.loads(line) for line in (tmp_path / "rubbish.jsonl.rejected.jsonl").read_text().splitlines()]
    assert len(refused) + len(places.rows("SELECT id FROM event")) == sum(1 for line in content if line.strip())
    assert all(one["line"] and one["field"] and one["detail"] for one in refused)


async def test_a_spreadsheet_of_rubbish_gives_its_good_rows(tmp_path: Path) -> None:
    good = [visit(f"ok-{number}") for number in range(5)]
    fields = ("/dudley/hostile", "visit.recorded", "P-1", "w-sw")
    rows = [",".join([str(one["id"]), str(one["time"]), *fields]) for one in good]
    bad = [b"\0,\0", b"\xff,,,,,", b'"open', b"a,b,c,d,e,f,g,h", b"x" * 300_000, b";;;;;", b'a"b,"c"d,,,,', b'"']
    file = tmp_path / "rubbish.csv"
    # A quotation mark that is open takes the lines behind it along, up to the next: it stands at the end.
    content = [row.encode() for row in rows] + bad
    file.write_bytes(
        b"id,time,source,type,subject,by\r\n" + b"\r".join(content[:3]) + b"\r\n" + b"\n".join(content[3:])
    )
    places = Places(tmp_path)
    status, _, err = await places.run("ingest", str(file))
    assert status == 0, err
    assert {f"ok-{number}" for number in range(5)} <= {str(one) for (one,) in places.rows("SELECT id FROM event")}
    assert (await places.run("simulate", str(file)))[0] == 0
