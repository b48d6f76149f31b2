"""The receiving side: `smtp-sink` of Postfix where it is installed, else a server of our own that takes everything."""

import asyncio
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_SINK = shutil.which("smtp-sink")
NAME = "smtp-sink" if _SINK else "the built-in server"

_ANSWERS = {
    b"EHLO": b"250-localhost\r\n250 PIPELINING\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}


class TakesAll(asyncio.Protocol):
    """One connection: every command is answered, every message taken and forgotten."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._buffer, self._is_content = transport, b"", False
        transport.write(b"220 localhost ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer each command and each end of a message that has come whole."""
        self._buffer += data
        answers = b""
        while True:
            end = b"\r\n.\r\n" if self._is_content else b"\r\n"
            part, found, rest = self._buffer.partition(end)
            if not found:
                break
            self._buffer = rest
            answers += b"250 taken\r\n" if self._is_content else self._answer(part[:4].upper())
            self._is_content = not self._is_content and part[:4].upper() == b"DATA"
        if answers:
            self._transport.write(answers)

    def _answer(self, verb: bytes) -> bytes:
        return _ANSWERS.get(verb, b"250 fine\r\n")


@contextmanager
def receiving() -> Iterator[int]:
    """The port of a server that runs for as long as the block does, in a process of its own, on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    sink = [_SINK, "-c", f"127.0.0.1:{port}", "1000"] if _SINK else [sys.executable, "-m", __name__, str(port)]
    with subprocess.Popen(sink, stdout=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None and not _listens(port):
                time.sleep(0.05)
            yield port
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(TakesAll, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
