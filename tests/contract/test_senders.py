"""What every channel keeps to, the one that tests use among them."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from notifications.errors import DeliveryError, Misconfigured, NotSent, TryLater, Undeliverable, Unknown
from tests.contract.outgoing import outgoing
from tests.contract.providers import DROPS, IS_DOWN, PROVIDERS, PUTS_OFF, REFUSES, TAKES, Provider

Opens = Callable[[str], AbstractAsyncContextManager[Provider]]


@pytest.fixture(params=PROVIDERS)
def opens(request: pytest.FixtureRequest, tmp_path: Path) -> Opens:
    """Opens one of the channels, with its other end behaving in a given way."""
    return lambda behaviour: PROVIDERS[request.param](behaviour, tmp_path)


async def test_it_hands_a_message_over_once_and_gives_the_providers_id(opens: Opens) -> None:
    async with opens(TAKES) as provider:
        assert await provider.sender.send(outgoing(provider.channel))
        assert provider.arrived() == 1


async def test_it_announces_the_last_moment_before_anything_can_leave(opens: Opens) -> None:
    arrived: list[int] = []
    async with opens(TAKES) as provider:

        async def before_data() -> None:
            arrived.append(provider.arrived())

        await provider.sender.send(outgoing(provider.channel, before_data=before_data))
        assert arrived == [0]


async def test_told_at_that_moment_not_to_it_does_not(opens: Opens) -> None:
    async def refuse() -> None:
        raise NotSent("the lease has ended")

    async with opens(TAKES) as provider:
        with pytest.raises(NotSent, match="the lease has ended"):
            await provider.sender.send(outgoing(provider.channel, before_data=refuse))
        assert provider.arrived() == 0


@pytest.mark.parametrize(
    ("behaviour", "error", "arrived"),
    [
        (REFUSES, Undeliverable, 0),
        (PUTS_OFF, TryLater, 0),
        (IS_DOWN, Misconfigured, 0),
        (DROPS, Unknown, 1),
    ],
)
async def test_of_each_failure_it_says_what_is_certain(
    opens: Opens, behaviour: str, error: type[DeliveryError], arrived: int
) -> None:
    async with opens(behaviour) as provider:
        with pytest.raises(DeliveryError) as raised:
            await provider.sender.send(outgoing(provider.channel))
        assert type(raised.value) is error
        assert provider.arrived() == arrived


@pytest.mark.parametrize("behaviour", [REFUSES, PUTS_OFF, IS_DOWN, DROPS])
async def test_an_error_names_nobody(opens: Opens, behaviour: str) -> None:
    async with opens(behaviour) as provider:
        message = outgoing(provider.channel)
        with pytest.raises(DeliveryError) as raised:
            await provider.sender.send(message)
        assert message.address not in str(raised.value)
        assert "P-1001" not in str(raised.value)
