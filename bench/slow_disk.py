"""What an fsync costs on this machine, and a program for which it costs more: a disk in a data centre takes 5 ms."""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

_SOURCE = Path(__file__).with_name("slow_disk.c")
_TIMES = 50


def fsync_ms(folder: Path) -> float:
    """The median of what it takes to have a few bytes on the disk of a folder, in milliseconds."""
    times = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(_TIMES):
            file.write(b"kept")
            began = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


def slow_disk(folder: Path, milliseconds: float) -> dict[str, str]:
    """The environment in which each fsync of a program takes so much longer; needs a compiler for C.

    It says nothing of a database that is a process of its own, as PostgreSQL is.
    """
    if (compiler := shutil.which("cc")) is None:
        raise SystemExit("a slower disk needs a compiler for C: install one (Debian: gcc), or leave --fsync out")
    library = folder / "slow_disk.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, _SOURCE, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "SLOW_DISK_MICROSECONDS": str(round(milliseconds * 1000))}
