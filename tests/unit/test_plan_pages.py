"""What the pages say of an obligation: the same days as the emails."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from service.domain.obligations.obligation import Obligation, Status
from service.domain.policy import PolicyBook
from service.domain.telling.wording import day_text, item
from service.web import words
from service.web.duties import DutyWords
from tests import northmere

FRIDAY = date(2026, 12, 4)


def overdue(book: PolicyBook) -> Obligation:
    """An obligation that was due on a Friday."""
    (policy,) = book.versions(next(iter(book.authorities)))
    rule = policy.rules[0]
    return Obligation(
        key="k", authority=policy.authority, plan="P-1", kind=rule.kind, rule=f"{policy.authority}.{rule.rule}",
        basis="guidance", about=None,
        from_event="e-1", opened_on=date(2026, 11, 4), opened_at=None, due_on=FRIDAY, act_by=FRIDAY,
        responsible_role="social_worker", responsible="w-sw", chair_role=None, chair=None, start_by=None,
        unannounced=False, status=Status.OVERDUE, met_on=None, met_by=None,
    )  # fmt: skip


@pytest.mark.parametrize(("closed", "days"), [([], 5), (["2026-12-08"], 4), (["2026-12-08", "2026-12-09"], 3)])
def test_late_days_are_the_working_days_of_the_council_as_in_its_emails(
    tmp_path: Path, closed: list[str], days: int
) -> None:
    policy = northmere.changed(tmp_path, closed=closed)
    book = PolicyBook([policy])
    now = datetime(2026, 12, 11, 9, tzinfo=UTC)
    assert DutyWords(book, now, {}, {}).line(overdue(book)).state == f"{days} working days late"
    assert item(overdue(book), book, policy.calendar, None, now)["days_over"] == days


def test_a_day_reads_on_pages_as_in_emails() -> None:
    assert words.day(FRIDAY) == day_text(FRIDAY) == "Fri 4 Dec 2026"
    assert words.day(None) == "–"
