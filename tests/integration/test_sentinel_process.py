"""The auditor as a process: what it prints, that it ends when told to, and is started again when it dies."""

import asyncio
import sys
from pathlib import Path

import pytest

from cli.child import keep_sentinel
from tests.integration.service_process import COMMAND, Places, running
from tests.waiting import until

NOBODYS = 2**22 + 1  # more than the number of any process
PARENT = """
import os, subprocess, sys
print(subprocess.Popen([*sys.argv[1:], "sentinel", "--child-of", str(os.getpid())]).pid, flush=True)
input()
"""


def ended(pid: int) -> bool:
    """Whether a process is no more, or nothing but its number in a table."""
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "State:\tZ" in status.read_text()


async def test_a_look_by_hand_says_what_is_found_and_what_to_do(tmp_path: Path) -> None:
    places = Places(tmp_path).upgraded()
    status, out, err = await places.run("sentinel", "--once")
    assert (status, err) == (1, "")
    assert "no_worker" in out
    assert "do: start planwatch run" in out


async def test_it_leaves_a_sign_of_life_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    places = Places(tmp_path).upgraded()
    process = await asyncio.create_subprocess_exec(*COMMAND, "sentinel", env=places.environment, cwd=tmp_path)
    await until(lambda: places.rows("SELECT 1 FROM process WHERE kind = 'sentinel'") != [])
    process.terminate()
    assert await process.wait() == 0


async def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    places = Places(tmp_path).upgraded()
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, *COMMAND, env=places.environment, cwd=tmp_path, stdin=-1, stdout=-1
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    await until(lambda: places.rows("SELECT 1 FROM process WHERE kind = 'sentinel'") != [])
    parent.kill()
    await parent.wait()
    await until(lambda: ended(child))


async def test_a_child_whose_parent_died_before_it_could_look_ends_too(tmp_path: Path) -> None:
    places = Places(tmp_path).upgraded()
    status, _, _ = await places.run("sentinel", "--child-of", str(NOBODYS))
    assert status == 0


async def test_one_that_dies_is_started_again_and_ends_with_the_service(tmp_path: Path) -> None:
    lives = tmp_path / "lives"
    code = f"open({str(lives)!r}, 'a').write('x')"
    keeper = asyncio.create_task(keep_sentinel((sys.executable, "-c", code), start_after=0.01))
    await until(lambda: lives.exists() and len(lives.read_text()) >= 3)
    keeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeper


async def test_one_that_lives_is_ended_with_the_service(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    code = f"import os, signal; open({str(alive)!r}, 'w').write(str(os.getpid())); signal.pause()"
    keeper = asyncio.create_task(keep_sentinel((sys.executable, "-c", code), start_after=0.01))
    await until(lambda: alive.exists() and alive.read_text() != "")
    keeper.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeper
    assert ended(int(alive.read_text()))


async def test_the_service_starts_it_and_both_find_each_other_alive(tmp_path: Path) -> None:
    places = Places(tmp_path)
    async with running(places) as service:
        await until(lambda: places.rows("SELECT 1 FROM process WHERE kind = 'sentinel'") != [])
        assert places.rows("SELECT count(*) FROM process WHERE kind = 'both'") == [(1,)]
        assert places.rows("SELECT code FROM finding") == []
        assert await service.stop() == 0
