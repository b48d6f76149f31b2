"""What a word of a provider means."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Status:
    """How far along a message is by this word; the furthest are ends, and the first of them to come stays."""

    rank: int
    arrived: bool = True  # or may still arrive; False: it will not
