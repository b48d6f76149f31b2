"""What the auditor's questions are about, and what they find."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from service.sentinel.working_days import WorkingDays

MOST = 200  # of one question: more of the same say nothing new


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be. `detail` holds ids and figures; `authority` None: it is everybody's."""

    code: str
    key: str
    detail: str
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What the policies ask for, as bare data, by authority."""

    holidays: Mapping[str, frozenset[date]] = field(default_factory=dict)  # beside the bank holidays
    roles: Mapping[str, frozenset[str]] = field(default_factory=dict)  # that somebody holds for the whole authority
    again_every: timedelta = timedelta(minutes=30)  # the longest time between two alerts about one bottom line


@dataclass(frozen=True, slots=True)
class Asked:
    """The moment, aware, at which a question is asked, and what it is asked against."""

    now: datetime
    expected: Expected
    days: WorkingDays


Question = Callable[[AsyncSession, Asked], Awaitable[Sequence[Finding]]]
