"""After an attempt: again at …, or given up because …"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notifications.errors import (
    ContentRefused,
    DeliveryError,
    Misconfigured,
    NotSent,
    TryLater,
    Undeliverable,
    Unknown,
)
from notifications.message import Channel, Message, OutboxRow, Outcome, Phase, Purpose, State
from notifications.retry import At, after_lost_worker, outcome_of, pause, verdict

NOW = datetime(2026, 12, 18, 8, 30, tzinfo=UTC)


def row(
    *, attempts: int = 1, urgent: bool = False, family: bool = False, channel: Channel = Channel.EMAIL
) -> OutboxRow:
    """A message after so many attempts, the first of them now."""
    purpose = Purpose.ALERT if urgent else Purpose.REMINDER
    message = Message("k", channel, purpose, urgent, "P-1", "a", "r", "w", (), "t", {}, NOW, family=family)
    return OutboxRow("id", message, State.CLAIMED, attempts, NOW, None, None, None, "w", "x", None, NOW, None)


def waits(*, urgent: bool, tries: int) -> list[float]:
    """The pauses in seconds after the first, second … attempt."""
    return [pause("k", n, urgent=urgent).total_seconds() for n in range(1, tries + 1)]


def test_email_waits_a_minute_then_5_15_30_and_30_again() -> None:
    for wait, minutes in zip(waits(urgent=False, tries=6), [1, 5, 15, 30, 30, 30], strict=True):
        assert minutes * 60 <= wait <= minutes * 66


def test_what_is_urgent_waits_seconds_and_never_more_than_five_minutes() -> None:
    for wait, seconds in zip(waits(urgent=True, tries=7), [15, 30, 60, 120, 300, 300, 300], strict=True):
        assert seconds <= wait <= seconds * 1.1


def test_pauses_differ_by_key_and_are_always_the_same_for_one() -> None:
    crowd = {pause(f"key-{n}", 1, urgent=False) for n in range(50)}
    assert len(crowd) > 40
    assert pause("key-1", 1, urgent=False) == pause("key-1", 1, urgent=False)


def test_success_ends_it() -> None:
    assert verdict(row(), None, NOW).state is State.SENT


@pytest.mark.parametrize("error", [Undeliverable("no such person"), ContentRefused("too big")])
def test_a_refusal_for_good_ends_it_at_once_and_says_why(error: Undeliverable) -> None:
    end = verdict(row(urgent=True), error, NOW)
    assert (end.state, end.again_at, end.reason) == (State.UNDELIVERABLE, None, str(error))


def test_the_other_sides_own_wait_is_kept_to() -> None:
    assert verdict(row(urgent=True), TryLater("busy", timedelta(hours=2)), NOW).again_at == NOW + timedelta(hours=2)


def test_routine_is_given_up_after_a_day_and_says_so() -> None:
    end = verdict(row(attempts=50), NotSent("no line"), NOW + timedelta(days=1))
    assert (end.state, end.again_at) == (State.FAILED, None)
    assert "after a day and 50 attempts; no line" in str(end.reason)


def test_an_alert_is_never_given_up() -> None:
    end = verdict(row(attempts=9000, urgent=True), Misconfigured("down"), NOW + timedelta(days=40))
    assert end.state is State.QUEUED
    assert end.again_at is not None


def test_it_is_not_tried_again_past_its_own_limit() -> None:
    limited = row(urgent=True)
    limited = replace(limited, message=replace(limited.message, valid_until=NOW + timedelta(seconds=10)))
    assert verdict(limited, NotSent("no line"), NOW).state is State.FAILED


def test_unknown_is_never_failed_and_cools_off() -> None:
    end = verdict(row(urgent=True), Unknown("hung up"), NOW)
    assert (end.state, end.again_at) == (State.UNKNOWN, NOW + timedelta(seconds=60))


@pytest.mark.parametrize(("channel", "seconds"), [(Channel.EMAIL, 660), (Channel.SMS, 120)])
def test_an_attempt_that_may_still_be_alive_cools_off_for_as_long_as_it_can_live(
    channel: Channel, seconds: int
) -> None:
    lost = after_lost_worker(Phase.DATA, 1)
    assert verdict(row(urgent=True, channel=channel), lost, NOW).again_at == NOW + timedelta(seconds=seconds)


def test_a_provider_may_have_a_shorter_time_of_its_own() -> None:
    end = verdict(row(urgent=True), after_lost_worker(Phase.DATA, 1), NOW, At(cool_off=timedelta(seconds=120)))
    assert end.again_at == NOW + timedelta(seconds=120)


def test_a_worker_lost_before_the_hand_over_costs_nothing_the_first_time() -> None:
    assert verdict(row(), after_lost_worker(Phase.STARTED, 1), NOW).again_at == NOW
    assert verdict(row(attempts=2), after_lost_worker(Phase.STARTED, 2), NOW).again_at > NOW + timedelta(minutes=4)  # type: ignore[operator]


def test_an_unknown_family_text_is_held_for_a_person() -> None:
    end = verdict(row(family=True, channel=Channel.SMS), Unknown("hung up"), NOW)
    assert (end.state, end.again_at) == (State.HELD, None)


def test_repeats_of_what_may_have_gone_become_rare_and_end_for_routine() -> None:
    assert verdict(row(attempts=3, urgent=True), Unknown("?"), NOW).again_at >= NOW + timedelta(minutes=5)  # type: ignore[operator]
    assert verdict(row(attempts=4), Unknown("?"), NOW).state is State.HELD
    assert verdict(row(attempts=40, urgent=True), Unknown("?"), NOW).state is State.UNKNOWN


def test_what_may_have_gone_before_does_not_become_a_plain_failure() -> None:
    before = replace(row(attempts=2), unknown_since=NOW)
    assert verdict(before, TryLater("busy"), NOW).state is State.UNKNOWN
    assert verdict(before, TryLater("busy"), NOW + timedelta(days=1)).state is State.HELD


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, Outcome.ACCEPTED),
        (NotSent(""), Outcome.NOT_SENT),
        (TryLater(""), Outcome.TRY_LATER),
        (ContentRefused(""), Outcome.UNDELIVERABLE),
        (Misconfigured(""), Outcome.MISCONFIGURED),
        (Unknown(""), Outcome.UNKNOWN),
        (DeliveryError(""), Outcome.UNKNOWN),
    ],
)
def test_each_end_has_its_word(error: DeliveryError | None, outcome: Outcome) -> None:
    assert outcome_of(error) is outcome
