"""Problems that last as long as the facts are as they are, and those of them that stand at a moment."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from service.domain.calendar import Calendar
from service.domain.events.slip import AUTHORITY_DIFFERS
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.keys.ledger import PlanProblemKey
from service.domain.keys.problems import AuthorityDiffersKey
from service.domain.obligations.matching import follows_from_fact_alone, opens
from service.domain.obligations.obligation import Standing, standing_of
from service.domain.obligations.openings import kept_of
from service.domain.policy import Policy, PolicyBook, ProblemRule
from service.domain.telling.slips import slips_of
from service.domain.telling.wording import rule_of

_NOT_COUNTED = "visit_not_counted"


@dataclass(frozen=True, slots=True)
class LastingProblem:
    """What a person must mend in a plan's facts; `name` tells it from its like for good."""

    code: str
    detail: str
    name: str


def lasting_problems(
    standing: Standing, facts: Facts, policy: Policy, calendar: Calendar, book: PolicyBook
) -> Sequence[tuple[str, LastingProblem]]:
    """Those that rules of the policy name, of what is owed and what was agreed; and visits that count for nobody.

    Each with its name in the ledger. As long as a plan stands the same they are the same.
    """

    def derive() -> Sequence[tuple[str, LastingProblem]]:
        problems = _lasting(standing, facts, policy, calendar, book)
        return [(str(PlanProblemKey(facts.plan, problem.code, problem.name)), problem) for problem in problems]

    return facts.derive_once((lasting_problems, id(policy), id(calendar)), derive, standing)


def _lasting(
    standing: Standing, facts: Facts, policy: Policy, calendar: Calendar, book: PolicyBook
) -> Iterator[LastingProblem]:
    for obligation in standing.live:
        problem = rule_of(book, obligation).problem
        if problem is not None:
            yield LastingProblem(problem, obligation.about or obligation.from_event, obligation.key)
    for visit in standing.uncounted_visits:
        yield LastingProblem(_NOT_COUNTED, visit.id, visit.uid)
    for rule in policy.problems if facts.ended is None else ():
        agreed = facts.of_type(rule.opens.when)
        if follows_from_fact_alone(rule.opens):
            made_of, make = (rule, calendar, agreed), partial(_agreed, rule, agreed, facts, calendar)
            yield from kept_of(facts, book, (_agreed, id(rule)), made_of, make)
        else:
            yield from _agreed(rule, agreed, facts, calendar)


def _agreed(rule: ProblemRule, agreed: Sequence[Fact], facts: Facts, calendar: Calendar) -> list[LastingProblem]:
    """What a rule finds wrong with what was agreed, as it was agreed last."""
    opening, latest = rule.opens, {str(fact.get("ref")): fact for fact in agreed}
    wrong = [fact for fact in latest.values() if opens(opening, fact, facts, calendar)]
    abouts = [fact.get(opening.about) if opening.about else None for fact in wrong]
    return [
        LastingProblem(rule.problem, str(about or fact.id), fact.uid) for fact, about in zip(wrong, abouts, strict=True)
    ]


def standing_keys(facts: Facts, book: PolicyBook, now: datetime, codes: Collection[str]) -> frozenset[str]:
    """The keys under which the problems of a plan that last are on record, of those that stand at a moment.

    Slips are among them. What is on record under another key of these kinds, and has one of the `codes`, has been
    mended; and what hangs on an obligation is not asked for here.
    """
    policy, calendar = book.in_force(facts.authority, facts.opened.day), book.at(facts.authority, now).calendar
    # All that is owed is worked out only for the one code that nothing cheaper shows.
    needs_standing = facts.introduced and _NOT_COUNTED in codes
    standing = standing_of(facts, book, now) if needs_standing else Standing((), ())
    lasting = lasting_problems(standing, facts, policy, calendar, book) if facts.introduced else ()
    slips = list(slips_of(facts, book))
    keys = {key for key, _ in lasting}
    keys |= {str(PlanProblemKey(facts.plan, slip.code, slip.event.uid)) for slip in slips}
    keys |= {str(AuthorityDiffersKey(slip.event.uid)) for slip in slips if slip.code == AUTHORITY_DIFFERS}
    return frozenset(keys)
