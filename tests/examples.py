"""How many examples a property is tried on: a few with every change, many at night (HYPOTHESIS_PROFILE=nightly)."""

import os

IS_NIGHTLY = {"ordinary": False, "nightly": True}[os.environ.get("HYPOTHESIS_PROFILE", "ordinary")]


def examples(ordinary: int, nightly: int) -> int:
    """So many with every change, so many at night."""
    return nightly if IS_NIGHTLY else ordinary
