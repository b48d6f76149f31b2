"""Obligations are written as they always were: a look at those that are stored changes none of them."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from service.store import obligations
from tests.unit.domain.builders import LONDON, cast, plan_opened, run

A_DAY = date(2026, 7, 4)
MOMENTS = (
    datetime(2026, 7, 4, 9, 30, tzinfo=UTC),
    datetime(2026, 7, 4, 9, 30, 1, 250_000, tzinfo=UTC),
    datetime(2026, 7, 4, 9, 30, tzinfo=LONDON),
    datetime(2026, 12, 4, 9, 30, tzinfo=LONDON),
)


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_no_question_names_is_written_as_pydantic_writes_it(moment: datetime) -> None:
    duty, *_ = run(cast(), plan_opened(), until="2026-11-05").obligations
    full = replace(
        duty, opened_at=moment, due_at=moment, overtaken_at=moment, start_by=A_DAY, chair_role="chair", chair="w-sw",
        unannounced=True, by_name=True,
    )  # fmt: skip
    names = set(obligations._REST)
    assert all(getattr(full, name) for name in names)
    for each in (duty, full):
        written = obligations._reading.dump_python(each, mode="json", include=names)
        assert obligations._values(each)[-1] == written
