"""What the documents say of the auditor is what it does."""

from service.sentinel.auditor import scheduled_questions
from service.sentinel.codes import CODES
from tests.architecture.tree import ROOT
from tests.documents.findings import table


def test_the_table_of_codes_in_the_document_is_not_stale() -> None:
    # Stale? python -m tests.documents.findings, into docs/monitoring.md
    assert table() in (ROOT / "docs" / "monitoring.md").read_text()


def test_each_code_is_answered_for_by_one_question_and_is_in_the_table() -> None:
    asked = [code for one in scheduled_questions() for code in one.codes]
    assert sorted(asked) == sorted(CODES)
    assert [code for code in CODES if f"| `{code}` | " not in table()] == []


def test_the_table_says_how_loud_each_is() -> None:
    lines = {line.split("`")[1]: line.split(" | ")[-3:] for line in table().splitlines()[2:]}
    assert lines["no_worker"] == ["silent", "503", "at any hour |"]
    assert lines["role_vacant"] == ["goes on", "says so", "in working hours |"]
