"""Look-ups that come together are one; nothing is kept of them."""

import asyncio

import pytest

from service.api.lookups import SharedLookups
from tests.waiting import others_turn


class Book:
    """What is looked up in; it notes each look-up, and answers when its gate is open."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.gate = asyncio.Event()

    async def find(self, name: str) -> int:
        self.names.append(name)
        await self.gate.wait()
        if name == "torn":
            raise LookupError(name)
        return len(self.names)


async def begun(lookups: SharedLookups[int], *names: str) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(lookups.of(name)) for name in names]
    await others_turn()
    return tasks


async def test_those_that_come_together_are_one_and_later_ones_ask_again() -> None:
    book = Book()
    lookups = SharedLookups(book.find)
    tasks = await begun(lookups, "a", "a", "b", "a")
    await others_turn()
    assert book.names == ["a", "b"]
    book.gate.set()
    assert await asyncio.gather(*tasks) == [2, 2, 2, 2]
    assert await lookups.of("a") == 3


async def test_who_gives_up_takes_nothing_from_the_others_and_a_failure_is_everybodys() -> None:
    book = Book()
    lookups = SharedLookups(book.find)
    leaving, staying, torn, torn_too = await begun(lookups, "a", "a", "torn", "torn")
    await others_turn()
    leaving.cancel()
    book.gate.set()
    assert await staying == 2
    for task in (torn, torn_too):
        with pytest.raises(LookupError, match="torn"):
            await task
