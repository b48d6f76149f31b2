"""What is known of persons, planted everywhere: seen in the database and in messages, never in what operators read."""

import asyncio
import gc
import io
import json
import logging
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from twilio.request_validator import RequestValidator

from config.logs import configure_logs
from jobs.runner import Runner
from jobs.timetable import Tick
from notifications.message import Channel, OutboxRow, Send
from notifications.providers.sender import Sender
from service.api.problems import tell_problems
from service.app import Service
from tests.contract.mail import mail_server
from tests.contract.notify_double import notify_double
from tests.contract.post_room import PostRoom, alert, drain, post_room, wanted
from tests.contract.returned_mail import report
from tests.contract.served import served
from tests.contract.twilio_double import TwilioDouble, twilio_double
from tests.hostile.canaries import BORN, EMAIL, NAME, NUMBER, STREET, WORDS, found_in, leaks
from tests.integration.service_process import PATIENCE, ROOT, Places, Running, breach, event, running, token_for_dudley
from tests.waiting import others_turn, until
from tests.world import World

PUBLIC = "https://planwatch.example.org"
QUOTING = f"no {NAME} <{EMAIL}> {NUMBER} here: {WORDS}"
HELD = {"w-sw": "social_worker", "w-tm": "team_manager", "w-hsm": "hub_service_manager", "w-cfg": "configuration_owner"}


