"""Flags: whether a danger that was flagged on a plan keeps the family silent, person by person."""

from __future__ import annotations

from collections.abc import Sequence

from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.periods import Place, place

RAISED, CLEARED = "flag.raised", "flag.cleared"
APPROVED, INCIDENT = "family_contact.approved", "incident.recorded"


def flag_undecided(facts: Facts, person: str, by: Place | None = None) -> bool:
    """Whether a current flag silences the family, and no manager's approval for this person came after it.

    Each flag needs an approval of its own; an incident of the flag's name voids those before it. `by`: as it stood
    there, by what is known now; None: as it stands.
    """
    raised, cleared = (_by(facts, name, by) for name in (RAISED, CLEARED))
    approvals = [fact for fact in _by(facts, APPROVED, by) if fact.get("person") == person]
    incidents = _by(facts, INCIDENT, by)
    for flag in {fact.get("flag") for fact in raised}:
        mine = [fact for fact in raised if fact.get("flag") == flag]
        if not _is_current(mine, [fact for fact in cleared if fact.get("flag") == flag]):
            continue
        causes = mine + [fact for fact in incidents if fact.get("kind") == flag]
        if not any(all(_decided_about(approval, cause) for cause in causes) for approval in approvals):
            return True
    return False


def flag_facts(facts: Facts, person: str) -> list[Fact]:
    """Every fact at which it may change whether a flag is undecided for a person, in order."""
    everything = [fact for name in (RAISED, CLEARED, INCIDENT) for fact in facts.ever(name)]
    everything += [fact for fact in facts.ever(APPROVED) if fact.get("person") == person]
    return sorted(everything, key=lambda fact: (place(fact), fact.uid))


def _by(facts: Facts, name: str, by: Place | None) -> list[Fact]:
    return [fact for fact in facts.ever(name) if by is None or place(fact) <= by]


def _is_current(raised: Sequence[Fact], cleared: Sequence[Fact]) -> bool:
    """Whether a flag was raised and not cleared since. Where neither came first, it stands."""
    return any(not any(_happened_after(end, flagged) for end in cleared) for flagged in raised)


def _decided_about(approval: Fact, cause: Fact) -> bool:
    """Whether who approved did so after it had happened, and after it was known."""
    return _happened_after(approval, cause) and approval.time > cause.time


def _happened_after(later: Fact, earlier: Fact) -> bool:
    """By their own days; on one day by their moments, where both have one, else by when they were recorded."""
    if later.day != earlier.day:
        return later.day > earlier.day
    if later.moment is not None and earlier.moment is not None:
        return later.moment > earlier.moment
    return later.time > earlier.time
