"""In the demonstration alerts that are told again fold into the latest one; everything else stands by itself."""

from datetime import UTC, datetime

from cli.demo.standins.arrivals import Text, folded

NOW = datetime(2027, 1, 11, 8, 25, tzinfo=UTC)


def texts(*bodies: str) -> list[Text]:
    return [Text(number, NOW, "+447700900101", body, f"SM{number}") for number, body in enumerate(bodies)]


def shape(*bodies: str, newest_first: bool = False) -> list[tuple[int, list[int]]]:
    folds = folded(texts(*bodies), newest_first=newest_first)
    return [(shown.number, [text.number for text in earlier]) for shown, earlier in folds]


CROSSED = "URGENT P-1: bottom line crossed 26 Dec 23:40."


def test_repeats_of_one_alert_fold_into_the_latest() -> None:
    again = (f"{CROSSED} Reply 123456.", f"{CROSSED} Alert 2, 30 min.", f"{CROSSED} Alert 3, 1 h.")
    assert shape("Good morning", *again, "Thank you") == [(0, []), (3, [1, 2]), (4, [])]
    assert shape(*reversed(again), newest_first=True) == [(0, [1, 2])]


def test_what_is_about_another_plan_or_crossing_does_not() -> None:
    other_plan, other_crossing = CROSSED.replace("P-1", "P-2"), CROSSED.replace("23:40", "23:55")
    assert shape(f"{CROSSED} x", f"{other_plan} x", f"{other_crossing} x") == [(0, []), (1, []), (2, [])]


def test_a_text_of_somebody_else_that_reads_the_same_twice_stands_twice() -> None:
    assert shape("All well? 1 or 2", "All well? 1 or 2") == [(0, []), (1, [])]
