"""Look-ups in the database of which those of one name that come together are one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class SharedLookups(Generic[Result]):
    """Whoever asks while the same is being looked up gets that answer: hundreds who come at once cost as much as one.

    What was looked up is not kept: who asks later asks the database.
    """

    def __init__(self, look_up: Callable[[str], Awaitable[Result]]) -> None:
        self._look_up = look_up
        self._running: dict[str, asyncio.Task[Result]] = {}

    async def of(self, name: str) -> Result:
        """What is known of a name. Who gives up waiting takes nothing from the others."""
        task = self._running.get(name)
        if task is None:
            task = self._running[name] = asyncio.create_task(self._ask(name))
        return await asyncio.shield(task)

    async def _ask(self, name: str) -> Result:
        try:
            return await self._look_up(name)
        finally:
            del self._running[name]
