"""A line of an email says which of several is meant, and whose it is; and it names nobody."""

import pytest

from tests.unit.domain.builders import Raw, cast, fact, meeting, plan_opened, run, visit
from tests.unit.domain.elsewhere import agreed, family, opened, workers

START = [*cast(), *plan_opened("2026-11-02")]
ACTION = fact("2026-11-04", "action.agreed", ref="act-17", what="ring", who="w-kp", due_on="2026-11-10")
SHARED = fact("2026-11-04", "visits.agreed", by_role="key_professional", every="1 week", on="2026-11-04")


@pytest.mark.parametrize(
    ("history", "kind", "which", "owed_by"),
    [
        ([ACTION], "action", "act-17", "key professional"),
        ([meeting("2026-11-05", "initial", ref="m1")], "upload_meeting", "Thu 5 Nov 2026", "social worker"),
        ([visit("2026-11-05", by="w-kp")], "share_visit", "Thu 5 Nov 2026", "key professional"),
        ([fact("2026-11-05", "screening.completed", on="2026-11-05")], "consult_hub", None, "social worker"),
    ],
)
def test_a_line_says_which_it_is_and_whose(history: list[Raw], kind: str, which: str | None, owed_by: str) -> None:
    (message, *_) = run(START, history, until="2026-11-13").messages(kind=kind, purpose="overdue")
    items = message.context["items"]
    assert isinstance(items, list)
    assert [(item["which"], item["owed_by"]) for item in items] == [(which, owed_by)]


def test_a_copy_is_told_without_the_person_whom_it_is_for() -> None:
    history = [*workers("bradford"), *opened("bradford"), *family("f-mum")]
    found = run(history, agreed("2026-12-02", version=1, parties=["f-mum"]), until="2026-12-08")
    (message, *_) = found.messages(kind="share_plan", purpose="overdue")
    items = message.context["items"]
    assert isinstance(items, list)
    assert {item["which"] for item in items if item["label"].startswith("copy")} == {None}