@pytest.fixture
def database(tmp_path: Path, migrated_file: Path) -> str:
    """A file: what is written where does not depend on the database."""
    shutil.copy(migrated_file, tmp_path / "world.db")
    return f"sqlite+aiosqlite:///{tmp_path}/world.db"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the process logs, as the service does, with every library at its most talkative."""
    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    config = structlog.get_config()
    libraries = ("aiosqlite", "asyncio", "httpcore2", "httpx2", "sqlalchemy.engine", "twilio.http_client", "mail.log")
    before = {name: logging.getLogger(name).level for name in libraries}
    stream = io.StringIO()
    configure_logs(json=True, level="DEBUG", stream=stream)
    for name in libraries:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield stream
    for name, its in before.items():
        logging.getLogger(name).setLevel(its)
    root.handlers, root.level = handlers, level
    structlog.configure(**config)


def said(log: io.StringIO) -> list[dict[str, object]]:
    """Each line of it, which must be JSON by itself."""
    return [json.loads(line) for line in log.getvalue().splitlines()]


# ------------------------------------------------------------------------------------------------- the whole process


def people() -> list[dict[str, object]]:
    """A plan and its people, with everything that must not be seen."""
    known = {"authority": "dudley", "name": NAME, "kind": "worker", "mobile": NUMBER, "email": EMAIL, "street": STREET}
    made = [event("person.recorded", who, f"p-{who}", **known) for who in HELD]
    made += [
        event("role.assigned", None, f"r-{who}", authority="dudley", role=role, person=who)
        for who, role in HELD.items()
    ]
    child = {"ref": "C-1", "initials": "OK", "date_of_birth": BORN, "address": STREET}
    opened = {"authority": "dudley", "child": child, "route": "child_in_need", "concerns": [WORDS]}
    action = event("action.agreed", "P-1", "a-1", ref="a", what=WORDS, due_on="2030-01-02")
    return [*made, event("plan.opened", "P-1", "o-1", **opened), action]


def refused() -> list[dict[str, object]]:
    """One event for each kind of refusal, with words of a person where it is wrong."""
    right = event("visit.recorded", "P-1", "x-1", by="w-sw")
    wrong: list[dict[str, object]] = [
        {"specversion": NAME}, {"type": f"person.recorded.{NAME}"}, {"subject": f"{NAME}\n{STREET}"}, {"time": BORN},
        {"time": NAME}, {"data": WORDS}, {"data": {"by": [NAME]}}, {"data": {"by": f"{NAME}\0"}}, {"source": 7},
        {"data": {"by": "w-sw", "on": f"{BORN} {NAME}"}}, {"data": {"by": "w-sw", "child_seen": WORDS}},
    ]  # fmt: skip
    people = [{"mobile": f"{NUMBER}{NAME}"}, {"email": f"{EMAIL} {NAME}"}, {"kind": NAME}, {"authority": NAME}]
    known = {"authority": "dudley", "name": NAME, "kind": "family", "language": "en"}
    family = [event("person.recorded", "f-1", "x-2", **known | one) for one in people]
    family.append(event("contact.decided", "f-1", "x-3", decision=WORDS, decided_by=NAME))
    elsewhere = event("plan.opened", "P-9", "x-4", authority="bradford", child={"ref": NAME}, route=WORDS)
    conflict = event("visit.recorded", "P-1", "p-w-sw", by=NAME)
    return [*({**right, **one} for one in wrong), *family, elsewhere, conflict]


async def troubles(service: Running, token: str) -> list[str]:
    """Ask for everything that goes wrong, and for what operators look at; the answers, headers and all."""
    answers: list[httpx2.Response] = [await service.post(token, *refused())]
    answers += [await service.post(token, one) for one in refused()]
    async with httpx2.AsyncClient(base_url=service.url, timeout=PATIENCE) as http:
        writer = {"Authorization": f"Bearer {token}", "Content-Type": "application/cloudevents+json"}
        for body in (
            f'{{"{NAME}":1,"{NAME}":2}}',
            f"{{{WORDS}",
            f'["{NAME}"]',
            f'"{NAME}"',
            f'{{"a":NaN,"b":"{NAME}"}}',
        ):
            answers.append(await http.post("/v1/events", content=body, headers=writer))
        answers.append(await http.post("/v1/events", json=[], headers={"Authorization": f"Bearer {NAME}"}))
        answers.append(await http.post("/v1/events", json=[], headers={**writer, "Content-Type": f"text/{WORDS}"}))
        answers.append(await http.get(f"/nowhere/{NAME}", params={"mobile": NUMBER}))
        for sid, words in (("SM1", f"he is back, {WORDS}"), ("SM2", "STOP"), (NAME, WORDS)):
            answers.append(await text(http, sid, words))
        answers += [await http.get(path) for path in ("/metrics", "/readyz", "/healthz")]
    assert {answer.status_code for answer in answers} >= {200, 400, 401, 404, 409, 415, 422}
    return [f"{answer.headers}\n{answer.text}" for answer in answers]


async def text(http: httpx2.AsyncClient, sid: str, words: str) -> httpx2.Response:
    """A text comes in, as Twilio hands it on."""
    form = {"MessageSid": sid, "From": NUMBER, "Body": words}
    signed = {"X-Twilio-Signature": RequestValidator("token").compute_signature(f"{PUBLIC}/v1/twilio/inbound", form)}
    headers = signed | {"Content-Type": "application/x-www-form-urlencoded"}
    return await http.post("/v1/twilio/inbound", content=urlencode(form), headers=headers)


@pytest.fixture
async def refusing(tmp_path: Path) -> AsyncIterator[tuple[Places, TwilioDouble]]:
    """A mail server and a Twilio that refuse everybody, and say whom."""
    answers = {"RCPT": f"550 5.1.1 {QUOTING}"}
    async with mail_server(tmp_path, answers=answers) as mailbox, twilio_double() as twilio:
        twilio.status, twilio.answer = 400, {"code": 21211, "message": QUOTING, "status": 400}
        yield Places(tmp_path, mailbox.port, twilio.url, {"PUBLIC_URL": PUBLIC}), twilio


async def test_a_process_in_trouble_tells_operators_nothing_of_anybody(refusing: tuple[Places, TwilioDouble]) -> None:
    places, twilio = refusing
    token = await token_for_dudley(places)
    async with running(places) as service:
        assert (await service.post(token, *people())).json()["rejected"] == []
        await service.post(token, breach("P-1"))
        await until(lambda: places.rows("SELECT count(*) FROM attempt WHERE error IS NOT NULL") >= [(4,)])
        answers = await troubles(service, token)
        assert await service.stop() == 0
        log = (await service.log).decode().splitlines()
    errors = [str(row) for row in places.rows("SELECT error FROM attempt")]
    addresses = [f"{asked.path}?{asked.query}" for asked in twilio.requests]
    assert leaks({"log": log, "answers": answers, "errors": errors, "addresses": addresses}) == {}
    assert all(isinstance(json.loads(line), dict) for line in log if not line.startswith("planwatch"))
    # They were there to be seen: what went out, and what is kept, holds them.
    assert found_in(" ".join(asked.body for asked in twilio.requests)) == ["number"]
    assert found_in(str(places.rows("SELECT * FROM event"))) == ["name", "street", "words", "number", "born"]


async def test_commands_and_what_they_refuse_quote_nobody(tmp_path: Path) -> None:
    places, file, mail = Places(tmp_path), tmp_path / "some.jsonl", tmp_path / "returned.mbox"
    lines = [json.dumps(one) for one in (*people(), *refused())]
    file.write_text("\n".join([*lines, f"{{{WORDS}", f'{{"{NAME}":1,"{NAME}":2}}', f'"{NAME}"', ""]))
    mail.write_bytes(report("0" * 32, EMAIL))
    ran = [await places.run(*words) for words in (("ingest", str(file)), ("bounces", str(mail)), ("doctor",))]
    rejected = [json.loads(line) for line in (tmp_path / "some.jsonl.rejected.jsonl").read_text().splitlines()]
    reasons = [f"{one['field']} {one['detail']}" for one in rejected]
    assert leaks({"output": [out + err for _, out, err in ran], "reasons": reasons}) == {}
    assert len(rejected) == len(refused()) + 3
    assert found_in(str([one["text"] for one in rejected])) == ["name", "street", "words", "number", "born"]


async def test_a_command_that_fails_in_a_way_that_nobody_foresaw_quotes_no_row(tmp_path: Path) -> None:
    places, file = Places(tmp_path).upgraded(), tmp_path / "some.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in people()))
    places.write(f"CREATE TRIGGER no BEFORE INSERT ON person BEGIN SELECT RAISE(ABORT, '{NAME} {NUMBER}'); END")
    status, out, err = await places.run("ingest", str(file))
    assert status == 1
    assert found_in(out + err) == []
    assert "IntegrityError" in err


# ------------------------------------------------------------------------------------------------- piece by piece


async def refuse_everybody(room: PostRoom, name: str, folder: Path) -> None:
    """Have one message go out through a provider that refuses it and says whom."""
    channel = Channel.EMAIL if name == "smtp" else Channel.SMS
    answers = {"DOT": f"554 {QUOTING}"}
    async with mail_server(folder, answers=answers) as mail, twilio_double() as twilio, notify_double() as notify:
        twilio.status, twilio.answer = 500, QUOTING
        notify.refuse(400, "ValidationError", QUOTING)
        senders: dict[str, Sender] = {"smtp": mail.sender(), "twilio": twilio.sender(), "notify": notify.sender()}
        await room.put(alert("k", channel=channel))
        await drain(room.worker(sender=senders[name]))


@pytest.mark.parametrize("provider", ["smtp", "twilio", "notify"])
async def test_what_a_provider_says_of_somebody_is_kept_by_its_number_alone(
    database: str, log: io.StringIO, tmp_path: Path, provider: str
) -> None:
    async with post_room(database) as room:
        await refuse_everybody(room, provider, tmp_path)
        tried = await room.attempts("k")
    assert len(tried) == 1
    assert tried[0].error
    assert found_in(f"{tried[0].error} {log.getvalue()}") == []


async def test_a_message_that_cannot_be_made_ready_is_told_by_type_and_place(database: str, log: io.StringIO) -> None:

    async def check(session: AsyncSession, row: OutboxRow) -> Send:
        if row.message.key == "raises":
            raise LookupError(QUOTING)
        return Send("w-sw", EMAIL, {"plan": QUOTING})  # the template wants more

    async with post_room(database) as room:
        room.check = check  # type: ignore[method-assign]  # the last check is handed in, as the service does
        await room.put(wanted("raises"), wanted("cannot be rendered"))
        await drain(room.worker())
        reasons = [str((await room.row(key)).reason) for key in ("raises", "cannot be rendered")]
    assert [found_in(reason) for reason in reasons] == [[], []]
    assert {entry["event"] for entry in said(log)} >= {"message_put_off", "template_fault"}
    assert found_in(log.getvalue()) == []


async def test_a_tick_that_raises_is_told_by_type_and_place(world: World, log: io.StringIO) -> None:
    begun = asyncio.Event()

    async def step(service: Service, now: object) -> bool:
        begun.set()
        raise ExceptionGroup(QUOTING, [ValueError(QUOTING), ExceptionGroup(WORDS, [KeyError(NUMBER)])])

    runner = Runner(world.service, [Tick("test", 60, step, woken=True)])
    runner.start()
    world.service.woken.set()
    await begun.wait()
    await runner.stop()
    assert "tick_failed" in {entry["event"] for entry in said(log)}
    assert found_in(log.getvalue()) == []
    assert all(kind in log.getvalue() for kind in ("ExceptionGroup", "ValueError", "KeyError", "test_canaries.py"))


@pytest.mark.parametrize(
    ("error", "status"),
    [(ValueError(QUOTING), 500), (DBAPIError("SELECT", {"mobile": NUMBER}, Exception(QUOTING)), 503)],
)
async def test_a_route_that_raises_is_told_by_type_and_place(log: io.StringIO, error: Exception, status: int) -> None:
    app = FastAPI()
    tell_problems(app)

    @app.get("/people/{name}")
    async def raises(name: str) -> None:
        raise error

    async with served(app) as port, httpx2.AsyncClient() as http:
        answer = await http.get(f"http://127.0.0.1:{port}/people/{NAME}", params={"mobile": NUMBER})
    assert (answer.status_code, found_in(answer.text), found_in(log.getvalue())) == (status, [], [])
    assert type(error).__name__ in log.getvalue()


UNCAUGHT = """
import sys, threading, warnings
from config.logs import configure_logs, log_uncaught
configure_logs(json=True)
log_uncaught()
class Gone:
    def __del__(self):
        raise ValueError(sys.argv[1])
