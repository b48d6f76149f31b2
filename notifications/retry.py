"""After an attempt: what state the message is in, when it is tried again, or why it is given up."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from notifications.errors import (
    Blocked,
    DeliveryError,
    Misconfigured,
    NotGone,
    NotSent,
    TryLater,
    Undeliverable,
    Unknown,
)
from notifications.message import Attempt, OutboxRow, Outcome, Phase, State

# The last step is repeated for as long as it takes.
_URGENT_STEPS = tuple(timedelta(seconds=s) for s in (15, 30, 60, 120, 300))
_ROUTINE_STEPS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30))
_GIVE_UP_AFTER = timedelta(days=1)
_MOST_REPEATS = 3  # of a routine message that may have gone each time

REST_OF_A_PROVIDER = timedelta(seconds=60)  # one that is down, or refuses us: the others go meanwhile

_COOL_OFF_ENDED = timedelta(seconds=60)  # we saw its end ourselves: only the other side may still be at it

# What a provider says of a message that it may have.
READS = 2  # how many times it must say that it has none before we believe it
_BETWEEN_READS = timedelta(seconds=30)
SAME_MOMENT = timedelta(minutes=5)  # by which its clock and ours may differ
BELIEVED_DIFFERENCE = timedelta(minutes=1)  # of the clocks; beyond it, its word that it has none is not believed
OTHERS_WITHIN = timedelta(days=1)  # of an attempt: what else went to the address then cannot be taken for it
_ASKED_FOR = {True: timedelta(minutes=4), False: timedelta(minutes=9)}  # urgent or not: it is not waited for longer


# The word that no more texts come is not missed by a number that a provider has silenced before us.
_ANSWER_TO_STOP = "reply_stop"
_A_PERSON_DECIDES = "it is not sent again unless a person decides so"


@dataclass(frozen=True, slots=True)
class At:
    """The provider of an attempt, as far as it bears on what follows."""

    cool_off: timedelta | None = None  # its own, where it is another than its channel's
    askable: bool = False  # it can be asked whether it has a message
    elsewhere: bool = False  # another provider can be tried at once in its place


NOWHERE = At()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state that follows, with the next attempt's time while there is to be one, and the reason in words."""

    state: State
    again_at: datetime | None = None
    reason: str | None = None


def verdict(row: OutboxRow, error: DeliveryError | None, now: datetime, at: At = NOWHERE) -> Verdict:
    """What follows from an attempt that ended at `now` with this error, or without one. `row` counts the attempt."""
    if error is None:
        return Verdict(State.SENT)
    if isinstance(error, Blocked) and row.message.template == _ANSWER_TO_STOP:
        return Verdict(State.WITHHELD, reason="opted_out")
    if isinstance(error, Undeliverable):
        return Verdict(State.UNDELIVERABLE, reason=str(error))
    if isinstance(error, Unknown):
        return _after_unknown(row, error, now, at)
    return _after_refusal(row, error, now, at)


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


def after_report(row: OutboxRow, error: NotGone, now: datetime) -> Verdict:
    """What follows when a provider says later that a message has not arrived. It is not sent again the same way."""
    if isinstance(error, Undeliverable):
        return verdict(row, error, now)
    return Verdict(State.FAILED, reason=str(error))


def put_off(row: OutboxRow, fault: str, now: datetime) -> Verdict:
    """What follows when the row could not even be made ready, by a fault of ours: again, like after a refusal."""
    return _again_or_give_up(row, now + pause(row.message.key, row.attempts, urgent=row.message.urgent), fault, now)


def to_be_asked(attempt: Attempt) -> bool:
    """Whether its provider, if it can be asked, is still to be asked about an attempt."""
    return attempt.outcome is Outcome.UNKNOWN and attempt.looked_up < READS


def after_not_found(row: OutboxRow, attempt: Attempt, now: datetime) -> Verdict | None:
    """What follows when the provider has no such message; `attempt` counts that it said so. None: it is believed."""
    if attempt.looked_up < READS:
        return Verdict(State.UNKNOWN, now + _BETWEEN_READS, row.reason)
    if row.message.family:
        return Verdict(State.HELD, reason=f"its provider has none such; {_A_PERSON_DECIDES}")
    return None


def after_no_answer(row: OutboxRow, attempt: Attempt, error: DeliveryError, now: datetime) -> Verdict | None:
    """What follows when the provider could not be asked. None: it was waited for long enough, and is no more."""
    if now - (attempt.ended_at or attempt.started_at) < _ASKED_FOR[row.message.urgent]:
        return Verdict(State.UNKNOWN, now + _BETWEEN_READS, row.reason)
    if row.message.family or (row.attempts > _MOST_REPEATS and not row.message.urgent):
        return Verdict(State.HELD, reason=f"it may have gone, and its provider cannot be asked: {error}")
    return None


def _after_unknown(row: OutboxRow, error: Unknown, now: datetime, at: At) -> Verdict:
    cool_off = _COOL_OFF_ENDED if error.ended else at.cool_off or row.message.channel.spec.cool_off
    if at.askable:
        return Verdict(State.UNKNOWN, now + cool_off, str(error))
    if row.message.family:
        return Verdict(State.HELD, reason=f"{error}; {_A_PERSON_DECIDES}")
    if row.attempts > _MOST_REPEATS and not row.message.urgent:
        return Verdict(State.HELD, reason=f"{error}, {row.attempts} times running")
    return Verdict(State.UNKNOWN, now + max(cool_off, _repeat_pause(row)), str(error))


def _repeat_pause(row: OutboxRow) -> timedelta:
    # Somebody who is sent the same thing over and over stops reading: the repeats become rare.
    return pause(row.message.key, row.attempts - 1, urgent=False) if row.attempts > 1 else timedelta(0)


def _after_refusal(row: OutboxRow, error: DeliveryError, now: datetime, at: At) -> Verdict:
    wait = pause(row.message.key, row.attempts, urgent=row.message.urgent)
    if at.elsewhere or (isinstance(error, NotSent) and error.at_once):
        wait = timedelta(0)
    elif isinstance(error, TryLater) and error.retry_after is not None:
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
