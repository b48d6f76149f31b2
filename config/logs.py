"""Logs: lines of JSON, or readable lines on a terminal, without anybody's name or words.

Our own lines quote nobody. A library's lines, and the text of an exception, may quote whatever they were given. So only
the type and the places of an exception are logged, and only those words of a library that stand in its own source.
"""

import linecache
import logging
import re
import sys
import threading
import warnings
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor, WrappedLogger

OWN_PACKAGES = ("config", "notifications", "service", "jobs", "cli")
_FRAMES = 20
# Characters that begin a new line, move the cursor, or change the direction of reading.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_LEFT_OUT = "(its words are left out: they may quote somebody)"


def configure_logs(*, json: bool, level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all logs of the process to `stream` (standard error by default), as JSON or as text for people.

    Our own packages log from `level` on. Libraries log from WARNING on: below that, several of them write addresses,
    numbers and URLs.
    """
    handler = _Lines(stream or sys.stderr)
    handler.addFilter(_is_logged)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_words_of_a_library, *_SHARED],
            use_get_message=False,
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


def log_uncaught() -> None:
    """Log warnings and uncaught exceptions of the whole process, without their text.

    By default Python writes them to standard error, with their text.
    """
    sys.excepthook = _uncaught
    sys.unraisablehook = lambda fault: _uncaught(fault.exc_type, fault.exc_value, fault.exc_traceback)
    threading.excepthook = lambda fault: _uncaught(fault.exc_type, fault.exc_value, fault.exc_traceback)
    warnings.showwarning = _warned


def _uncaught(kind: type[BaseException], error: BaseException | None, places: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _log.critical("uncaught_exception", exc_info=(kind, error or kind(), places))


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    _log.warning("library_warning", category=category.__name__, place=f"{filename}:{lineno}")


class _Lines(logging.StreamHandler[TextIO]):
    """Writes the lines. A line that cannot be written goes nowhere else, since its words would be readable there."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Write that a line was lost."""
        with suppress(OSError, ValueError):
            self.stream.write(f"a line of {record.name} could not be written\n")


def _is_logged(record: logging.LogRecord) -> bool:
    """Let libraries log from WARNING on only, whatever level their loggers were set to."""
    return record.levelno >= logging.WARNING or record.name.split(".")[0] in OWN_PACKAGES


def _rendering(json: bool) -> list[Processor]:
    if json:
        return [structlog.processors.JSONRenderer()]
    return [_as_lines, structlog.dev.ConsoleRenderer(colors=False)]


def _words_of_a_library(logger: WrappedLogger, method: str, entry: EventDict) -> EventDict:
    """Keep the fixed words of a library's line, and drop its arguments. asyncio's are cut off."""
    record: logging.LogRecord = entry["_record"]
    words = str(record.msg).strip().partition("\n")[0]
    source = "".join(linecache.getlines(record.pathname))
    if record.name == "asyncio":
        entry["event"] = re.split(r"""[(<{'":]""", words)[0].strip()
    elif not isinstance(record.msg, str) or not any(f"{quote}{words}" in source for quote in ("'", '"')):
        entry["event"] = _LEFT_OUT
    entry["place"] = f"{record.pathname}:{record.lineno}"
    return entry


def _without_words(logger: WrappedLogger, method: str, entry: EventDict) -> EventDict:
    """Keep the type and places of an exception, and drop its text, which may quote an address or a row."""
    _drop_words(entry.get("exception", ()))
    return entry


def _drop_words(exceptions: Sequence[dict[str, Any]]) -> None:
    for exception in exceptions:
        for field in ("exc_value", "exc_notes", "syntax_error"):
            exception.pop(field, None)
        for inner in exception.get("exceptions", ()):  # of a group
            _drop_words(inner)


def _plain(logger: WrappedLogger, method: str, entry: EventDict) -> EventDict:
    """Make every value plain: control characters are escaped, and an object is replaced by the name of its type."""
    return {name: value if name.startswith("_") else _as_plain(value) for name, value in entry.items()}


def _as_plain(value: object) -> object:
    """A plain value. No id or path can begin a line or control a terminal, and no object shows its content."""
    if isinstance(value, str):
        return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), value)
    if isinstance(value, list | tuple):
        return [_as_plain(item) for item in value]
    if isinstance(value, dict):
        return {_as_plain(name): _as_plain(item) for name, item in value.items()}
    return value if isinstance(value, int | float | None) else type(value).__name__


def _as_lines(logger: WrappedLogger, method: str, entry: EventDict) -> EventDict:
    """The same exceptions as lines of text, in their order."""
    if "exception" in entry:
        entry["exception"] = "\n".join(line for exception in entry["exception"] for line in _lines(exception))
    return entry


def _lines(exception: dict[str, Any]) -> list[str]:
    places = [f"  {frame['filename']}:{frame['lineno']} in {frame['name']}" for frame in exception["frames"]]
    inner = [line for group in exception.get("exceptions", ()) for member in group for line in _lines(member)]
    return [f"{exception['exc_type']}, raised through", *places, *inner]


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),  # when the line was written; nothing is decided by it
    structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=_FRAMES)),
    _without_words,
    _plain,
]
_log = structlog.get_logger(__name__)
