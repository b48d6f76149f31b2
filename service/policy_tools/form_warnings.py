"""Warnings about forms of milestones that do not ask what the rules count on."""

from __future__ import annotations

from collections.abc import Iterator

from service.domain.language.patterns import Pattern, Takes
from service.domain.policy import Policy
from service.domain.policy_remark import PolicyRemark

_ALWAYS_ASKED = frozenset({"milestone", "on", "at", "id"})


def form_warnings(policy: Policy) -> Iterator[PolicyRemark]:
    """What a rule reads of a milestone and the milestone's form does not ask: on the pages nobody can say it."""
    for name, milestone in policy.milestones.items():
        if not milestone.form:
            continue
        read = {field for pattern in policy.patterns.get("milestone.reached", ()) for field in _read(pattern, name)}
        for field in sorted(read - _ALWAYS_ASKED - set(milestone.form)):
            detail = f"does not ask '{field}', which a rule reads of this milestone; add it"
            yield PolicyRemark(("milestones", name, "form"), None, detail)


def _read(pattern: Pattern, milestone: str) -> Iterator[str]:
    """The fields that a pattern reads of a milestone."""
    names = pattern.where.get("milestone")
    if milestone not in (names if isinstance(names, list) else [names]):
        return
    yield from (*pattern.where, *pattern.has, *pattern.same, *pattern.role_of, *pattern.not_role_of)
    if isinstance(pattern, Takes) and pattern.takes is not None:
        yield pattern.takes
    about = getattr(pattern, "about", None)
    if isinstance(about, str) and about != "event":
        yield about
