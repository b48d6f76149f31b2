"""The bottom-line ladder: who is alerted now, until enough people have acknowledged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from notifications.message import Channel, Message, Purpose
from service.domain.events.payloads.alerts import BottomLineBreached
from service.domain.fact import Fact
from service.domain.facts import Facts
from service.domain.keys.key import names
from service.domain.keys.ledger import AlertKey, AlertRungKey, AlertSlotKey, AwaitedAlertKey
from service.domain.keys.messages import AlertMessageKey, ConfirmationKey
from service.domain.policy import PolicyBook
from service.domain.telling.acknowledgements import Acknowledgements, last_resort, line_of
from service.domain.telling.recipients import Reach, Recipient, initials_for
from service.domain.telling.records import Ledger
from service.domain.telling.wording import moment_text, role_text

# Told later than this after its moment, an alert says that it is late.
LATE = timedelta(minutes=2)


@dataclass(slots=True)
class AlertLook:
    """What an alert calls for now: messages, ledger entries, and when to look again."""

    messages: list[Message] = field(default_factory=list)
    seen: dict[str, datetime] = field(default_factory=dict)
    told: dict[str, datetime] = field(default_factory=dict)
    next: datetime | None = None


def shown_code(plan: str, alert: str, person: str) -> str:
    """Six digits that stand for a person's code where nothing is sent; what is sent holds a code drawn by chance."""
    digest = hashlib.sha256(str(ConfirmationKey(plan, alert, person)).encode()).digest()
    return f"{int.from_bytes(digest[:4], 'big') % 10**6:06d}"


def acknowledgements(book: PolicyBook, breach: Fact, facts: Facts, ledger: Ledger, now: datetime) -> Acknowledgements:
    """What was answered to an alert, as far as it counts.

    Where the plan was not introduced at first, its ladder begins with the introduction, whoever acknowledged before.
    """
    was_awaited = not facts.awaited and _awaited_key(facts.plan, breach.uid) in ledger.seen
    since = (began(breach, facts, ledger) or now) if was_awaited else None
    return Acknowledgements(breach, facts, line_of(book, facts, breach), since)


def began(breach: Fact, facts: Facts, ledger: Ledger) -> datetime | None:
    """When the ladder of an alert began: with its first alert. None: it has not begun."""
    key = alert_key(breach, facts)
    if key in ledger.seen:
        return ledger.seen[key]
    # An older version forgot it while an alert rested; what it told is on record for good.
    return min((slot.slot for slot in _slots(ledger, breach.uid) if slot.alert == key), default=None)


def alert_key(breach: Fact, facts: Facts) -> str:
    """What the ledger knows an alert by."""
    return _awaited_key(facts.plan, breach.uid) if facts.awaited else _key(facts.plan, breach.uid)


# An alert is looked at with its plan for good, and these are most of what there is to do once it is closed.
@lru_cache(maxsize=4096)
def _key(plan: str, uid: str) -> str:
    return str(AlertKey(plan, uid))


@lru_cache(maxsize=4096)
def _awaited_key(plan: str, uid: str) -> str:
    return str(AwaitedAlertKey(plan, uid))


@lru_cache(maxsize=8192)
def _rung_key(alert: str, role: str) -> str:
    return str(AlertRungKey(alert, role))


def _slots(ledger: Ledger, uid: str) -> Iterator[AlertSlotKey]:
    for key in ledger.told:
        if names(key, uid):
            with suppress(ValueError):
                yield AlertSlotKey.parse(key)


def closed_keys(book: PolicyBook, breach: Fact, facts: Facts) -> tuple[str, ...]:
    """Of an alert that was closed what a look remembers, its own key first; nothing else comes of it. Else none."""
    return facts.derive_once(
        (closed_keys, breach.uid), lambda: _closed_keys(book, breach, facts), book.versions(facts.authority)
    )


def _closed_keys(book: PolicyBook, breach: Fact, facts: Facts) -> tuple[str, ...]:
    answers = Acknowledgements(breach, facts, line_of(book, facts, breach))
    key = alert_key(breach, facts)
    rungs = (_rung_key(key, rung.role) for rung in answers.line.then)
    return (key, _awaited_key(facts.plan, breach.uid), *rungs) if answers.closed else ()


def look_at_alert(
    book: PolicyBook, breach: Fact, facts: Facts, ledger: Ledger, reach: Reach, now: datetime,
    due: datetime | None = None,
) -> AlertLook:  # fmt: skip
    """Work out what an alert calls for at a moment, if anything. `due`: when that was to be asked, if not now."""
    answers = acknowledgements(book, breach, facts, ledger, now)
    return _Climber(answers, ledger, reach, now, due).climb()


