"""Working days as the auditor counts them: by itself, so that an error in the calendar of the service shows."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

_LONDON = ZoneInfo("Europe/London")
_OPENS, _CLOSES = time(8), time(18)  # when what is not urgent is sent
_SATURDAY = 5


class WorkingDays:
    """Monday to Friday, but for the bank holidays of England and those that an authority has added."""

    def __init__(self, added: Mapping[str, frozenset[date]]) -> None:
        self._bank = holidays.country_holidays("GB", subdiv="ENG")
        self._added = added

    def is_one(self, day: date, authority: str | None) -> bool:
        """Whether a day is a working day of an authority (None: of one that has added none)."""
        free = day in self._bank or day in self._added.get(str(authority), ())
        return day.weekday() < _SATURDAY and not free

    def before(self, day: date, number: int, authority: str | None = None) -> date:
        """The working day that is so many working days before a day, which need be none itself."""
        while number:
            day -= timedelta(days=1)
            number -= self.is_one(day, authority)
        return day

    def sending_since(self, now: datetime, authority: str) -> datetime | None:
        """Since when today what is not urgent may be sent, in UTC; None: not at this hour."""
        here = now.astimezone(_LONDON)
        if not self.is_one(here.date(), authority) or not _OPENS <= here.time() < _CLOSES:
            return None
        return start_of(here.date(), _OPENS)


def local_date(moment: datetime) -> date:
    """The local day of a moment."""
    return moment.astimezone(_LONDON).date()


def start_of(day: date, hour: time = time()) -> datetime:
    """The beginning of a local day, or an hour of it, in UTC."""
    return datetime.combine(day, hour, _LONDON).astimezone(UTC)
