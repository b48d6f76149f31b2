"""What a peer prints of itself: seconds by the wall, seconds of its own processor time, and its largest memory."""

import json
import resource
import time
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """What it took to hand so many emails over."""

    number: int
    wall: float  # seconds
    processor: float  # seconds, of all threads of the process
    memory: float  # MB, at most

    def print(self) -> None:
        """One line of JSON, for whoever started the process."""
        print(json.dumps(asdict(self)), flush=True)


class Stopwatch:
    """Runs from its making."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def stop(self, number: int) -> Taken:
        """What has passed, for so many emails."""
        wall, processor = time.perf_counter() - self._wall, time.process_time() - self._processor
        return Taken(number, wall, processor, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
