"""The count at the end of a case: it must see what is wrong, or no case proves anything."""

from bench.faults.rig.verdict import Arrival, Verdict, count


def copy(reference: str, at: float = 0.0, identity: str = "m", *, repeats: bool = False) -> Arrival:
    """Something that arrived."""
    return Arrival(reference, identity, at, repeats)


def test_what_did_not_come_is_lost_and_what_nobody_wanted_is_unexpected() -> None:
    found = count({"a", "b"}, [copy("a"), copy("x")])
    assert (found.lost, found.unexpected, found.duplicated) == (("b",), ("x",), 0)


def test_every_copy_after_the_first_is_counted() -> None:
    found = count({"a"}, [copy("a"), copy("a", repeats=True), copy("a", repeats=True)])
    assert (found.duplicated, found.unmarked, found.strange) == (2, (), ())


def test_a_copy_has_to_say_that_it_may_be_one_and_to_be_known_as_one() -> None:
    found = count({"a", "b"}, [copy("a"), copy("a", 1), copy("b"), copy("b", 1, "other", repeats=True)])
    assert (found.unmarked, found.strange) == (("a",), ("b",))


def test_what_came_after_its_time_is_late_and_counts_by_its_first_copy() -> None:
    arrived = [copy("a", 9), copy("a", 3), copy("b", 6)]
    assert count({"a", "b"}, arrived, {"a": 5.0, "b": 5.0}).late == ("b",)


def test_a_mark_that_was_missed_stands_in_the_line() -> None:
    missed = Verdict("case", "SQLite", "10 messages", lost=1, faults=("lost",))
    assert missed.line() == ("case SQLite: 10 messages: 1 lost / 0 duplicated / 0 unexpected / - late  MISSED: lost")
    assert not missed.good
