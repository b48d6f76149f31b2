"""A process that has imported the program, and forks: a command is a process of its own without importing it again.

To import everything, and to read the policies that come with it, takes longer than nearly every command. A child's
arguments, environment, folder and streams are those that it would have been started with, and it ends as a program
ends. That the installed command starts from nothing is proved where that is what is tested
(`tests/integration/test_cli_commands.py`).
"""

import asyncio
import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_SERVE = "from tests.fork_server import serve; serve()"
_LENGTH = struct.Struct("!I")
_PROGRAM = ("cli", "jobs", "service", "notifications", "config")


class Forked:
    """A process that was forked, with what a test needs of `asyncio.subprocess.Process`."""

    def __init__(self, pid: int, status: asyncio.StreamReader, out: asyncio.StreamReader, err: asyncio.StreamReader):
        self.pid, self.stdout, self.stderr = pid, out, err
        self.returncode: int | None = None
        self._ended = asyncio.create_task(self._note_end(status))

    async def wait(self) -> int:
        """Wait for its end: its status, or the negative number of the signal that ended it."""
        return await asyncio.shield(self._ended)

    async def communicate(self) -> tuple[bytes, bytes]:
        """Wait for its end: all that it wrote to its output, and to its standard error."""
        out, err = await asyncio.gather(self.stdout.read(), self.stderr.read())
        await self.wait()
        return out, err

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as a loss of power would."""
        self.send_signal(signal.SIGKILL)

    async def _note_end(self, status: asyncio.StreamReader) -> int:
        self.returncode = int(await status.read())
        return self.returncode


async def planwatch(*arguments: str, folder: Path, environment: Mapping[str, str]) -> Forked:
    """Start a command in a folder."""
    return await _fork("", ["planwatch", *arguments], folder, environment)


async def run_module(name: str, *arguments: str) -> Forked:
    """Start a module as `python -m` does."""
    return await _fork(name, [name, *arguments], ROOT, os.environ)


async def _fork(module: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Forked:
    readers, writers = zip(*(os.pipe() for _ in range(3)), strict=True)
    payload = json.dumps([module, arguments, str(folder), dict(environment)]).encode()
    connection = _server()
    socket.send_fds(connection, [_LENGTH.pack(len(payload))], writers)
    connection.sendall(payload)
    for writer in writers:
        os.close(writer)
    status, out, err = [await _stream(reader) for reader in readers]
    return Forked(int(await status.readline()), status, out, err)


async def _stream(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0))
    return reader


@cache
def _server() -> socket.socket:
    """The connection to the server of this process; the server ends with it."""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-c", _SERVE, str(theirs.fileno())]
        server = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)

    @atexit.register
    def stop() -> None:
        ours.close()
        server.wait()

    return ours


# ------------------------------------------------------------------------------------------------------- the server


def serve() -> None:
    """Fork for each request; the child goes on as the program."""
    for name in _PROGRAM:
        _import_all(name)
    _read_built_in_policies()
    assert threading.active_count() == 1, "a thread would not live on in a child"
    gc.freeze()  # else each child would copy every page in order to look for what is no longer used
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends when the tests end
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        module = _serve(requests)
    if module:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    elif module is not None:
        from cli.main import main

        main()


def _import_all(name: str) -> None:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        if "migrations" not in module.name:  # alembic loads those itself
            importlib.import_module(module.name)


def _read_built_in_policies() -> None:
    from service.files.policy_files import load_policies

    load_policies()


def _serve(requests: socket.socket) -> str | None:
    """Return None when the tests have ended, and in a child what it is to run: a module, or "" for the command."""
    while True:
        header, descriptors, _, _ = socket.recv_fds(requests, _LENGTH.size, 3)
        if not header:
            return None
        [length] = _LENGTH.unpack(header)
        payload = requests.recv(length, socket.MSG_WAITALL)
        if os.fork() == 0:
            return _keep(payload, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        _reap()


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def _keep(payload: bytes, status: int, out: int, err: int) -> str:
    """Fork once more, and wait for the child's end, which the server has no time for. Returns in the child alone."""
    pid = os.fork()
    if pid == 0:
        os.close(status)
        return _become(payload, out, err)
    os.close(out)
    os.close(err)
    os.write(status, b"%d\n" % pid)
    os.write(status, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    os._exit(0)


def _become(payload: bytes, out: int, err: int) -> str:
    module, sys.argv[:], folder, environment = json.loads(payload)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.close(out)
    os.close(err)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return str(module)
