"""Run a policy's cases through the code of `simulate`, and say which rows are not as they should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from notifications.message import Message
from service.domain.calendar import at_local, iso_local, local_day
from service.domain.events.event import Event, EventFault, parse_event
from service.domain.events.event_types import EVENT_TYPES
from service.domain.events.vocabulary import SINGLE_ROLES
from service.domain.obligations.obligation import Obligation
from service.domain.policy import Policy, PolicyBook
from service.files.policy_files import PolicyFault, line_in
from service.policy_tools.case_table import RECORDED_AT, Case, CaseFact, CaseTable, DueRow, ToldRow, moment_text
from service.simulation import Simulation

_PLAN = "P-1"
# Nobody of the council holds it.
_FAMILY_LED = frozenset({"network_lead"})


def run_cases(path: Path, table: CaseTable, policy: Policy) -> list[PolicyFault]:
    """Run all cases of a table; what is not as it should be, in the order of the file."""
    return [
        PolicyFault(path.name, line_in(path, ("cases", number, *where)), case.case, detail)
        for number, case in enumerate(table.cases)
        for where, detail in _faults(case, policy)
    ]


_Fault = tuple[tuple[str | int, ...], str]  # the place in the case, and what is wrong there


def _faults(case: Case, policy: Policy) -> Iterator[_Fault]:
    book, events = PolicyBook([policy]), list[Event]()
    for where, raw in _raws(case, policy):
        try:
            events.append(parse_event(raw, book.authorities))
        except EventFault as fault:
            yield where, f"{raw['type']}: {fault.field}: {fault.detail}"
            return
    simulation = Simulation(book)
    messages = [entry for entry in simulation.run(events, case.until) if isinstance(entry, Message)]
    yield from (((), f"{refused.id}: {refused.field}: {refused.detail}") for _, refused in simulation.refused)
    yield from _due_faults(case, [duty for duty in simulation.standing() if duty.plan == _PLAN])
    yield from _told_faults(case, messages)


def _due_faults(case: Case, standing: Sequence[Obligation]) -> Iterator[_Fault]:
    for name, rows, is_meant in (("due", case.due, True), ("not_due", case.not_due, False)):
        for number, row in enumerate(rows):
            if any(_is_due(row, duty) for duty in standing) is not is_meant:
                expected = f"{'' if is_meant else 'no '}{_words(row)}"
                yield (name, number), f"expected {expected}; got {_duties(row, standing)}"


def _told_faults(case: Case, messages: Sequence[Message]) -> Iterator[_Fault]:
    for name, rows, is_meant in (("told", case.messages, True), ("not_told", case.no_messages, False)):
        for number, row in enumerate(rows):
            if any(_is_told(row, message) for message in messages) is not is_meant:
                expected = f"{'a' if is_meant else 'no'} message {_words(row)}"
                yield (name, number), f"expected {expected}; got {_messages(row, messages)}"


def _raws(case: Case, policy: Policy) -> Iterator[tuple[tuple[str | int, ...], dict[str, object]]]:
    """The events of a case, each with its place in it: who holds which role, the plan, and the facts."""
    opening = CaseFact.model_validate({"when": "plan.opened", **case.plan})
    opened = _recorded(opening)
    for number, (subject, kind, data) in enumerate(_people(case, policy)):
        yield ("people",), _raw(policy, f"p{number}", kind, subject, opened - timedelta(days=1), data)
    data = {"authority": policy.authority, "child": {"ref": "C-1", "initials": "A.B."}, "route": "child_in_need"}
    yield ("plan",), _raw(policy, "opened", "plan.opened", _PLAN, opened, {**data, **_data(opening)})
    for number, (role, person, marks) in enumerate(_roles(case, policy)):
        held = {"role": role, "person": person, **marks}
        yield ("people",), _raw(policy, f"r{number}", "role.assigned", _PLAN, opened, held)
    for number, fact in enumerate(case.facts):
        name, subject = fact.id or f"f{number + 1}", fact.subject or _PLAN
        yield ("facts", number), _raw(policy, name, fact.when, subject, _recorded(fact), _data(fact))


def _raw(
    policy: Policy, name: str, kind: str, subject: str | None, recorded: datetime, data: Mapping[str, object]
) -> dict[str, object]:
    envelope = {"specversion": "1.0", "id": name, "source": f"/{policy.authority}/cases", "type": kind}
    about = {} if subject is None else {"subject": subject}
    return {**envelope, **about, "time": iso_local(recorded), "data": dict(data)}


def _people(case: Case, policy: Policy) -> Iterator[tuple[str | None, str, Mapping[str, object]]]:
    """Everybody who is there before the plan: a holder of each role, who has its name, and the people of the case."""
    declared = {name for name, number in policy.roles.items() if number == "one"}
    roles = sorted((SINGLE_ROLES | declared) - _FAMILY_LED)
    persons = dict.fromkeys(roles, "worker") | {name: person.kind for name, person in case.people.items()}
    for number, (person, kind) in enumerate(persons.items()):
        reached = {"email": f"{person}@example.org", "mobile": f"+447700900{number:03}"}
        yield person, "person.recorded", {"authority": policy.authority, "name": person, "kind": kind, **reached}
    for role in roles:
        yield None, "role.assigned", {"authority": policy.authority, "role": role, "person": role}


def _roles(case: Case, policy: Policy) -> Iterator[tuple[str, str, Mapping[str, object]]]:
    yield from ((role, role, {}) for role in dict.fromkeys(("social_worker", policy.lead)))
    for name, person in case.people.items():
        if person.role is not None:
            marks = {"parental_responsibility": True} if person.parental_responsibility else {}
            yield person.role, name, marks


def _recorded(fact: CaseFact) -> datetime:
    """When a fact became known: at its moment, or on its day."""
    moment = fact.recorded or _own_moment(fact) or fact.on
    if moment is None:
        raise EventFault(fact.id, "on", f"{fact.when} has no day; give on or at")
    return moment if isinstance(moment, datetime) else at_local(moment, RECORDED_AT)


def _data(fact: CaseFact) -> dict[str, object]:
    """The fields of a fact's event. Its day or moment is one of them, where the type has such a field."""
    names = EVENT_TYPES[fact.when].model.model_fields if fact.when in EVENT_TYPES else {}
    data = dict(fact.fields)
    if fact.on is not None and "on" in names:
        data["on"] = local_day(fact.on).isoformat() if isinstance(fact.on, datetime) else fact.on.isoformat()
    if fact.at is not None and "at" in names:
        moment = _own_moment(fact)
        data["at"] = fact.at if moment is None else iso_local(moment)
    return data


