"""Room for requests: a share for each key, turns in order, and a refusal only after a while."""

import asyncio
from collections import Counter

import pytest

from service.api.places import Places
from service.api.problems import ProblemError
from tests.waiting import others_turn


class Caller:
    """A request that stays until it is told to leave; it notes in a list that it came in."""

    def __init__(self, places: Places, key: str, arrivals: list[str]) -> None:
        self._places, self._key, self._arrivals = places, key, arrivals
        self.leave = asyncio.Event()
        self.task = asyncio.create_task(self._stay())

    async def _stay(self) -> None:
        async with self._places.taken(self._key):
            self._arrivals.append(self._key)
            await self.leave.wait()

    async def go(self) -> None:
        """Leave, and let the next one in."""
        self.leave.set()
        await self.task
        await settled()


async def settled() -> None:
    for _ in range(5):
        await others_turn()


async def test_who_finds_no_room_waits_and_comes_in_order() -> None:
    places, arrivals = Places(most=1, share=1), list[str]()
    callers = [Caller(places, name, arrivals) for name in ("a", "b", "c")]
    await settled()
    assert arrivals == ["a"]
    for caller in callers:
        await caller.go()
    assert arrivals == ["a", "b", "c"]


async def test_a_key_has_its_share_and_does_not_stand_before_others_in_the_queue() -> None:
    places, arrivals = Places(most=3, share=2), list[str]()
    greedy = [Caller(places, "greedy", arrivals) for _ in range(5)]
    await settled()
    other = [Caller(places, "other", arrivals) for _ in range(2)]
    await settled()
    assert arrivals == ["greedy", "greedy", "other"]
    await other[0].go()
    assert arrivals[3:] == ["other"]
    await greedy[0].go()
    assert arrivals[4:] == ["greedy"]
    for caller in (*other[1:], *greedy[1:]):
        await caller.go()
    assert len(arrivals) == 7


async def test_a_free_place_goes_to_the_key_that_has_the_fewest() -> None:
    places, arrivals = Places(most=4, share=4), list[str]()
    inside = [Caller(places, key, arrivals) for key in ("a", "a", "a", "b")]
    await settled()
    waiting = [Caller(places, key, arrivals) for key in ("a", "b", "c")]
    await settled()
    for caller in inside[:3]:
        await caller.go()
    assert arrivals[4:] == ["c", "a", "b"]  # a had two left and b one, then a one and b one, the older first
    for caller in (inside[3], *waiting):
        await caller.go()


async def test_one_key_fills_no_more_than_its_share_of_the_queue_and_is_told_to_come_later_by_itself() -> None:
    places, arrivals = Places(most=1, share=1, waiting=8, waiting_share=2), list[str]()
    greedy = [Caller(places, "greedy", arrivals) for _ in range(3)]
    await settled()
    for _ in range(10):
        with pytest.raises(ProblemError) as refusal:
            async with places.taken("greedy"):
                pass
    assert (refusal.value.headers or {})["Retry-After"] == "6"
    others = [Caller(places, "other", arrivals) for _ in range(2)]
    await settled()
    with pytest.raises(ProblemError) as refusal:
        async with places.taken("other"):
            pass
    assert (refusal.value.headers or {})["Retry-After"] == "5"
    for caller in (*greedy, *others):
        await caller.go()
    assert len(arrivals) == 5


async def test_who_may_not_wait_is_refused_after_a_pause_and_may_be_cut_off_in_it() -> None:
    places, arrivals, staying = Places(most=1, share=1, waiting=1, pause=3600), list[str](), list[str]()

    async def come(name: str) -> None:
        async with places.taken(name, lambda: staying.append(name)):
            arrivals.append(name)
            await asyncio.Event().wait()

    callers = [asyncio.create_task(come(name)) for name in ("inside", "waiting", "one too many")]
    await settled()
    assert (arrivals, staying) == (["inside"], ["inside", "waiting"])
    assert not callers[2].done()
    for caller in callers:
        caller.cancel()
    await asyncio.wait(callers)


async def test_a_refusal_says_when_to_come_back_and_later_the_longer_it_lasts() -> None:
    places = Places(most=1, share=1, patience=0)
    waits = []
    async with places.taken("a"):
        for _ in range(600):
            with pytest.raises(ProblemError) as refusal:
                async with places.taken("b"):
                    pass
            assert refusal.value.status == 503
            waits.append(int((refusal.value.headers or {})["Retry-After"]))
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (5, 60)
    async with places.taken("b"):
        pass


async def test_the_queue_has_an_end() -> None:
    places, arrivals = Places(most=1, share=1, waiting=2), list[str]()
    callers = [Caller(places, str(number), arrivals) for number in range(3)]
    await settled()
    with pytest.raises(ProblemError):
        async with places.taken("one too many"):
            pass
    for caller in callers:
        await caller.go()


async def test_whoever_gives_up_waiting_leaves_no_place_taken() -> None:
    places, arrivals = Places(most=1, share=1), list[str]()
    async with places.taken("holder"):
        waiter, successor = (Caller(places, name, arrivals) for name in ("waiter", "successor"))
        await settled()
    # Its turn has come, and it is given up before it knows.
    waiter.task.cancel()
    await settled()
    assert arrivals == ["successor"]
    await successor.go()
    async with places.taken("afterwards"):
        pass


async def test_of_many_of_one_key_each_is_held_for_longer_before_it_is_refused() -> None:
    places, refused = Places(most=1, share=1, waiting=0, pause=0.3), Counter[str]()

    async def come(key: str) -> None:
        try:
            async with places.taken(key):
                pass
        except ProblemError:
            refused[key] += 1

    async with places.taken("inside"):
        crowd = [asyncio.create_task(come("crowd")) for _ in range(200)]  # the last of them is held ten times as long
        await settled()
        await come("alone")
        assert (refused["alone"], refused["crowd"] < 200) == (1, True)
        for task in crowd:
            task.cancel()
        await asyncio.wait(crowd)