def fail():
    raise LookupError(sys.argv[1])
Gone()
warnings.warn(sys.argv[1])
thread = threading.Thread(target=fail, name=sys.argv[1])
thread.start()
thread.join()
raise RuntimeError(sys.argv[1])
"""


async def test_what_nobody_catches_is_a_line_of_the_log_too() -> None:
    command = [sys.executable, "-c", UNCAUGHT, QUOTING]
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE, cwd=ROOT)
    _, err = await process.communicate()
    lines = [json.loads(line) for line in err.decode().splitlines()]
    kinds = [line.get("category") or line["exception"][0]["exc_type"] for line in lines]
    assert (process.returncode, kinds) == (1, ["ValueError", "UserWarning", "LookupError", "RuntimeError"])
    assert found_in(err.decode()) == []


async def test_what_the_loop_says_of_forgotten_tasks_and_callbacks_quotes_nothing(log: io.StringIO) -> None:
    async def fails(of: str) -> None:
        raise ValueError(of)

    def called(of: str) -> None:
        raise ValueError(of)

    task = asyncio.create_task(fails(QUOTING), name=NAME)
    asyncio.get_running_loop().call_soon(called, QUOTING)
    await others_turn()
    await others_turn()
    del task
    gc.collect()
    told = [str(entry["event"]) for entry in said(log) if entry["logger"] == "asyncio"]
    assert [words[:20] for words in sorted(told)] == ["Exception in callbac", "Task exception was n"]
    assert found_in(log.getvalue()) == []
