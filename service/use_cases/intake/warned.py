"""What the answer to events warns of: what is plain at once in those that were taken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from service.domain.admission import Verdict
from service.domain.admitted import Admitted
from service.domain.calendar import local_day
from service.domain.events.event import Event
from service.domain.events.event_types import NOT_AHEAD
from service.domain.events.payloads.people import PersonRecorded
from service.domain.events.slip import NOT_INTRODUCED, Slip, plain_slips
from service.domain.fact import fact_of

TIME_AHEAD = "time_ahead"
_PREFERENCE_KEPT = "preference_kept"


@dataclass(frozen=True, slots=True)
class Warned:
    """Something in an event that was taken which has no effect, or looks like a slip: it will be a problem."""

    id: str
    field: str
    code: str
    detail: str


def warnings_about(verdicts: Sequence[Verdict], slips: Sequence[Slip], now: datetime) -> Iterator[tuple[int, Warned]]:
    """What is plain at once of the events that came, each said once, with the place of its verdict."""
    places = {verdict.event.uid: place for place, verdict in enumerate(verdicts) if isinstance(verdict, Admitted)}
    for uid, warned in _warnings(verdicts, slips, now):
        yield places[uid], warned


def _warnings(verdicts: Sequence[Verdict], slips: Sequence[Slip], now: datetime) -> Iterator[tuple[str, Warned]]:
    came = {verdict.event.uid: verdict for verdict in verdicts if isinstance(verdict, Admitted)}
    seen = {(slip.event.uid, slip.code): slip for slip in slips if slip.event.uid in came}
    for uid, accepted in came.items():
        for slip in plain_slips(accepted.event):
            seen.setdefault((uid, slip.code), slip)
        for warned in (*_at_odds_with_now(accepted, now), *_idle_preference(accepted.event)):
            yield uid, warned
    for (uid, _), slip in seen.items():
        yield uid, Warned(slip.event.id, slip.field, slip.code, slip.detail)


def _idle_preference(event: Event) -> Iterator[Warned]:
    """A preference that changes nothing, where it is not what happens anyway. Nobody can mend it: it is no problem."""
    record = event.data
    if not isinstance(record, PersonRecorded) or record.prefers is None:
        return
    by_text = record.kind in ("family", "child") or record.email is None
    if record.prefers != ("sms" if by_text else "email"):
        detail = "is kept, and changes nothing: the channel follows from what is told, and from the addresses known"
        yield Warned(event.id, "data.prefers", _PREFERENCE_KEPT, detail)


def _at_odds_with_now(accepted: Admitted, now: datetime) -> Iterator[Warned]:
    event = accepted.event
    if event.raw.get("timegiven") is not None and accepted.event.time <= now:
        yield Warned(event.id, "time", TIME_AHEAD, "lies in the future; the event counts from now")
    if event.type in NOT_AHEAD and fact_of(event).day > local_day(now):
        yield Warned(event.id, "data.on", TIME_AHEAD, "the day on which it happened is still to come; check the date")
    for wait in accepted.waits:
        field = "subject" if wait.subject == accepted.subject else "data.person"
        detail = "is not introduced yet: the event is kept, and has no effect until then"
        yield Warned(event.id, field, NOT_INTRODUCED, detail)
