"""1,000,000 decisions whom to tell, in random worlds: the service's are those of a model written from the contract."""

import sys
from collections.abc import Sequence
from itertools import count, islice

from bench.faults.rig.case import FIFTH
from bench.faults.rig.progress import progress
from tests.properties.contact_asked import Tally, decisions

DECISIONS = 1_000_000
SHOWN = 20  # of those that are wrong


def misdirected(at_least: int = DECISIONS, first_seed: int = 0) -> Tally:
    """Ask until there are so many decisions."""
    tally, seeds = Tally(), count(first_seed)
    with progress("misdirected", at_least) as done:
        while tally.decisions < at_least:
            for decision in islice(decisions(next(seeds)), at_least - tally.decisions):
                tally.add(decision)
            done(tally.decisions)
    return tally


def lines(tally: Tally) -> Sequence[str]:
    """What is printed: the count, how often each reason stood against it, and what was wrong."""
    counts = f"{len(tally.misdirected):,} misdirected / {len(tally.differing):,} differing"
    reasons = ", ".join(f"{number:,} {name}" for name, number in tally.reasons.most_common())
    summary = f"misdirected: {tally.decisions:,} decisions: {counts}; {reasons}"
    wrong = [*tally.misdirected, *tally.differing][:SHOWN]
    return [
        summary,
        *(
            f"  {decision.asked}: the model {decision.by_model}, the service {decision.by_service}"
            for decision in wrong
        ),
    ]


def main(at_least: int = DECISIONS) -> int:
    """Ask, print, and give the status to end with."""
    tally = misdirected(at_least)
    print("\n".join(lines(tally)), flush=True)
    return int(bool(tally.misdirected or tally.differing))


if __name__ == "__main__":
    sys.exit(main(DECISIONS // 5 if FIFTH in sys.argv else DECISIONS))
