"""The auditor's own count of working days, so that an error in the service's calendar shows."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays

_LONDON = ZoneInfo("Europe/London")
_OPENS, _CLOSES = time(8), time(18)  # the hours in which messages that are not urgent are sent
_SATURDAY = 5


class WorkingDays:
    """Monday to Friday, except the bank holidays of England and days that an authority has added."""

    def __init__(self, added: Mapping[str, frozenset[date]]) -> None:
        self._bank = holidays.country_holidays("GB", subdiv="ENG")
        self._added = added

    def is_one(self, day: date, authority: str | None) -> bool:
        """Whether a day is a working day of an authority (None: of an authority without added holidays)."""
        holiday = day in self._bank or day in self._added.get(str(authority), ())
        return day.weekday() < _SATURDAY and not holiday

    def before(self, day: date, number: int, authority: str | None = None) -> date:
        """The working day `number` working days before a day, which need not be a working day itself."""
        while number:
            day -= timedelta(days=1)
            number -= self.is_one(day, authority)
        return day

    def sending_since(self, now: datetime, authority: str) -> datetime | None:
        """The moment (UTC) today from which messages that are not urgent may be sent; None if this hour is outside."""
        local = now.astimezone(_LONDON)
        if not self.is_one(local.date(), authority) or not _OPENS <= local.time() < _CLOSES:
            return None
        return start_of(local.date(), _OPENS)


def local_date(moment: datetime) -> date:
    """The local day of a moment."""
    return moment.astimezone(_LONDON).date()


def start_of(day: date, hour: time = time()) -> datetime:
    """The beginning of a local day, or an hour of it, in UTC."""
    return datetime.combine(day, hour, _LONDON).astimezone(UTC)
