"""The policies by which a command works that has files alone. No database comes along: `simulate` is to start fast."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from config.env_file import policies_folder
from service.domain.policy import PolicyBook
from service.files.policy_files import load_policies, load_policy


def book_of_files(folder: Path | None = None, more: Sequence[Path] = ()) -> PolicyBook:
    """The policies of the files: built in, above them those of a folder (None: of PLANWATCH_POLICIES, if that is set).

    `more` are files that stand alone for their authorities. A PolicyFileError where any file is faulty.
    """
    book = load_policies(folder or policies_folder())
    alone = [load_policy(path) for path in more]
    beside = book.authorities - {policy.authority for policy in alone}
    return PolicyBook([*alone, *(policy for name in beside for policy in book.versions(name))])
