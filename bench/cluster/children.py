"""The processes of the cluster: started as an unprivileged user, and ended by the pids that were written down."""

import ctypes
import os
import pwd
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

TEMPLATES = Path(__file__).parent / "templates"
_PARENT_DIED = 1  # PR_SET_PDEATHSIG
_ENDS_WITHIN = 60.0  # seconds


class Child:
    """A process, and what it writes into its log."""

    def __init__(
        self,
        command: Sequence[str | Path],
        folder: Path,
        name: str,
        environment: Mapping[str, str] | None = None,
        user: Mapping[str, Any] | None = None,
    ) -> None:
        """Start it in this folder, with this environment (None: ours) as this user (None: an unprivileged one)."""
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(word) for word in command],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_me,
                **(unprivileged() if user is None else user),
            )
        self.pid = self._process.pid

    @property
    def lives(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it as a loss of power would."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Let it end in order; one that does not is killed."""
        if self.lives:
            self._process.terminate()
        try:
            self._process.wait(_ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()


def write(template: str, folder: Path, **values: object) -> Path:
    """A file of configuration in this folder, from the template of that name, for our user alone."""
    path = folder / template
    path.write_text(Template((TEMPLATES / template).read_text()).substitute(values))
    give_away(path)
    return path


def give_away(path: Path) -> None:
    """Make a file or folder the user's under whom the processes run, who alone may read it."""
    path.chmod(0o700 if path.is_dir() else 0o600)
    if (owner := unprivileged()) != {}:
        os.chown(path, owner["user"], owner["group"])


def unprivileged() -> dict[str, Any]:
    """As whom a process runs: PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def kill_tree(pid: int) -> None:
    """End a process and those that it has started, all at once, as a loss of power would."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    pids = [pid, *map(int, children.read_text().split())] if children.exists() else [pid]
    for doomed in pids:
        try:
            os.kill(doomed, signal.SIGKILL)
        except ProcessLookupError:
            continue


def free_port() -> int:
    """A port on loopback that nobody uses at this moment."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def _end_with_me() -> None:
    ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGTERM)
