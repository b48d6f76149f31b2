"""What every provider that keeps texts for us holds to, the one that tests use among them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from notifications.errors import DeliveryError
from tests.contract.listeners import LISTENERS, Listener

NOW = datetime(2026, 12, 18, 8, 30, tzinfo=UTC)
NAN = "+447700900456"


@pytest.fixture(params=LISTENERS)
async def listener(request: pytest.FixtureRequest) -> AsyncIterator[Listener]:
    """One of the providers."""
    async with LISTENERS[request.param]() as made:
        yield made


async def test_it_gives_each_text_with_its_id_number_words_and_moment(listener: Listener) -> None:
    first = listener.gets(NAN, "1", NOW)
    second = listener.gets("+447700900457", "2 – call me", NOW + timedelta(minutes=1))
    found = {one.provider_id: one for one in await listener.sender.received_since(NOW)}
    assert found.keys() == {first, second}
    assert (found[second].number, found[second].text) == ("+447700900457", "2 – call me")
    assert (found[second].at, found[second].at.utcoffset()) == (NOW + timedelta(minutes=1), timedelta(0))


async def test_asked_again_it_gives_the_same_ids_again(listener: Listener) -> None:
    provider_id = listener.gets(NAN, "1", NOW)
    for _ in range(2):
        assert [text.provider_id for text in await listener.sender.received_since(NOW)] == [provider_id]


async def test_it_gives_more_than_fits_on_a_page(listener: Listener) -> None:
    sids = {listener.gets(NAN, f"{number}", NOW + timedelta(seconds=number)) for number in range(1001)}
    assert {one.provider_id for one in await listener.sender.received_since(NOW)} == sids


async def test_where_nothing_came_it_gives_nothing(listener: Listener) -> None:
    assert await listener.sender.received_since(NOW) == []


async def test_when_it_does_not_say_it_raises_and_names_nobody(listener: Listener) -> None:
    listener.gets(NAN, "1", NOW)
    listener.fails()
    with pytest.raises(DeliveryError) as raised:
        await listener.sender.received_since(NOW)
    assert NAN not in str(raised.value)
