"""Who may see a plan: whoever planwatch would tell about it by any rung of its policy, with the reason in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from notifications.message import Purpose
from service.domain.calendar import local_day
from service.domain.facts import Facts
from service.domain.obligations.obligation import Obligation
from service.domain.policy import Policy, PolicyBook
from service.domain.telling.acknowledgements import Acknowledgements, last_resort, line_of
from service.domain.telling.contact import stands_against
from service.domain.telling.recipients import Reach
from service.domain.telling.rung_messages import HIGHEST, recipients_of
from service.domain.telling.wording import day_text, role_text

# Told of check-ins and notices, whatever the policy says.
_ALWAYS_TOLD = ("social_worker", "team_manager")
_READERS = ("team_manager", "service_manager")  # of what is sent to somebody who is away, where nobody covers
BY_NAME = "named"  # in place of a role: somebody whom a duty of the plan names


@dataclass(frozen=True, slots=True)
class Sight:
    """That a person may see a plan: in which roles, the first of them first, and why in plain words.

    `covers` is the person in whose place they act, until the end of a local day. `by_exception`: they gave a reason.
    """

    role: str
    reason: str
    roles: tuple[str, ...] = ()
    covers: str | None = None
    until: date | None = None
    by_exception: bool = False


def may_see(
    book: PolicyBook, facts: Facts, obligations: Iterable[Obligation], person: str, now: datetime
) -> Sight | None:
    """In which role a person may see a plan at a moment. None: planwatch would tell them nothing of it.

    `facts` are those by which the plan's alerts go on, and `obligations` those of the plan. Family never sees a plan,
    nor does anybody who is shut out of it.
    """
    recorded = facts.directory.persons.get(person)
    if recorded is None or recorded.is_family or stands_against(facts, person):
        return None
    sights = list(_sights(book, facts, [duty for duty in obligations if duty.live], person, now))
    roles = tuple(dict.fromkeys(sight.role for sight in sights))
    return replace(sights[0], roles=roles) if sights else None


def _sights(book: PolicyBook, facts: Facts, live: Sequence[Obligation], person: str, now: datetime) -> Iterator[Sight]:
    policy = book.at(facts.authority, now)
    if facts.introduced:
        of_duties = [role for duty in live for role in (duty.responsible_role, duty.chair_role) if role]
        roles = tuple(dict.fromkeys((*_ALWAYS_TOLD, *policy.told_roles, *of_duties)))
        for role in roles:
            yield from _as_holder(facts, role, person, now)
        for duty in live:
            yield from _by_name(facts, duty, person, now)
        yield from _in_place(Reach(facts, policy, now, now), roles, live, person)
    for role in _alerted(book, facts, now):
        yield from _as_holder(facts, role, person, now, " while an alert is open")


def _as_holder(facts: Facts, role: str, person: str, now: datetime, while_: str = "") -> Iterator[Sight]:
    """As the holder of a role, present or away, or as whoever acts for the holder today."""
    holder = facts.holder(role, now)
    if holder is None:
        return
    if holder == person:
        is_wide = facts.directory.holder(role, now) == person and facts.role_on_plan(person, now) != role
        whose = "authority" if is_wide else "plan"
        yield Sight(role, f"{role_text(role)} of the {whose}{while_}")
    elif facts.directory.acts_at(holder, now) == person:
        until = _covers_until(facts, holder, now)
        yield Sight(role, f"cover for the {role_text(role)}{_until_text(until)}{while_}", covers=holder, until=until)


def _by_name(facts: Facts, duty: Obligation, person: str, now: datetime) -> Iterator[Sight]:
    for named in (duty.responsible, duty.chair):
        if named == person:
            yield Sight(BY_NAME, "named for a duty of the plan")
        elif named is not None and facts.directory.acts_at(named, now) == person:
            until = _covers_until(facts, named, now)
            words = f"cover for somebody who is named for a duty of the plan{_until_text(until)}"
            yield Sight(BY_NAME, words, covers=named, until=until)


def _in_place(reach: Reach, roles: Iterable[str], live: Iterable[Obligation], person: str) -> Iterator[Sight]:
    """As who is told where somebody else cannot be: a role is vacant, its holder away or out of reach, or owes it."""
    live = list(live)
    if not _ever_stands_in(reach, live, person):
        return
    for role in roles:
        for to in reach.everybody(role, reach.facts.holder(role, reach.now), Purpose.OVERDUE):
            if to.person == person:
                own = _own_role(reach, person) or role
                yield Sight(own, f"{role_text(own)}, told in place of the {role_text(role)}")
    for duty in live:
        for role in _climbs_to(reach.policy, duty):
            holder = reach.facts.holder(role, reach.now)
            if any(to.person == person for to in recipients_of(reach, duty, role, holder, Purpose.ESCALATION)):
                yield Sight(role, f"above the {role_text(role)}, to whom it climbs")


def _ever_stands_in(reach: Reach, live: Iterable[Obligation], person: str) -> bool:
    """Whether a person acts in a role that is ever told in place of another: most do not, which is soon asked."""
    roles = {*reach.policy.fallbacks, *_READERS, HIGHEST, reach.policy.lead}
    roles.update(role for duty in live for role in _climbs_to(reach.policy, duty))
    holders = {holder for role in roles if (holder := reach.facts.holder(role, reach.now)) is not None}
    return person in holders or any(person == reach.facts.directory.acts_at(holder, reach.now) for holder in holders)


def _own_role(reach: Reach, person: str) -> str | None:
    """The role in which a person reads what others do not: one of the policy's fallbacks, or a manager's."""
    for role in (*reach.policy.fallbacks, *_READERS):
        holder = reach.facts.holder(role, reach.now)
        if holder is not None and person in (holder, reach.facts.directory.acts_at(holder, reach.now)):
            return role
    return None


def _climbs_to(policy: Policy, duty: Obligation) -> Sequence[str]:
    rule = policy.by_name.get(duty.rule)
    steps = policy.ladders[rule.ladder].late if rule is not None else ()
    return [role for step in steps if step.purpose == "escalation" for role in step.roles]


def _alerted(book: PolicyBook, facts: Facts, now: datetime) -> Sequence[str]:
    """The roles on the ladders of the alerts that nobody has closed yet; the last resort where nobody else is told."""
    roles: list[str] = []
    for breach in facts.ever("bottom_line.breached"):
        answers = Acknowledgements(breach, facts, line_of(book, facts, breach))
        if not answers.closed:
            roles += answers.roles
    reach = Reach(facts, book.at(facts.authority, now), now, now)
    holders = [(role, facts.holder(role, now)) for role in roles]
    if roles and not any(holder is not None and reach.urgent(role, holder) for role, holder in holders):
        roles.append(last_resort(facts))
    return tuple(dict.fromkeys(roles))


def _covers_until(facts: Facts, person: str, now: datetime) -> date | None:
    """The last local day of the absence for which somebody covers."""
    recorded, today = facts.directory.persons.get(person), local_day(now)
    absences = recorded.absences if recorded is not None else ()
    current = [absence for absence in absences if absence.first_day <= today <= absence.last_day]
    return current[-1].last_day if current else None


def _until_text(until: date | None) -> str:
    return f" until {day_text(until)}" if until is not None else ""
