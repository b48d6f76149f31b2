"""Faults that a person at a terminal can mend, printed in plain words and without a stack trace."""

import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from socket import gaierror

_READER_GONE = 141  # what a shell gives for a program that SIGPIPE ended


class CommandError(Exception):
    """A command cannot do its work; the words say what is wrong and what to do."""


@contextmanager
def plainly() -> Iterator[None]:
    """Print a foreseen fault on standard error and exit with status 2; raise any other, which is a fault of ours.

    Where whoever read the output has gone (`| head`), end without a word.

    Only the type and the places of an unforeseen fault are logged: its words may quote a row of the database.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, BrokenPipeError) and _reader_has_gone():
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is written at the exit
            sys.exit(_READER_GONE)
        refusal = _of_the_database(error)
        if refusal is not None:
            print(f"planwatch: {refusal}", file=sys.stderr)
            sys.exit(2)
        if not isinstance(error, _foreseen()):
            from config.logs import configure_logs, log_uncaught

            configure_logs(json=not sys.stderr.isatty())
            log_uncaught()
            raise
        print(f"planwatch: {error}", file=sys.stderr)
        sys.exit(2)


def _reader_has_gone() -> bool:
    # A connection to the database breaks in the same words; a pipe that nobody reads is in error.
    output = select.poll()
    output.register(sys.stdout.fileno(), select.POLLOUT)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in output.poll(0))


def _of_the_database(error: Exception) -> str | None:
    """What to say where the database cannot be reached, or does not let us in; None for any other fault."""
    from sqlalchemy.exc import OperationalError

    fault = error.orig if isinstance(error, OperationalError) else error
    if isinstance(error, OperationalError | ConnectionError | TimeoutError | gaierror):
        return f"the database does not answer ({type(fault).__name__}); planwatch doctor says more."
    asyncpg = sys.modules.get("asyncpg")
    if asyncpg is not None and isinstance(error, asyncpg.PostgresError):
        return f"the database does not let us in ({type(error).__name__}): look at PLANWATCH_DATABASE_URL."
    return None


def _foreseen() -> tuple[type[Exception], ...]:
    # Imported only on a fault: a command should not start slowly for what it does not need.
    from config.settings import SettingsError
    from service.backups.package import BackupError
    from service.files.file_lines import EventFileError
    from service.files.policy_files import PolicyFileError
    from service.store.integrity import DamagedDatabaseError
    from service.use_cases.intake.create_token import TokenError, UnknownAuthorityError
    from service.use_cases.policies.follow import UnreadablePolicyError

    return (
        CommandError,
        SettingsError,
        BackupError,
        DamagedDatabaseError,
        EventFileError,
        PolicyFileError,
        TokenError,
        UnknownAuthorityError,
        UnreadablePolicyError,
    )
