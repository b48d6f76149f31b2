"""Runs benches, each in a process of its own, and ends with a failure if one misses its mark."""

import subprocess
import sys
from pathlib import Path

# They take many minutes, or prove rather than measure: run when they are named.
_BY_NAME = {
    "pages",
    "sentinel",
    "never_rules",
    "mutation",
    "word_mutation",
    "table_mutation",
    "same_output",
    "overload",
    "burst",
    "start",
    "country",
}

_NO_BENCHES = {"__init__", "__main__", "told_by", "program", "policy_changes"}


def main(requested: list[str]) -> int:
    """Run those that are named; else all that are over soon, in the order of their names."""
    folder = Path(__file__).parent
    available = sorted({path.stem for path in folder.glob("*.py")} - _NO_BENCHES | {"england", "country"})
    if unknown := set(requested) - set(available):
        print(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(available)}")
        return 2
    names = requested or [name for name in available if name not in _BY_NAME]
    ended = [subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode for name in names]
    return int(any(ended))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
