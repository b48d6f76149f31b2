"""What every provider that can be asked holds to: it names what an attempt handed over, and nothing else."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from notifications.errors import DeliveryError, Unknown
from notifications.message import Content
from tests.contract.outgoing import NOW, outgoing, sought
from tests.contract.witnesses import WITNESSES, Witness


@pytest.fixture(params=WITNESSES)
async def witness(request: pytest.FixtureRequest) -> AsyncIterator[Witness]:
    """One of the providers."""
    async with WITNESSES[request.param]() as made:
        yield made


async def test_what_it_took_it_names_by_the_id_that_it_gave(witness: Witness) -> None:
    message = outgoing(witness.channel)
    given = await witness.sender.send(message)
    assert await witness.sender.look_up(sought(message)) == given


async def test_what_it_never_got_it_does_not_name(witness: Witness) -> None:
    other = Content("P-1002: for today", "P-1002: something else", None)
    await witness.sender.send(outgoing(witness.channel, message_id="c" * 32, content=other))
    assert await witness.sender.look_up(sought(outgoing(witness.channel))) is None


async def test_of_an_attempt_that_began_later_an_earlier_one_is_no_proof(witness: Witness) -> None:
    message = outgoing(witness.channel)
    await witness.sender.send(message)
    later = replace(message, attempt_id="d" * 32, started_at=NOW + timedelta(minutes=6))
    assert await witness.sender.look_up(sought(later)) is None


async def test_what_it_took_then_is_found_however_late_it_is_asked(witness: Witness) -> None:
    message = outgoing(witness.channel)
    given = await witness.sender.send(message)
    witness.is_at(NOW + timedelta(hours=3))
    assert await witness.sender.look_up(sought(message)) == given


async def test_a_clock_a_little_behind_ours_hides_nothing(witness: Witness) -> None:
    witness.is_at(NOW - timedelta(minutes=2))
    message = outgoing(witness.channel)
    assert await witness.sender.look_up(sought(message)) is None
    given = await witness.sender.send(message)
    assert await witness.sender.look_up(sought(message)) == given


async def test_what_is_known_for_another_attempt_is_not_taken_for_this_one(witness: Witness) -> None:
    message = outgoing(witness.channel)
    first = await witness.sender.send(message)
    assert await witness.sender.look_up(sought(message, other_ids=frozenset({first}))) is None
    second = await witness.sender.send(replace(message, attempt_id="d" * 32))
    assert await witness.sender.look_up(sought(message, other_ids=frozenset({first}))) == second


async def test_when_it_does_not_say_it_raises_and_nothing_is_unknown_that_was_not(witness: Witness) -> None:
    witness.fails()
    with pytest.raises(DeliveryError) as raised:
        await witness.sender.look_up(sought(outgoing(witness.channel)))
    assert not isinstance(raised.value, Unknown)
    assert outgoing(witness.channel).address not in str(raised.value)