class _Climber:
    def __init__(
        self, answers: Acknowledgements, ledger: Ledger, reach: Reach, now: datetime, due: datetime | None
    ) -> None:
        self.answers, self.ledger, self.reach, self.now = answers, ledger, reach, now
        self.breach, self.facts, self.line = answers.breach, answers.facts, answers.line
        self.key = alert_key(self.breach, self.facts)
        self.result = AlertLook()
        # The 30 and 60 minutes run from the first alert, which goes when the breach becomes known, whatever happens in
        # between: so it is remembered while the alert rests, and so are the rungs that were called early.
        self.first = began(self.breach, self.facts, ledger) or now
        # An alert that was closed keeps the same ones (`closed_keys`).
        lasting = {_rung_key(self.key, rung.role) for rung in self.line.then}
        lasting.add(_awaited_key(self.facts.plan, self.breach.uid))
        self.result.seen = {key: ledger.seen[key] for key in lasting & ledger.seen.keys()} | {self.key: self.first}
        # Nobody looked when it was time to: whatever is told now of an alert that was open then is late.
        self.late = due is not None and self.first <= due < now - LATE
        self.every = timedelta(minutes=self.line.again_every)
        self.reached: set[tuple[str, str]] = set()  # persons, each by a channel
        self.nexts: list[datetime] = []

    def climb(self) -> AlertLook:
        if self.answers.settled(self.now):
            return self.result
        nobody = False
        for role in self.line.alert:
            # Every role is asked, though one vacancy is enough to call the next rung.
            nobody = not self._rung(role, self.first) or nobody
        for rung in self.line.then:
            key = _rung_key(self.key, rung.role)
            nominal = self.first + timedelta(minutes=rung.after)
            start = self.ledger.seen.get(key) or (self.now if nobody else nominal)
            if start > self.now:
                self.nexts.append(start)
                nobody = False
                continue
            self.result.seen[key] = start
            nobody = not self._rung(rung.role, start)
        if nobody and not self.reached:
            self._rung(last_resort(self.facts), self.first)
        self.result.next = min(self.nexts, default=None)
        return self.result

    def _rung(self, role: str, start: datetime) -> bool:
        """Alert a role's holder for the slot that has come; False where there was nobody to alert."""
        number = (self.now - start) // self.every
        slot = start + number * self.every
        self.nexts.append(slot + self.every)
        slot_key = str(AlertSlotKey(self.key, role, slot))
        if slot_key in self.ledger.told:
            return True
        self.result.told[slot_key] = slot
        holder = self.facts.holder(role, self.now)
        if holder is None:
            self.reach.vacant(role)
            return False
        if self.answers.by(holder, self.now):
            return True
        recipients = self.reach.urgent(role, holder)
        by_text = any(recipient.channel is Channel.SMS for recipient in recipients)
        for recipient in recipients:
            if (recipient.person, recipient.channel) not in self.reached:
                self.reached.add((recipient.person, recipient.channel))
                context = {**self._context(recipient, role), "times": number + 1, "by_text": by_text}
                self.result.messages.append(self._message(recipient, role, slot, context))
        return bool(recipients)

    def _message(self, recipient: Recipient, role: str, slot: datetime, context: Mapping[str, object]) -> Message:
        return Message(
            key=str(AlertMessageKey(self.key, recipient.person, recipient.channel, slot)),
            plan=self.facts.plan,
            authority=self.facts.authority,
            role=role,
            person=recipient.person,
            channel=recipient.channel,
            purpose=Purpose.ALERT,
            urgent=True,
            about=({"alert": self.breach.id},),
            template="bottom_line",
            context=context,
            at=self.now,
            obligations=(),
        )

    def _context(self, recipient: Recipient, role: str) -> dict[str, object]:
        assert isinstance(self.breach.data, BottomLineBreached)  # noqa: S101 - look() asks for breaches only
        named = role in self.line.alert
        minutes = int((self.now - self.first).total_seconds() // 60)
        return {
            "plan": self.facts.plan,
            "initials": initials_for(self.facts, recipient),
            "link": None,
            "crossed_at": moment_text(self.breach.data.at),
            "duty": role == self.line.duty,
            "code": shown_code(self.facts.plan, self.breach.id, recipient.person),
            "minutes": minutes,
            "rung": "named" if named else role,
            "late": self.late,
            "awaited": self.facts.awaited,
            "waiting_for": [] if named or not minutes else self._missing(vacant=False),
            "vacant": [] if named else self._missing(vacant=True),
        }

    def _missing(self, *, vacant: bool) -> list[str]:
        """The roles alerted first that have not acknowledged: those that nobody holds, or the others."""
        roles = self.answers.waiting(self.now)
        return [role_text(role) for role in roles if (self.facts.holder(role, self.now) is None) is vacant]
