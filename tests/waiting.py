"""Waiting for what happens elsewhere, for as long as it takes: a busy machine is slow, and not wrong.

What never happens ends with the suite's limit for one test (`timeout` in pyproject.toml), which is for that alone.
"""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable


async def until(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait until something is true that tells nobody when it becomes so: a row, a file, a list in another task."""
    while not await _truth(holds()):  # noqa: ASYNC110 - what is waited for sets no event of ours
        await asyncio.sleep(0.02)


async def others_turn() -> None:
    """Let every other task of the loop go on once: each comes to where it waits, and no time passes."""
    await asyncio.sleep(0)


def let_time_pass(seconds: float) -> None:
    """The running loop's clock goes on by so much at once: whatever waits for no longer than that has waited enough."""
    loop = asyncio.get_running_loop()
    time_until_now = loop.time
    loop.time = lambda: time_until_now() + seconds  # type: ignore[method-assign]


async def _truth(answer: bool | Awaitable[bool]) -> bool:
    return await answer if isawaitable(answer) else answer
