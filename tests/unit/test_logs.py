"""Logs: readable by machine or person, and without a word of what persons are called or wrote."""

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog

from config.logs import configure_logs

PRIVATE = "person@example.org"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where the logs of this test go; the process's own settings are put back afterwards."""
    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    config = structlog.get_config()
    yield io.StringIO()
    root.handlers, root.level = handlers, level
    structlog.configure(**config)


def fail_about(person: str) -> None:
    """Raise as a library would, quoting what it was given."""
    try:
        raise LookupError(person)
    except LookupError as error:
        raise ValueError(f"cannot send to {person}") from error


def log_a_failure(name: str) -> None:
    """Log an exception that quotes a person's address."""
    try:
        fail_about(PRIVATE)
    except ValueError:
        structlog.get_logger(name).exception("message not sent", message="m-1")


def test_json_is_one_object_a_line(lines: io.StringIO) -> None:
    configure_logs(json=True, stream=lines)
    structlog.get_logger("service.test").info("plan looked at", plan="P-1001")
    entry = json.loads(lines.getvalue())
    assert (entry["event"], entry["plan"], entry["level"]) == ("plan looked at", "P-1001", "info")
    assert entry["logger"] == "service.test"
    assert entry["timestamp"].endswith("Z")


def test_a_person_at_the_terminal_gets_plain_lines(lines: io.StringIO) -> None:
    configure_logs(json=False, stream=lines)
    structlog.get_logger("service.test").info("plan looked at", plan="P-1001")
    assert "plan looked at" in lines.getvalue()
    assert "plan=P-1001" in lines.getvalue()


@pytest.mark.parametrize("as_json", [True, False])
def test_a_failure_is_told_by_type_and_place_without_its_words(lines: io.StringIO, as_json: bool) -> None:
    configure_logs(json=as_json, stream=lines)
    log_a_failure("jobs.test")
    told = lines.getvalue()
    assert PRIVATE not in told
    assert all(word in told for word in ("ValueError", "LookupError", "fail_about", "test_logs.py", "m-1"))


@pytest.mark.parametrize("as_json", [True, False])
def test_a_failure_in_a_library_is_told_the_same_way(lines: io.StringIO, as_json: bool) -> None:
    configure_logs(json=as_json, stream=lines)
    try:
        fail_about(PRIVATE)
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    assert "fail_about" in lines.getvalue()
    assert PRIVATE not in lines.getvalue()


@pytest.mark.parametrize("library", ["httpx2", "twilio.http_client", "uvicorn.access", "mail.log", "apscheduler"])
def test_libraries_are_not_heard_below_a_warning(lines: io.StringIO, library: str) -> None:
    configure_logs(json=True, stream=lines)
    logging.getLogger(library).info("POST https://sms.example.org/+447700900123")
    logging.getLogger(library).warning("slow")
    assert [json.loads(line)["event"] for line in lines.getvalue().splitlines()] == ["slow"]


def test_our_own_packages_are_heard_from_the_level_that_was_asked_for(lines: io.StringIO) -> None:
    configure_logs(json=True, level="DEBUG", stream=lines)
    structlog.get_logger("notifications.outbox.deliver").debug("claimed")
    assert json.loads(lines.getvalue())["event"] == "claimed"


@pytest.mark.parametrize("library", ["httpx2", "twilio.http_client", "aiosqlite", "asyncio"])
def test_a_library_that_was_set_to_talk_is_not_heard_either(lines: io.StringIO, library: str) -> None:
    configure_logs(json=True, stream=lines)
    talkative = logging.getLogger(library)
    talkative.setLevel(logging.DEBUG)
    talkative.debug("to %s", PRIVATE)
    talkative.setLevel(logging.NOTSET)
    assert lines.getvalue() == ""


def test_of_what_a_library_warns_its_own_words_are_told_and_the_place(lines: io.StringIO) -> None:
    configure_logs(json=True, stream=lines)
    library, error = logging.getLogger("library"), ValueError(PRIVATE)
    library.warning("cannot send to %s", PRIVATE)
    library.warning(f"cannot send to {PRIVATE}")
    library.warning(error)
    library.warning("too few %s %s", PRIVATE)
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    left_out = "(its words are left out: they may quote somebody)"
    assert [one["event"] for one in told] == ["cannot send to %s", left_out, left_out, "too few %s %s"]
    assert all("test_logs.py:" in one["place"] for one in told)
    assert PRIVATE not in lines.getvalue()


@pytest.mark.parametrize("as_json", [True, False])
def test_nothing_begins_a_line_of_its_own_or_paints_on_the_terminal(lines: io.StringIO, as_json: bool) -> None:
    configure_logs(json=as_json, stream=lines)
    hostile = 'P-1\n{"event":"all is well"}\r\x1b[2J\x9b\x7f\u2028\u202e'
    structlog.get_logger("service.test").info(f"looked at {hostile}", plan=hostile, all=[hostile, (hostile,)])
    assert lines.getvalue().count("\n") == 1
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", lines.getvalue()) == []
    if as_json:
        assert "all is well" in json.loads(lines.getvalue())["plan"]


@pytest.mark.parametrize("as_json", [True, False])
def test_of_an_object_only_its_type_is_told(lines: io.StringIO, as_json: bool) -> None:
    configure_logs(json=as_json, stream=lines)
    structlog.get_logger("service.test").info("failed", fault=LookupError(PRIVATE), more={"a": [ValueError(PRIVATE)]})
    assert PRIVATE not in lines.getvalue()
    assert "LookupError" in lines.getvalue()


class Full(io.StringIO):
    """A place where lines do not fit, and short ones do."""

    def write(self, text: str) -> int:
        if len(text) > 60:
            raise OSError(28, "no space left")
        return super().write(text)


def test_a_line_that_cannot_be_written_is_written_nowhere_else(
    lines: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(json=True, stream=(full := Full()))
    structlog.get_logger("service.test").info("looked at", plan=PRIVATE)
    assert full.getvalue() == "a line of service.test could not be written\n"
    assert capsys.readouterr() == ("", "")
