"""What holds whatever happened: random histories, the rules that hold always, and looking again."""

from __future__ import annotations

import random
import re
from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifications.catalogue.render import render
from notifications.catalogue.sms_parts import sms_parts
from notifications.message import Channel, Message
from service.domain.calendar import local, start_of
from service.domain.look import Look, look
from service.domain.telling.records import Ledger, Withheld
from tests.examples import examples
from tests.unit.domain.builders import Raw, book, cast, directory, flat, parsed, run
from tests.unit.domain.histories import UNTIL, WORKERS, histories
from tests.unit.domain.test_calendar import works

CAST = cast()
SOME = settings(max_examples=examples(5, 200), deadline=None, suppress_health_check=list(HealthCheck))
FREE_TEXT = re.compile(r"\bNym\b|careers adviser|a plan was made|by mistake|the risk is lower|@example|\+44|C-P-")


@SOME
@given(histories())
def test_the_rules_that_hold_always(history: list[Raw]) -> None:
    found = run(CAST, history, until=UNTIL)
    for one in found.obligations:
        assert works(one.act_by)
        assert one.act_by <= one.due_on
        assert not any(works(one.act_by + timedelta(days=n)) for n in range(1, (one.due_on - one.act_by).days + 1))
        assert one.basis in ("guidance", "reading", "local_default")
        assert (one.met_on is not None) == (one.status.value in ("met", "met_late"))
    keys = [message.key for message in found.messages()]
    assert len(keys) == len(set(keys))
    for message in found.messages():
        check(message)
    digests = [(one.person, local(one.at).date()) for one in found.messages(purpose="digest")]
    assert len(digests) == len(set(digests))


def check(message: Message) -> None:
    """One message by itself: to whom, when, and what it says."""
    assert message.person in WORKERS
    here = local(message.at)
    if message.purpose != "alert":
        assert works(here.date())
        assert "08:00" <= f"{here:%H:%M}" <= "18:00"
    assert message.urgent == (message.purpose == "alert")
    content = render(message.template, Channel(message.channel), message.context)
    said = f"{content.subject or ''}\n{content.text}\n{content.html or ''}"
    assert not FREE_TEXT.search(said)
    if message.plan is not None and message.person != "w-kp":
        assert message.plan in said
    assert "Q.Z." not in (content.subject or "")
    if message.channel == "sms":
        assert sms_parts(content.text) == 1
        assert "Q.Z." not in content.text


@SOME
@given(histories(), st.randoms(use_true_random=False))
def test_order_and_repeats_change_nothing(history: list[Raw], chance: random.Random) -> None:
    events = flat(CAST, history)
    shuffled = [*events, *chance.sample(events, len(events) // 3)]
    chance.shuffle(shuffled)
    first, second = run(events, until=UNTIL), run(shuffled, until=UNTIL)
    assert (first.obligations, first.told) == (second.obligations, second.told)


@SOME
@given(histories())
def test_the_state_does_not_depend_on_when_the_facts_were_looked_at(history: list[Raw]) -> None:
    """Looked at event by event, or once at the end by somebody who slept until then: the state is the same."""
    events = [one for one in parsed(history) if one.subject == "P-2"]
    people = directory(CAST, history)
    end = start_of(date.fromisoformat(UNTIL) + timedelta(days=1)) - timedelta(microseconds=1)
    once = look(book(), events, people, Ledger(), end)
    assert list(once.obligations) == [one for one in run(CAST, history, until=UNTIL).obligations if one.plan == "P-2"]


def told(found: Look) -> list[object]:
    return [*found.messages, *found.lines, *found.withheld, *found.problems]


@SOME
@given(histories(), st.integers(0, 24 * 60))
def test_looking_twice_at_one_moment_tells_nothing_new(history: list[Raw], minutes: int) -> None:
    events = [one for one in parsed(history) if one.subject == "P-2"]
    people = directory(CAST, history)
    now = max(one.time for one in events) + timedelta(minutes=minutes)
    first = look(book(), events, people, Ledger(), now)
    again = look(book(), events, people, first.ledger, now)
    assert told(again) == []
    assert (again.obligations, again.ledger, again.next_look) == (first.obligations, first.ledger, first.next_look)
    assert first.next_look is None or first.next_look > now


def by_name(one: object) -> str:
    return f"{one.at.isoformat()} {one.key}"  # type: ignore[attr-defined]


def walk(history: list[Raw], start: datetime, days: int, *, also_between: bool) -> list[str]:
    """What is told over some days, looking when `next_look` says, and every quarter of an hour besides if wanted."""
    events = [one for one in parsed(history) if one.subject == "P-2" and one.time <= start]
    people = directory(CAST, history)
    ledger, now, names = Ledger(), start, []
    while now < start + timedelta(days=days):
        found = look(book(), events, people, ledger, now)
        ledger = found.ledger
        names += [by_name(one) for one in told(found) if not isinstance(one, Withheld)]
        following = found.next_look or start + timedelta(days=days)
        assert following > now
        quarter = now + timedelta(minutes=15)
        now = min(following, quarter) if also_between else following
    return sorted(names)


@settings(SOME, max_examples=examples(3, 100))
@given(histories(), st.integers(30, 90))
def test_looking_more_often_tells_nothing_else(history: list[Raw], day: int) -> None:
    start = datetime(2026, 10, 12, 5, 5, tzinfo=UTC) + timedelta(days=day)
    assert walk(history, start, 4, also_between=False) == walk(history, start, 4, also_between=True)
