"""Warnings about what a policy says and probably does not mean, each with its place in the file."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date

from service.domain.calendar import Interval
from service.domain.language.patterns import Pattern
from service.domain.policy import Named, Policy, Rule
from service.domain.policy_remark import PolicyRemark, Where
from service.policy_tools.clock_warnings import ladder_warning, number_warning
from service.policy_tools.form_warnings import form_warnings
from service.policy_tools.impossible import opening_faults, pattern_faults, takes_faults

# A worker owes what a family member is to do: nobody reminds family of a duty.
_FAMILY_ROLES = frozenset({"network_lead"})
_NOT_STATED = "none stated"


def warnings(policy: Policy, today: date) -> list[PolicyRemark]:
    """All warnings about a policy on a local day, in the order of its file."""
    policy_warnings = [*_document(policy, today), *_readings(policy, today)]
    rules = {rule.rule: rule for rule in policy.rules}
    by_clock: dict[object, str | None] = {}
    for position, rule in enumerate(policy.rules):
        for where, detail in _of_rule(rule, rules, policy, by_clock):
            policy_warnings.append(PolicyRemark(("rules", position, *where), rule.rule, detail))
    for position, problem in enumerate(policy.problems):
        where = ("problems", position, "opens")
        faults = pattern_faults(problem.opens)
        policy_warnings += [PolicyRemark(where, None, f"can never happen: {fault}") for fault in faults]
    return [*policy_warnings, *form_warnings(policy)]


def review_day(text: str) -> date | None:
    """The day of a review date: `2025-12-31`, `2025-12` or `December 2025`; None if the document states none.

    A month means its last day. ValueError says what is expected.
    """
    if text == _NOT_STATED:
        return None
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    months = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
    named = re.fullmatch(r"([A-Za-z]+) (\d{4})", text)
    counted = re.fullmatch(r"(\d{4})-(\d\d)", text)
    year = int(named[2]) if named else int(counted[1]) if counted else 0
    month = months.get(named[1].lower(), 0) if named else int(counted[2]) if counted else 0
    if not year or not 1 <= month <= 12:
        raise ValueError(f"is no date that can be kept to; write 2027-04-30, 2027-04, April 2027 or '{_NOT_STATED}'")
    return date(year, month, calendar.monthrange(year, month)[1])


def _document(policy: Policy, today: date) -> Iterator[PolicyRemark]:
    where = ("document", "review_by")
    try:
        until = review_day(policy.document.review_by)
    except ValueError as error:
        yield PolicyRemark(where, None, str(error))
        return
    if until is not None and until < today:
        detail = (
            f"the document was to be reviewed by {until.isoformat()}, which has passed: ask the authority whether "
            "there is a newer one. The rules stay in force meanwhile"
        )
        yield PolicyRemark(where, None, detail)


def _readings(policy: Policy, today: date) -> Iterator[PolicyRemark]:
    """The documents that the policy rests on, and that were to be read again by now."""
    for place, edition in enumerate(policy.rests_on):
        if edition.read_again is not None and edition.read_again <= today:
            detail = (
                f"'{edition.title}' was to be read again on {edition.read_again.isoformat()}: compare the rules with "
                "its newest edition, and give it the next day. The rules stay in force meanwhile"
            )
            yield PolicyRemark(("rests_on", place, "read_again"), None, detail)


def _of_rule(
    rule: Rule, rules: dict[str, Rule], policy: Policy, by_clock: dict[object, str | None]
) -> Iterator[tuple[Where, str]]:
    yield from _reachable(rule, rules)
    if rule.met and all(pattern_faults(pattern) for pattern in rule.met):
        yield ("met",), f"can never be met: {_reasons(rule.met)}"
    yield from _roles(rule)
    if (number := number_warning(rule)) is not None:
        yield ("asks",), number
    if (reminder := ladder_warning(rule, policy, by_clock)) is not None:
        yield ("ladder",), reminder


def _reachable(rule: Rule, rules: dict[str, Rule]) -> Iterator[tuple[Where, str]]:
    never = [opening_faults(opening, rule, rules) for opening in rule.opens]
    if rule.opens and all(never):
        yield ("opens",), f"can never open: {'; '.join(dict.fromkeys(fault for faults in never for fault in faults))}"
    agreed = rule.due.as_agreed
    if agreed is None:
        return
    faults = {("every", number): takes_faults(takes, Interval) for number, takes in enumerate(agreed.every)}
    faults |= {("on", number): takes_faults(takes, date) for number, takes in enumerate(agreed.on)}
    if all(faults.values()) and rule.due.every is None:
        reasons = dict.fromkeys(reason for takes_reasons in faults.values() for reason in takes_reasons)
        yield ("due", "as_agreed"), f"can never open: {'; '.join(reasons) or 'nothing agrees a date or an interval'}"
        return
    for place, takes_reasons in faults.items():
        if takes_reasons:
            yield ("due", "as_agreed", *place), f"agrees nothing: {'; '.join(takes_reasons)}"


def _roles(rule: Rule) -> Iterator[tuple[Where, str]]:
    """Warn of a role that only family can hold: nobody in it may be told of a duty."""
    owed = rule.owed_by.otherwise if isinstance(rule.owed_by, Named) else rule.owed_by
    recipients: list[tuple[Where, str]] = [(("owed_by",), owed)]
    if rule.chair is not None:
        recipients += [(("chair", "role"), rule.chair.role)] if rule.chair.role else []
        recipients += [(("chair", "in_service", name), role) for name, role in rule.chair.in_service.items()]
    for where, role in recipients:
        if role in _FAMILY_ROLES:
            yield where, f"nobody can hold this role who may be told of a duty: '{role}' is one of the family"


def _reasons(patterns: list[Pattern]) -> str:
    return "; ".join(dict.fromkeys(reason for pattern in patterns for reason in pattern_faults(pattern)))
