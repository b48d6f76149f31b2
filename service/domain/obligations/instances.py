"""One opening of a rule, while its facts are being read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service.domain.calendar import start_of
from service.domain.fact import Fact


@dataclass(slots=True)
class Instance:
    """One opening of a rule and what became of it. At most one of met, superseded and cancelled is set."""

    opened: Fact
    due_on: date
    about: str | None = None
    # The fact that called for it in the first place, where a person was barred then, and another has opened it since.
    called_for: Fact | None = None
    # Whether a date that was agreed or set gave `due_on`; an interval gives way to it.
    dated: bool = False
    chair_role: str | None = None
    met: Fact | None = None
    superseded: bool = False
    cancelled: bool = False
    settled_by: Fact | None = None
    # The fact that closed it as a link of a chain, whatever became of it.
    closed_by: Fact | None = None
    # The moment at which it is due, where its clock counts hours.
    due_at: datetime | None = None
    week: int | None = None
    # The fact before which it was due, once that has come.
    overtaken_by: Fact | None = None
    # The obligation that it was at the last look, with what may change between looks.
    remembered: tuple[Any, Any] | None = None
    # How it stood then, and for how long it does.
    stands: Any = None

    @property
    def in_time(self) -> bool:
        """Whether what met it did so in time: by the due day, or by the moment where it has one."""
        if self.met is not None and self.overtaken_by is not None:
            # Of one day it was in time, unless both hours are known.
            return self.met.day <= self.due_on and not self.overtaken_by.before(self.met)
        if self.met is None or self.due_at is None:
            return self.met is not None and self.met.day <= self.due_on
        # Of a fact with a day only the hour is not known: it is late on a later day alone.
        return (self.met.moment or start_of(self.met.day)) <= self.due_at

    @property
    def overtaken_at(self) -> datetime | None:
        """From which moment on it is late, because the fact before which it was due has come."""
        if self.overtaken_by is None:
            return None
        return self.overtaken_by.moment or start_of(self.overtaken_by.day)

    @property
    def cause(self) -> Fact:
        """The fact that called for it."""
        return self.called_for or self.opened


@dataclass(frozen=True, slots=True)
class Moved:
    """A set date that a fact moved later; `kept` where a ceiling left the old one standing."""

    fact: Fact
    old: date
    new: date
    kept: bool
    count: int
