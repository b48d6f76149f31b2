"""What a gathered email says of its lines: a duty once, however many lines speak of it."""

from datetime import UTC, datetime, timedelta

import pytest

from service.domain.telling.gathered import gathered_email
from service.domain.telling.records import DigestLine

NOW = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=1)


def line(name: str, duty: str | None, *, at: datetime = NOW, starts: bool = False, plan: str = "P-1") -> DigestLine:
    """A line about a duty, or about none; its item says which line it is."""
    item = {"line": name, "days_over": 0}
    about = {"obligation": duty, "due_on": "2026-01-07"}
    return DigestLine(name, plan, "dudley", "social_worker", "w-sw", at, duty, about, item, starts)


@pytest.mark.parametrize(
    ("lines", "due", "starting"),
    [
        ([line("a", "visit"), line("b", "review")], ["a", "b"], []),
        ([line("b", "visit", at=EARLIER), line("a", "visit")], ["a"], []),
        ([line("a", "visit", at=EARLIER), line("b", "visit")], ["b"], []),
        ([line("a", "visit", at=EARLIER), line("b", "visit", starts=True)], ["a"], []),
        ([line("a", "visit", at=EARLIER, starts=True), line("b", "visit")], ["b"], []),
        ([line("a", "visit"), line("b", "visit", plan="P-2")], ["a", "b"], []),
        ([line("a", None), line("b", None), line("c", "visit", starts=True)], ["a", "b"], ["c"]),
    ],
)
def test_a_duty_is_said_once_by_its_newest_line(lines: list[DigestLine], due: list[str], starting: list[str]) -> None:
    email = gathered_email(lines, [], NOW)
    said = {part: [item["line"] for item in email.context[part]] for part in ("due", "starts")}  # type: ignore[attr-defined]
    assert said == {"due": due, "starts": starting}
    assert len(email.about) == len(lines)
    assert len(email.obligations or ()) == sum(one.obligation is not None for one in lines)
