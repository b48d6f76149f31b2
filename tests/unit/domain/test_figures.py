"""The figures of an overview, from small counts that can be checked by hand."""

from datetime import date, timedelta

from service.domain import figures
from service.domain.figures import Bucket, Share
from tests.world import book, moment

TODAY = date(2026, 1, 30)  # a Friday


def test_the_share_in_time_counts_what_is_still_owed_as_late_and_puts_the_worst_first() -> None:
    counts = [("visit", "met", 8), ("visit", "met_late", 1), ("visit", "overdue", 1), ("review", "met", 1)]
    counts += [("review", "open", 1), ("review", "cancelled", 9), ("upload", "met", 2)]
    shares = figures.shares_in_time(counts)
    assert shares == [Share("review", 1, 2), Share("visit", 8, 10), Share("upload", 2, 2)]
    assert [share.percent for share in shares] == [50, 80, 100]


def test_a_hundred_per_cent_means_all() -> None:
    assert Share("visit", 999, 1000).percent == 99
    assert Share("visit", 0, 0).percent == 0


def test_ages_are_counted_in_working_days() -> None:
    calendar = book().newest("dudley").calendar
    due = [(date(2026, 1, 29), 2), (date(2026, 1, 23), 1), (date(2026, 1, 22), 4), (date(2025, 12, 1), 3)]
    numbers = [bucket.number for bucket in figures.overdue_by_age(due, calendar, TODAY)]
    assert numbers == [3, 4, 0, 3]  # the 23rd is five working days ago, the 22nd six


def test_what_became_late_on_a_weekend_is_a_day_old() -> None:
    calendar = book().newest("dudley").calendar
    assert figures.overdue_by_age([(date(2026, 1, 31), 1)], calendar, date(2026, 2, 1))[0].number == 1


def test_an_alert_waits_until_its_first_acknowledgement() -> None:
    at = moment("2026-01-05T09:00")
    breaches = {"a": at, "b": at, "c": at}
    answers = [("a", at + timedelta(minutes=40)), ("a", at + timedelta(minutes=10)), ("b", at - timedelta(minutes=1))]
    waits = figures.waits_of(breaches, [*answers, ("unknown", at)])
    assert waits == [timedelta(minutes=10), None, None]
    assert figures.by_wait(waits)[1] == Bucket("6 to 15", 1)
    assert figures.by_wait(waits)[-1] == Bucket("nobody yet", 2)
    assert figures.median_minutes(waits) == 10
    assert figures.median_minutes([None]) is None


def test_every_wait_lies_in_one_range() -> None:
    waits = [timedelta(minutes=minutes) for minutes in (0, 5, 6, 15, 16, 30, 31, 60, 61, 5000)]
    assert [bucket.number for bucket in figures.by_wait(waits)] == [2, 2, 2, 2, 2, 0]


def test_an_answer_counts_from_its_person_within_the_time_alone() -> None:
    at, hour = moment("2026-01-05T09:00"), timedelta(hours=1)
    texts = [("f-1", at, "one"), ("f-2", at, "one"), ("f-1", at + 24 * hour, "two")]
    replies = [("f-1", at + hour), ("f-2", at + 3 * hour)]
    assert figures.answered(texts, replies, 2 * hour) == [Share("one", 1, 2), Share("two", 0, 1)]


def test_a_role_is_held_by_whoever_was_given_it_last() -> None:
    changes = [("P-1", "w-1", True), ("P-1", "w-2", True), ("P-1", "w-1", False), ("P-2", "w-1", True)]
    assert figures.holders([*changes, ("P-2", "w-1", False)]) == {"P-1": "w-2"}
