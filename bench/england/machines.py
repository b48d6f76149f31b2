"""How many machines a country needs, by what an event, a look and a message cost."""

import math
from dataclasses import dataclass

from bench.england.authority_year import PLANS
from bench.england.year_told import Told

CORES = 2  # of a machine
_BUSY = 0.5  # of its processor, at most: the rest is for the database, pages and what goes wrong
_SECONDS = 30  # within which a morning is out
_MORNING_EVENTS = 365 * 10 * 3600  # a year's events, all of them in ten hours a day


@dataclass(frozen=True, slots=True)
class Rates:
    """Milliseconds of processor, and bytes in the database of a plan and year, as measured: see docs/performance.md."""

    event_ms: float = 0.1
    look_ms: float = 1.0
    message_ms: float = 2.9  # a digest, the dearest
    plan_bytes: float = 200_000


@dataclass(frozen=True, slots=True)
class Needs:
    """What all of England needs: cores by day, cores for the busiest minute to be out in time, machines, gigabytes."""

    by_day: float
    by_morning: float
    machines: int
    gigabytes: float


def needs(told: Told, rates: Rates) -> Needs:
    """What the country needs, from what so many of its plans were told."""
    scale = PLANS / told.plans
    spent = told.events * rates.event_ms + told.looks * rates.look_ms + told.messages.total() * rates.message_ms
    by_day = scale * spent / 1000 / _MORNING_EVENTS
    busiest = told.minutes.most_common(1)[0][1]
    by_morning = scale * busiest * (rates.message_ms + rates.look_ms) / 1000 / _SECONDS
    machines = math.ceil(max(by_day, by_morning) / CORES / _BUSY)
    return Needs(by_day, by_morning, machines, PLANS * rates.plan_bytes / 1e9)
