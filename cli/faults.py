"""Faults that a person at a terminal can mend, printed in plain words and without a stack trace."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class CommandError(Exception):
    """A command cannot do its work; the words say what is wrong and what to do."""


@contextmanager
def plainly() -> Iterator[None]:
    """Print a foreseen fault on standard error and exit with status 2; raise any other, which is a fault of ours.

    Only the type and the places of an unforeseen fault are logged: its words may quote a row of the database.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, _foreseen()):
            from config.logs import configure_logs, log_uncaught

            configure_logs(json=not sys.stderr.isatty())
            log_uncaught()
            raise
        print(f"planwatch: {error}", file=sys.stderr)
        sys.exit(2)


def _foreseen() -> tuple[type[Exception], ...]:
    # Imported only on a fault: a command should not start slowly for what it does not need.
    from config.settings import SettingsError
    from service.backups.package import BackupError
    from service.files.file_lines import EventFileError
    from service.files.policy_files import PolicyFileError
    from service.store.integrity import DamagedDatabaseError
    from service.use_cases.intake.create_token import UnknownAuthorityError

    return (
        CommandError,
        SettingsError,
        BackupError,
        DamagedDatabaseError,
        EventFileError,
        PolicyFileError,
        UnknownAuthorityError,
    )
