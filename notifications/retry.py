"""After an attempt: what state the message is in, when it is tried again, or why it is given up."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifications.errors import DeliveryError, Misconfigured, NotSent, TryLater, Undeliverable, Unknown
from notifications.message import Channel, OutboxRow, Outcome, Phase, State

# The last step is repeated for as long as it takes.
_URGENT_STEPS = tuple(timedelta(seconds=s) for s in (15, 30, 60, 120, 300))
_ROUTINE_STEPS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30))
_GIVE_UP_AFTER = timedelta(days=1)
_MOST_REPEATS = 3  # of a routine message that may have gone each time

# The longest that an attempt can still be alive after its worker was last heard of; then, somewhat more.
_COOL_OFF = {Channel.EMAIL: timedelta(seconds=660), Channel.SMS: timedelta(seconds=120)}
_COOL_OFF_ENDED = timedelta(seconds=60)  # we saw its end ourselves: only the other side may still be at it


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state that follows, with the next attempt's time while there is to be one, and the reason in words."""

    state: State
    again_at: datetime | None = None
    reason: str | None = None


def verdict(row: OutboxRow, error: DeliveryError | None, now: datetime) -> Verdict:
    """What follows from an attempt that ended at `now` with this error, or without one. `row` counts the attempt."""
    if error is None:
        return Verdict(State.SENT)
    if isinstance(error, Undeliverable):
        return Verdict(State.UNDELIVERABLE, reason=str(error))
    if isinstance(error, Unknown):
        return _after_unknown(row, error, now)
    return _after_refusal(row, error, now)


def outcome_of(error: DeliveryError | None) -> Outcome:
    """The word under which an attempt's end is recorded."""
    if error is None:
        return Outcome.ACCEPTED
    return next(outcome for kind, outcome in _OUTCOMES if isinstance(error, kind))


_OUTCOMES: tuple[tuple[type[DeliveryError], Outcome], ...] = (
    (NotSent, Outcome.NOT_SENT),  # before its parent
    (TryLater, Outcome.TRY_LATER),
    (Undeliverable, Outcome.UNDELIVERABLE),
    (Misconfigured, Outcome.MISCONFIGURED),
    (DeliveryError, Outcome.UNKNOWN),  # whatever else it is: never taken for a failure
)


def after_lost_worker(phase: Phase, n: int) -> DeliveryError:
    """What is known of attempt number `n`, whose worker was not heard of until its lease ended in this phase."""
    if phase is Phase.STARTED:
        return NotSent("its worker stopped before handing it over", at_once=n <= 1)
    return Unknown("its worker stopped while handing it over", ended=False)


def pause(key: str, attempts: int, *, urgent: bool) -> timedelta:
    """How long to wait after this many attempts; up to a tenth longer by the key, so that a crowd does not return."""
    steps = _URGENT_STEPS if urgent else _ROUTINE_STEPS
    step = steps[min(max(attempts, 1), len(steps)) - 1]
    return step + step * (_share(key, attempts) / 10)


def put_off(row: OutboxRow, fault: str, now: datetime) -> Verdict:
    """What follows when the row could not even be made ready, by a fault of ours: again, like after a refusal."""
    return _again_or_give_up(row, now + pause(row.message.key, row.attempts, urgent=row.message.urgent), fault, now)


def _after_unknown(row: OutboxRow, error: Unknown, now: datetime) -> Verdict:
    if row.message.family:
        return Verdict(State.HELD, reason=f"{error}; it is not sent again unless a person decides so")
    if row.attempts > _MOST_REPEATS and not row.message.urgent:
        return Verdict(State.HELD, reason=f"{error}, {row.attempts} times running")
    cool_off = _COOL_OFF_ENDED if error.ended else _COOL_OFF[row.message.channel]
    return Verdict(State.UNKNOWN, now + max(cool_off, _repeat_pause(row)), str(error))


def _repeat_pause(row: OutboxRow) -> timedelta:
    # Somebody who is sent the same thing over and over stops reading: the repeats become rare.
    return pause(row.message.key, row.attempts - 1, urgent=False) if row.attempts > 1 else timedelta(0)


def _after_refusal(row: OutboxRow, error: DeliveryError, now: datetime) -> Verdict:
    wait = pause(row.message.key, row.attempts, urgent=row.message.urgent)
    if isinstance(error, NotSent) and error.at_once:
        wait = timedelta(0)
    if isinstance(error, TryLater) and error.retry_after is not None:
        wait = max(wait, error.retry_after)
    return _again_or_give_up(row, now + wait, str(error), now)


def _again_or_give_up(row: OutboxRow, again_at: datetime, fault: str, now: datetime) -> Verdict:
    # What may have gone before is no plain failure: whoever reads the list must know.
    given_up = State.HELD if row.unknown_since is not None else State.FAILED
    if row.message.valid_until is not None and again_at >= row.message.valid_until:
        return Verdict(given_up, reason=f"its time ends before it can be tried again; {fault}")
    if not row.message.urgent and now - (row.first_attempt_at or now) >= _GIVE_UP_AFTER:
        return Verdict(given_up, reason=f"given up after a day and {row.attempts} attempts; {fault}")
    return Verdict(State.UNKNOWN if row.unknown_since is not None else State.QUEUED, again_at, fault)


def _share(key: str, attempts: int) -> float:
    """A number from 0 up to 1 that is always the same for a key and a count."""
    return int.from_bytes(hashlib.sha256(f"{key}/{attempts}".encode()).digest()[:4], "big") / 2**32