def _own_moment(fact: CaseFact) -> datetime | None:
    """The moment of a fact that has one; an hour alone is none, as the day on which a plan's check-ins go."""
    if fact.at is None or len(fact.at) <= len("10:00"):
        return None
    moment = CaseFact.model_validate({"when": fact.when, "on": fact.at}).on
    return moment if isinstance(moment, datetime) else at_local(moment, RECORDED_AT) if moment else None


def _is_due(row: DueRow, duty: Obligation) -> bool:
    pairs = (
        (row.rule, duty.rule.split(".", 1)[1]), (row.kind, duty.kind), (row.on, duty.due_on), (row.about, duty.about),
        (row.by, duty.responsible), (row.opened, duty.opened_on), (row.status, duty.status.value),
    )  # fmt: skip
    return all(expected in (None, actual) for expected, actual in pairs)


def _is_told(row: ToldRow, message: Message) -> bool:
    kinds = {str(about.get("kind")) for about in message.about}
    at: date | datetime | None = row.at
    if at is not None and not isinstance(at, datetime):
        at = at_local(at, RECORDED_AT)
    pairs = (
        (row.to, message.person), (row.on, local_day(message.at)), (at, message.at.replace(second=0, microsecond=0)),
        (row.purpose, message.purpose.value), (row.channel, message.channel.value),
    )  # fmt: skip
    return all(expected in (None, actual) for expected, actual in pairs) and (row.kind is None or row.kind in kinds)


def _words(row: DueRow | ToldRow) -> str:
    """A row, as it is written."""
    given = {name: getattr(row, name) for name in type(row).model_fields if getattr(row, name) is not None}
    return ", ".join(
        f"{name} {moment_text(value) if isinstance(value, date) else value}" for name, value in given.items()
    )


def _duties(row: DueRow, standing: Sequence[Obligation]) -> str:
    """What is owed by the rule, or of the kind, that a row names."""
    alike = [duty for duty in standing if _is_due(DueRow(rule=row.rule, kind=row.kind), duty)]
    words = [
        f"{f'on {duty.due_on}' if duty.has_day else 'on no day'} by {duty.responsible or 'nobody'} ({duty.status.value}"
        f"{f', about {duty.about}' if duty.about else ''})"
        for duty in alike
    ]
    return "; ".join(words) or f"no duty of this {'rule' if row.rule else 'kind'}"


def _messages(row: ToldRow, messages: Sequence[Message]) -> str:
    words = [
        f"at {moment_text(message.at)} {message.purpose.value} by {message.channel.value}"
        for message in messages
        if message.person == row.to
    ]
    return "; ".join(words) or f"no message to {row.to}"
