"""Duties as pages show them: what, which one, by when, why, and the form by which it is met."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from service.domain.calendar import local_day
from service.domain.obligations.obligation import Obligation
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.wording import item, role_text, rule_of
from service.web import words
from service.web.recording.facts import recordable, ways_to_meet

_SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DutyLine:
    """A duty in a list. `kind` is its colour, `form` the path of the form that meets it (None: nothing to record)."""

    code: str
    label: str
    occasion: str | None
    state: str
    kind: str
    by_when: str
    before: str  # the word before it
    note: str
    asks: str
    done_when: str
    source: str
    basis: str
    role: str
    person: str | None
    about: str | None
    form: str | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class PlanDuties:
    """The duties of one plan: its path, reference and the child's initials."""

    path: str
    reference: str
    initials: str
    lines: Sequence[DutyLine]


@dataclass(frozen=True, slots=True)
class Section:
    """Duties that are to be done at about the same time."""

    id: str
    title: str
    plans: Sequence[PlanDuties]

    @property
    def count(self) -> int:
        """How many duties there are in it."""
        return sum(len(plan.lines) for plan in self.plans)


class DutyWords:
    """Puts duties into words for one page: one moment, the names of its people, and where plans have their pages."""

    def __init__(self, book: PolicyBook, now: datetime, names: Mapping[str, str], paths: Mapping[OwnId, str]) -> None:
        self._book, self._now, self._today = book, now, local_day(now)
        self._names, self._paths = names, paths

    def line(self, duty: Obligation, note: str = "") -> DutyLine:
        """A duty as a line. `note` says for whom it is done, if for somebody else."""
        rule = rule_of(self._book, duty)
        policy = self._book.newest(duty.authority)
        worded = item(duty, self._book, policy.calendar, None, self._now)
        ways = ways_to_meet(rule, recordable(policy)) if duty.live else []
        path = self._paths.get(OwnId(duty.authority, duty.plan))
        state, kind = self._state(duty, int(str(worded["days_over"])))
        return DutyLine(
            code=code_of(duty),
            label=rule.label[:1].upper() + rule.label[1:],
            occasion=str(worded["which"]) if worded["which"] else None,
            state=state,
            kind=kind,
            by_when=str(worded["due"] if self._is_late(duty) else worded["act_by"]),
            before="Was due" if self._is_late(duty) else "By" if duty.has_day and rule.due.called is None else "Due",
            note=note,
            asks=rule.asks,
            done_when=rule.done_when,
            source=str(worded["source"]),
            basis=words.BASIS[duty.basis],
            role=role_text(duty.responsible_role),
            person=self._names.get(duty.responsible or ""),
            about=self._names.get(duty.about or ""),
            form=f"{path}/record/{ways[0].name}?for={code_of(duty)}" if ways and path else None,
            is_late=self._is_late(duty),
        )

    def _is_late(self, duty: Obligation) -> bool:
        return duty.live and (duty.lapses_at <= self._now)

    def _state(self, duty: Obligation, days_over: int) -> tuple[str, str]:
        """How it stands in words, and the colour of that."""
        if not duty.live:
            text, _ = words.STATUS[duty.status.value]
            return text, {"met": "done", "met_late": "today"}.get(duty.status.value, "")
        if self._is_late(duty):
            return (f"{words.plural(days_over, 'working day')} late" if days_over else "late"), "late"
        if not duty.has_day:
            return "no day yet", ""
        if duty.act_by <= self._today:
            return "today" if duty.act_by == self._today else f"due {words.short_day(duty.due_on)}", "today"
        return words.in_days((duty.act_by - self._today).days), ""


def code_of(duty: Obligation) -> str:
    """What stands for a duty in an address: nothing of the case can be read from it."""
    return hashlib.sha256(f"{duty.authority}/{duty.plan}/{duty.key}".encode()).hexdigest()[:12]


def sections(
    duties: Iterable[Obligation], lines: DutyWords, paths: Mapping[OwnId, str], initials: Mapping[OwnId, str],
    notes: Mapping[str, str], now: datetime,
) -> list[Section]:  # fmt: skip
    """Duties in sections: overdue, today, the next seven days, later; in each by plan. Empty ones are left out."""
    today = local_day(now)
    parts: dict[str, list[Obligation]] = {"overdue": [], "today": [], "soon": [], "later": []}
    for duty in duties:
        parts[_part(duty, today, now)].append(duty)
    titles = {"overdue": "Overdue", "today": "Today", "soon": "In the next 7 days", "later": "Later"}
    return [
        Section(name, titles[name], _by_plan(members, lines, paths, initials, notes))
        for name, members in parts.items()
        if members
    ]


def _part(duty: Obligation, today: date, now: datetime) -> str:
    if duty.lapses_at <= now:
        return "overdue"
    if duty.act_by <= today:
        return "today"
    return "soon" if duty.act_by <= today + _SOON else "later"


def _by_plan(
    duties: Sequence[Obligation], lines: DutyWords, paths: Mapping[OwnId, str], initials: Mapping[OwnId, str],
    notes: Mapping[str, str],
) -> list[PlanDuties]:  # fmt: skip
    """By plan, the most urgent plan first."""
    ranks: dict[str, int] = {}
    for duty in duties:
        ranks.setdefault(duty.plan, len(ranks))
    ordered = sorted(duties, key=lambda duty: ranks[duty.plan])
    groups = []
    for plan, members in groupby(ordered, key=lambda duty: OwnId(duty.authority, duty.plan)):
        shown = [lines.line(duty, notes.get(duty.key, "")) for duty in members]
        groups.append(PlanDuties(paths[plan], plan.id, initials.get(plan, ""), shown))
    return groups
