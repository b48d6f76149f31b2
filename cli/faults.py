"""Faults that a person at a terminal can mend: told in their words, without a stack trace."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class CommandError(Exception):
    """A command cannot do what was asked; the words say what is wrong and what to do."""


@contextmanager
def plainly() -> Iterator[None]:
    """Tell the faults that we foresee on standard error, and end with status 2; the rest is a fault of ours.

    Of that only type and places are told: what it says may quote a row of the database.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, _foreseen()):
            from config.logs import configure_logs, log_what_nobody_catches

            configure_logs(json=not sys.stderr.isatty())
            log_what_nobody_catches()
            raise
        print(f"planwatch: {error}", file=sys.stderr)
        sys.exit(2)


def _foreseen() -> tuple[type[Exception], ...]:
    # Imported only now: what a command does not need should not slow its start.
    from config.settings import SettingsError
    from service.backups.package import BackupError
    from service.files.event_files import EventFileError
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
