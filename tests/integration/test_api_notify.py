"""What GOV.UK Notify sends: believed with its token alone, each text once, no receipt backwards."""

import json
import random
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from config.database import metadata, reading
from config.settings import Settings
from notifications.errors import Unknown
from notifications.message import Channel, State
from notifications.outbox import outbox
from service.api.application import make_application
from service.domain.own_id import OwnId
from service.refused_requests import MOST_FAILURES
from service.store import events
from service.store.tables import raw_inbound
from tests.contract.forgeries import CALLBACK_TOKEN, notify_authorization
from tests.databases import ON_SQLITE
from tests.stored import last_report, reports_of_strangers
from tests.world import NUMBERS, World

NAN = "+447700900199"
RECEIVED, RECEIPTS = "/v1/notify/received", "/v1/notify/receipts"


@pytest.fixture
async def notify(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    """Notify, with its token; what is sent goes through it."""
    for sender in world.senders.values():
        sender.name = "notify"
    settings = Settings(notify_callback_token=SecretStr(CALLBACK_TOKEN))
    app = make_application(replace(world.service, settings=settings))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {CALLBACK_TOKEN}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://inside", headers=headers) as client:
        yield client


def text(body: str, person: str = "w-tm", id: str = "n-1") -> dict[str, str]:  # noqa: A002 - Notify's word
    return {
        "id": id,
        "source_number": NUMBERS.get(person, NAN).removeprefix("+"),
        "destination_number": "07700900123",
        "message": body,
        "date_received": "2026-01-05T09:31:00.000000Z",
    }


def receipt(id: str, status: str, reference: str | None = None) -> dict[str, object]:  # noqa: A002 - Notify's word
    said = {"id": id, "reference": reference, "to": "07700900456", "status": status, "notification_type": "sms"}
    return said | {"created_at": "2026-01-05T09:30:00.000000Z", "completed_at": None, "template_version": 3}


async def replies(world: World) -> list[dict[str, str]]:
    async with reading(world.service.sessions) as session:
        raws = await events.of_plan(session, OwnId("dudley", "P-1001"))
    return [raw["data"] for raw in raws if raw["type"] == "check_in.replied"]


async def stored(world: World) -> dict[str, int]:
    """How many rows each table holds."""
    async with reading(world.service.sessions) as session:
        return {
            table.name: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


async def check_ins(world: World) -> None:
    await world.service.receive([world.person("f-nan", "family")])
    await world.receive("contact.decided", "f-nan", decision="allow", decided_by="w-tm")
    await world.receive("check_ins.started", people=["f-nan"], days=["mon"], at="09:30")
    await world.until("2026-01-05T09:35")


async def test_a_text_is_an_answer_at_its_own_moment_once(world: World, notify: httpx2.AsyncClient) -> None:
    await check_ins(world)
    for _ in range(2):
        assert (await notify.post(RECEIVED, json=text("1", "f-nan"))).status_code == 204
    assert await replies(world) == [{"person": "f-nan", "text": "1", "at": "2026-01-05T09:31:00+00:00"}]


@pytest.mark.parametrize("body", ["", "👍🏽", "\0", "1\0", "\ud83d", "x" * 1600, "مرحبا", "{{ 7 * 7 }}"])
async def test_whatever_a_text_holds_is_kept_as_it_came_and_reaches_a_person(
    world: World, notify: httpx2.AsyncClient, body: str
) -> None:
    await check_ins(world)
    assert (await notify.post(RECEIVED, content=json.dumps(text(body, "f-nan")))).status_code == 204
    async with reading(world.service.sessions) as session:
        row = (await session.execute(select(raw_inbound.c.body, raw_inbound.c.taken_as))).one()
    assert (row.body["Body"], row.taken_as) == (body, "check_in.replied")


async def test_a_receipt_never_goes_back(world: World, notify: httpx2.AsyncClient) -> None:
    for status in ("sending", "created", "delivered", "delivered", "sending", "permanent-failure", "nonsense"):
        assert (await notify.post(RECEIPTS, json=receipt("n-9", status))).status_code == 204
    async with reading(world.service.sessions) as session:
        assert await last_report(session, "notify", "n-9") == "delivered"
        assert await reports_of_strangers(session) == 1


async def breach_of_unknown_outcome(world: World) -> str:
    """An alert by text that may have gone or not; the reference by which Notify knows it."""
    world.senders[Channel.SMS].fail_with(Unknown("hung up"))
    await world.receive("bottom_line.breached", id="b-1", bottom_line="x", at=world.now_text())
    await world.tick()
    return world.senders[Channel.SMS].sent[0].message_id


async def state_of(world: World, address: str) -> State:
    async with reading(world.service.sessions) as session:
        rows = await outbox.recent(session)
    return next(row.state for row in rows if row.address == address)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("delivered", State.SENT),
        ("sent", State.SENT),
        ("temporary-failure", State.UNDELIVERABLE),
        ("permanent-failure", State.UNDELIVERABLE),
        ("technical-failure", State.FAILED),
    ],
)
async def test_a_receipt_finds_its_message_by_the_reference_before_we_know_its_id(
    world: World, notify: httpx2.AsyncClient, status: str, state: State
) -> None:
    reference = await breach_of_unknown_outcome(world)
    address = world.senders[Channel.SMS].sent[0].address
    assert await state_of(world, address) is State.UNKNOWN
    assert (await notify.post(RECEIPTS, json=receipt("n-1", status, reference))).status_code == 204
    assert await state_of(world, address) is state


