"""A real disk that is really full, and one that fails: the program as people start it, on a file system of its own."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.mail import mail_server
from tests.integration.service_process import Places, breach, caseload, event, running, token_for_dudley
from tests.waiting import until

pytestmark = pytest.mark.faults
MEGABYTE = 1024 * 1024


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 MB (for root)."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", "size=200m", "none", str(disk)], check=True)
    yield disk
    subprocess.run(["/bin/umount", "-l", str(disk)], check=True)


def fill(disk: Path) -> None:
    """Take all the room that is left."""
    with (disk / "filler").open("ab", buffering=0) as file:
        for size in (MEGABYTE, 4096, 1):
            while _fits(file.fileno(), size):
                pass


def _fits(file: int, size: int) -> bool:
    try:
        return os.write(file, b"x" * size) == size
    except OSError:
        return False


async def test_full_it_refuses_what_can_wait_tells_what_cannot_and_goes_on_when_there_is_room(
    small: Path, tmp_path: Path
) -> None:
    async with mail_server(tmp_path) as mailbox:
        places = Places(small, mailbox.port)
        token = await token_for_dudley(places)
        async with running(places) as service:
            await service.post(token, *caseload("P-1"))
            assert (small / "planwatch.db.ballast").exists()
            await asyncio.to_thread(fill, small)
            many = [event("circumstances.changed", "P-1", f"c-{n}", what="x" * 3000) for n in range(300)]
            before = places.rows("SELECT count(*) FROM event")
            answer = await service.post(token, *many)
            assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
            assert places.rows("SELECT count(*) FROM event") == before
            assert not (small / "planwatch.db.ballast").exists()
            assert (await service.post(token, many[0])).status_code == 503
            assert (await service.post(token, breach("P-1"))).status_code == 202
            await until(lambda: len(mailbox.arrived()) >= 2)
            recorded = places.rows("SELECT count(*) FROM attempt JOIN message ON message.id = message_id "
                                   "WHERE channel = 'email' AND outcome = 'accepted'")  # fmt: skip
            assert recorded == [(len(mailbox.arrived()),)]
            (small / "filler").unlink()
            await until(lambda: (small / "planwatch.db.ballast").exists())
            assert (await service.post(token, *many)).json()["accepted"] == 300
            assert await service.stop() == 0


async def test_a_disk_that_does_not_keep_what_it_took_ends_the_process_and_the_next_start_checks_it(
    tmp_path: Path,
) -> None:
    places = Places(tmp_path)
    token, known = await token_for_dudley(places), caseload("P-1")
    async with running(places) as service:
        await service.post(token, *known)
        inject = ["-e", "inject=fsync,fdatasync:error=EIO", "-e", "trace=fsync,fdatasync"]
        told = ["strace", "-f", "-qq", "-o", "/dev/null", *inject, "-p", str(service.process.pid)]
        strace = await asyncio.create_subprocess_exec(*told)
        await service.process.wait()
        await strace.wait()
        assert service.process.returncode == 74
    async with running(places) as service:
        assert (await service.post(token, *known)).json()["duplicates"] == 7
        assert await service.stop() == 0
