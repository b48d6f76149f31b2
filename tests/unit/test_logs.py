"""Logs: readable by machine or person, and without a word of what persons are called or wrote."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from config.logs import configure_logs

PRIVATE = "person@example.org"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where the logs of this test go; the process's own settings are put back afterwards."""
    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    yield io.StringIO()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


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
    structlog.get_logger("notifications.deliver").debug("claimed")
    assert json.loads(lines.getvalue())["event"] == "claimed"
