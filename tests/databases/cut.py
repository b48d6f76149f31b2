"""A wire to PostgreSQL, cut in the middle of a COMMIT: before the server has it, or before its answer is back."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_SOCKET = ".s.PGSQL.5432"
_COMMIT = b"COMMIT"


@dataclass
class Wire:
    """What a test turns: where the next COMMIT is lost, if it is."""

    server: Path
    folder: Path
    lost: Literal["before", "after"] | None = None
    passes: int = 0  # how many COMMITs go through before that one
    cuts: int = 0

    def url(self, name: str) -> str:
        """The address of a database at the other end."""
        return f"postgresql+asyncpg://postgres@/{name}?host={self.folder}"

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until one of both sides ends it, or it is cut."""
        there, back = await asyncio.open_unix_connection(self.server / _SOCKET)
        answers = asyncio.create_task(_pour(there, writer))
        try:
            while (said := await reader.read(65536)) and not self._is_to_be_cut(said):
                back.write(said)
            if said:
                await self._cut(said, there, back, answers)
        finally:
            answers.cancel()
            for end in (writer, back):
                end.transport.abort()

    def _is_to_be_cut(self, said: bytes) -> bool:
        if self.lost is None or _COMMIT not in said:
            return False
        self.passes -= 1
        return self.passes < 0

    async def _cut(
        self, said: bytes, there: asyncio.StreamReader, back: asyncio.StreamWriter, answers: asyncio.Task[None]
    ) -> None:
        if self.lost == "after":
            answers.cancel()
            with suppress(asyncio.CancelledError):
                await answers
            back.write(said)
            await there.read(1)  # it has been committed
        self.lost, self.cuts = None, self.cuts + 1


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while said := await reader.read(65536):
        writer.write(said)
    writer.close()


@asynccontextmanager
async def wire_to(server: Path) -> AsyncIterator[Wire]:
    """A wire to the server whose socket is in this folder."""
    with tempfile.TemporaryDirectory(prefix="planwatch-") as folder:
        wire = Wire(server, Path(folder))
        listening = await asyncio.start_unix_server(wire.carry, wire.folder / _SOCKET)
        try:
            yield wire
        finally:
            listening.close()
