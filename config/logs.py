"""Logs: one line of JSON each, or readable ones on a terminal; what persons said or are called stays out of them."""

import logging
import sys
from typing import Any, TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

OWN_PACKAGES = ("config", "notifications", "service", "jobs", "cli")
_FRAMES = 20


def configure_logs(*, json: bool, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all logs of the process to `stream` (standard error by default), as JSON or for a person's eyes.

    Our own packages speak from `level` on; libraries only from WARNING, because below that several of them write
    addresses, numbers and URLs.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(json)],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for package in OWN_PACKAGES:
        logging.getLogger(package).setLevel(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _rendering(json: bool) -> list[Processor]:
    if json:
        return [structlog.processors.JSONRenderer()]
    return [_as_lines, structlog.dev.ConsoleRenderer(colors=False)]


def _without_words(logger: WrappedLogger, method: str, entry: EventDict) -> EventDict:
    """Leave an exception's type and places, and drop its words: a library's may quote an address or a row."""
    for exception in entry.get("exception", ()):
        exception.pop("exc_value", None)
        exception.pop("exc_notes", None)
        exception.pop("syntax_error", None)
    return entry


def _as_lines(logger: WrappedLogger, method: str, entry: EventDict) -> EventDict:
    """The same exceptions as lines of text, the first one first."""
    if "exception" in entry:
        entry["exception"] = "\n".join(line for exception in entry["exception"] for line in _lines(exception))
    return entry


def _lines(exception: dict[str, Any]) -> list[str]:
    places = [f"  {frame['filename']}:{frame['lineno']} in {frame['name']}" for frame in exception["frames"]]
    return [f"{exception['exc_type']}, raised through", *places]


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),  # when the line was written; no business hangs on it
    structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=_FRAMES)),
    _without_words,
]
