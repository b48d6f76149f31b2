"""The environment as it is found: lines of an .env file that are none, and variables that somebody else set."""

import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path

PREFIX = "PLANWATCH_"
ENV_FILE = Path(".env")
# For each service of its own, Kubernetes gives containers such variables. Those of a service named planwatch look like
# settings of ours.
_INJECTED = re.compile(
    r"PLANWATCH_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)"
)
_SIGN_OF_IT = "PLANWATCH_SERVICE_HOST"


def lines_that_are_none(env_file: Path) -> list[str]:
    """A sentence for each line of the file that sets nothing. No sentence repeats a line, which may hold a secret."""
    if not env_file.is_file():
        return []
    from dotenv.parser import parse_stream

    with env_file.open(encoding="utf-8", errors="replace") as file:
        bindings = list(parse_stream(file))
    return [
        f"{env_file} line {binding.original.line}: is not NAME=value; write it so, or begin the line with #"
        for binding in bindings
        if binding.error or (binding.key is not None and binding.value is None)
    ]


def set_by_kubernetes(names: Collection[str]) -> set[str]:
    """Those of the variables that Kubernetes sets because of a service named planwatch. They mean nothing to us."""
    return {name for name in names if _INJECTED.fullmatch(name)} if _SIGN_OF_IT in names else set()


def policies_folder(env_file: Path = ENV_FILE) -> Path | None:
    """The folder of `PLANWATCH_POLICIES`, for a command that needs no other setting, and meets no fault of theirs.

    To read one variable needs no model of all settings, which takes longer to load than such a command to run.
    """
    for variables in (os.environ, _in(env_file)):
        by_name = {name.upper(): value for name, value in variables.items()}
        if folder := by_name.get(f"{PREFIX}POLICIES"):
            return Path(folder)
    return None


def _in(env_file: Path) -> Mapping[str, str | None]:
    if not env_file.is_file():  # and nobody waits for what would read it
        return {}
    from dotenv import dotenv_values

    return dotenv_values(env_file, encoding="utf-8")
