"""Rules that ask something of each action, meeting or the like by itself: a fact about one bears on that one alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from service.domain.events.event_type import SCHEDULED
from service.domain.language.clocks import Due
from service.domain.language.patterns import Opening, Pattern

Names = Mapping[str, frozenset[str]]
# In the diary and among reviews stand other facts than the events themselves.
_NOT_AS_RECORDED = SCHEDULED | {"plan.reviewed"}


def naming_subjects(openings: Sequence[Opening], patterns: Iterable[Pattern], due: Due) -> Names | None:
    """By type of event, the fields in which what settles a duty says what it is about. None: it may be about others.

    `patterns` are all of a rule. Of each fact that opens it, `about` of the opening says the same.
    """
    if len(openings) != 1 or due.recurs or due.or_earlier or due.in_weeks is not None:
        return None
    opening = openings[0]
    more = (opening.for_each, opening.nth, opening.leaves_no_next)
    if opening.about is None or any(each is not None for each in more) or not _plain(opening):
        return None
    names: dict[str, frozenset[str]] = {}
    for pattern in patterns:
        if pattern is opening:
            continue
        if not _plain(pattern) or set(pattern.same.values()) != {"about"}:
            return None
        names[pattern.when] = names.get(pattern.when, frozenset()).union(pattern.same)
    return names


def _plain(pattern: Pattern) -> bool:
    """Whether a pattern asks for a fact as it was recorded, and for nothing that other facts say."""
    is_counted = pattern.count is not None or (pattern.plan is not None and bool(pattern.plan.risk))
    return pattern.when not in _NOT_AS_RECORDED and not is_counted