@ON_SQLITE
@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"{", b'{"id": 1}', b"{}", b'{"id": "a b"}', b"[" * 5000])
@pytest.mark.parametrize("path", [RECEIVED, RECEIPTS])
async def test_what_is_no_callback_is_a_400(world: World, notify: httpx2.AsyncClient, path: str, body: bytes) -> None:
    before = await stored(world)
    assert (await notify.post(path, content=body)).status_code == 400
    assert await stored(world) == before


@ON_SQLITE
async def test_where_callbacks_are_not_set_up_it_says_so(http: httpx2.AsyncClient) -> None:
    answer = await http.post(RECEIVED, json=text("1"))
    assert answer.status_code == 404
    assert "PLANWATCH_NOTIFY_CALLBACK_TOKEN" in answer.json()["detail"]


@ON_SQLITE
async def test_our_own_trouble_is_one_after_which_notify_tries_again(world: World, notify: httpx2.AsyncClient) -> None:
    async with world.service.engine.begin() as connection:
        await connection.run_sync(raw_inbound.drop)
        await connection.exec_driver_sql("DROP TABLE receipt")
    for path, body in ((RECEIVED, text("1")), (RECEIPTS, receipt("n-1", "delivered"))):
        assert (await notify.post(path, json=body)).status_code == 503


@ON_SQLITE
@pytest.mark.parametrize("path", [RECEIVED, RECEIPTS])
async def test_hundreds_of_forged_tokens_change_nothing(world: World, notify: httpx2.AsyncClient, path: str) -> None:
    await check_ins(world)
    del notify.headers["Authorization"]
    before, chance = await stored(world), random.Random(path)
    for number in range(200):
        body = text(chance.choice(["STOP", "2"]), "f-nan") | receipt("n-1", "permanent-failure")
        authorization = notify_authorization(chance)
        headers = {} if authorization is None else {"Authorization": authorization}
        assert (await notify.post(path, json=body, headers=headers)).status_code in (
            {401, 403} if number < MOST_FAILURES else {429}
        )
    assert await stored(world) == before


@ON_SQLITE
@pytest.mark.parametrize(
    ("token", "status"),
    [("n" * 20, 204), (CALLBACK_TOKEN, 204), ("t" * 20, 403), (f"{'n' * 20},{CALLBACK_TOKEN}", 403)],
)
async def test_while_the_token_is_changed_a_call_with_either_is_taken(world: World, token: str, status: int) -> None:
    settings = Settings(notify_callback_token=SecretStr(f"{'n' * 20},{CALLBACK_TOKEN}"))
    app = make_application(replace(world.service, settings=settings))
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://inside", headers=headers
    ) as client:
        assert (await client.post(RECEIPTS, json=receipt("n-9", "delivered"))).status_code == status
