"""The real program in a process of its own, on SQLite in a folder or on the database of an address."""

import os
import re
import subprocess
import sys
from pathlib import Path

from pydantic import SecretStr

from config.settings import Settings

ROOT = Path(__file__).parents[1]
PROGRAM = [sys.executable, "-c", "from cli.main import main; main()"]


def environment_in(folder: Path, address: str = "") -> dict[str, str]:
    """The settings of a program that can send nothing, with its database made."""
    ours = {
        "DATABASE_URL": address or f"sqlite:///{folder}/planwatch.db", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": "1",
        "SMTP_TLS": "none", "MAIL_FROM": "planwatch@example.org",
    }  # fmt: skip
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PLANWATCH_")}
    environment |= {f"PLANWATCH_{name}": value for name, value in ours.items()}
    subprocess.run([*PROGRAM, "db", "upgrade"], env=environment, check=True, capture_output=True)
    return environment


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment in which a program, wherever it is started, finds these settings and no others."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PLANWATCH_")}
    values = settings.model_dump(exclude_unset=True)
    ours = {f"PLANWATCH_{name.upper()}": _plain(value) for name, value in values.items()}
    return environment | ours | {"PYTHONPATH": str(ROOT)}


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def token(environment: dict[str, str], authority: str) -> str:
    """A token that may write an authority's events."""
    command = [*PROGRAM, "token", "create", "--authority", authority, "--name", f"of-{authority}"]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout.strip()


def port(program: subprocess.Popen[str]) -> int:
    """The port on which a started program listens, once it does."""
    assert program.stderr is not None
    for line in program.stderr:
        if match := re.search(r"https?://127\.0\.0\.1:([0-9]+)", line):
            return int(match[1])
    raise SystemExit("the program did not start")
