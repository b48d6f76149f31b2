"""The families of the cases with faults have numbers that intake takes, and each its own."""

from bench.faults.rig import council
from service.domain.events.addresses import phone_number, takes_texts


def test_each_of_ten_thousand_people_has_a_number_that_can_be_texted() -> None:
    numbers = [council.number_of(person) for person in range(10_000)]
    assert len({*numbers, *council.MOBILES}) == 10_000 + len(council.MOBILES)
    assert all(phone_number(number) == number and takes_texts(number) for number in numbers[::7])
