"""The types of the auditor's questions and findings."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from service.sentinel.working_days import WorkingDays

MOST = 200  # findings of one question: more of the same say nothing new


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """Something that is not as it should be. `detail` holds ids and figures; `authority` None: it concerns all."""

    code: str
    key: str
    detail: str
    authority: str | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """The policies' demands by authority, as bare data."""

    holidays: Mapping[str, frozenset[date]] = field(default_factory=dict)  # in addition to the bank holidays
    roles: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # roles that somebody must hold for the whole authority
    again_every: timedelta = timedelta(minutes=30)  # the longest time between two alerts about one bottom line


@dataclass(frozen=True, slots=True)
class Asked:
    """The context of a question: the moment (aware) at which it is asked, what is expected, and the working days."""

    now: datetime
    expected: Expected
    days: WorkingDays


Question = Callable[[AsyncSession, Asked], Awaitable[Sequence[AuditFinding]]]
