"""Runs every bench, each in a process of its own, and ends with a failure if one misses its mark."""

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run them in the order of their names."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("__"))
    ended = [subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode for name in names]
    return int(any(ended))


if __name__ == "__main__":
    sys.exit(main())
