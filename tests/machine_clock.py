"""The machine's own clock, held by freezegun: for what is tested of a process that reads it.

with held(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)):
    assert planwatch("token", "create", "--authority", "dudley")
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

# In London the same hour twice, an hour that is left out, and the last second of a year; and a summer's night, in which
# the day in London is another than in UTC.
TWICE = (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
LEFT_OUT = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)
YEARS_END = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
SUMMER_NIGHT = datetime(2027, 6, 30, 23, 30, tzinfo=UTC)


@contextmanager
def held(moment: datetime) -> Iterator[FrozenDateTimeFactory]:
    """The clock stands still at a moment, and is moved by hand; timeouts of event loops still run."""
    with freeze_time(moment, real_asyncio=True) as hands:
        assert isinstance(hands, FrozenDateTimeFactory)
        yield hands


@contextmanager
def machine_in(zone: str) -> Iterator[None]:
    """The machine's local time is that of a zone."""
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TZ", zone)
            time.tzset()
            yield
    finally:
        time.tzset()
