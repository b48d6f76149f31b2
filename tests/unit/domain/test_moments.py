"""A moment that cannot be taken: the sentence says what to write, with what was written."""

import pytest

from service.domain.events.moments import instead_of
from service.domain.events.vocabulary import iso_moment


@pytest.mark.parametrize(
    "written",
    [
        "2026-10-05T16:20:00", "2026-10-05 16:20", "05/10/2026 16:20", "5/10/2026 16:20:00", "5 Oct 2026, 4:20 pm",
        "5 October 2026 16:20", "05.10.2026 16:20", "2026-10-05t16:20", "2026-10-05T16:20:00.000",
    ],
)  # fmt: skip
def test_what_lacks_its_offset_is_shown_with_that_of_its_day(written: str) -> None:
    assert instead_of(written) == "has no offset; write it as 2026-10-05T16:20:00+01:00, if it is local time"


def test_in_winter_and_in_the_hour_that_comes_twice_the_offset_is_another() -> None:
    assert "write it as 2026-11-30T18:40:00+00:00," in instead_of("30/11/2026 18:40")
    assert "2026-10-25T01:30:00+01:00 or 2026-10-25T01:30:00+00:00," in instead_of("2026-10-25 01:30")


@pytest.mark.parametrize("written", ["05/10/2026 16:20 +01:00", "5 Oct 2026 16:20+0100"])
def test_what_has_an_offset_keeps_it(written: str) -> None:
    assert instead_of(written) == "is not in the form of a moment; write it as 2026-10-05T16:20:00+01:00"


@pytest.mark.parametrize("written", ["2011-03-29", "29/03/2011", "29/03/2011 00:00", "2011-03-29 00:00:00"])
def test_a_day_alone_is_not_repeated_since_it_may_be_a_birthday(written: str) -> None:
    assert instead_of(written) == "has no time of day; write day, time and offset like 2026-11-30T18:40:00+00:00"


@pytest.mark.parametrize("written", ["yesterday at 4", "31/02/2026 16:20", "05/10/26 16:20", "", 7, None, "x" * 500])
def test_what_is_no_moment_is_not_repeated(written: object) -> None:
    assert instead_of(written) == "is not a moment with an offset; write it like 2026-11-30T18:40:00+00:00"


def test_what_it_says_to_write_is_taken() -> None:
    for written in ("05/10/2026 16:20", "2026-11-30 18:40"):
        shown = instead_of(written).split("write it as ")[1].split(",")[0]
        assert iso_moment(shown).isoformat() == shown
