"""One digest a person a morning, gathered from the lines of all their plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from notifications.message import Message, Purpose
from service.domain.calendar import local_day
from service.domain.keys.messages import DigestKey
from service.domain.obligations.obligation import Obligation, Status
from service.domain.policy import PolicyBook
from service.domain.telling.records import DigestLine
from service.domain.telling.wording import Item, day_text, item


def digests(
    lines: Iterable[DigestLine], obligations: Sequence[Obligation], book: PolicyBook, now: datetime
) -> list[Message]:
    """The digests that the lines of a moment make. `obligations` are those in which to look for what else is late."""
    by_person: dict[str, list[DigestLine]] = defaultdict(list)
    for line in lines:
        by_person[line.person].append(line)
    return [
        digest(person, mine, also_late(obligations, person, mine, book, now), now)
        for person, mine in sorted(by_person.items())
    ]


def also_late(
    obligations: Iterable[Obligation], person: str, lines: Sequence[DigestLine], book: PolicyBook, now: datetime
) -> list[Item]:
    """What else of a person's is late, beside what the lines speak of. Nobody's initials: these are of many plans."""
    spoken_of = {(line.plan, line.obligation) for line in lines}
    late = [
        obligation
        for obligation in obligations
        if obligation.status is Status.OVERDUE
        and obligation.responsible == person
        and (obligation.plan, obligation.key) not in spoken_of
    ]
    late.sort(key=lambda obligation: (obligation.due_on, obligation.plan, obligation.key))
    calendar = book.versions(lines[0].authority)[-1].calendar
    return [item(obligation, book, calendar, None, now) for obligation in late]


def digest(person: str, lines: Sequence[DigestLine], overdue: Sequence[Item], now: datetime) -> Message:
    """One person's digest of what is due, what is late, and what starts."""
    mine = sorted({line.key: line for line in lines}.values(), key=lambda line: (str(line.about["due_on"]), line.key))
    return Message(
        key=str(DigestKey(person, local_day(now))),
        plan=None,
        authority=mine[0].authority,
        role=mine[0].role,
        person=person,
        channel=mine[0].channel,
        purpose=Purpose.DIGEST,
        urgent=False,
        about=tuple(line.about for line in mine),
        template="digest",
        context={
            "date": day_text(local_day(now)),
            "link": None,
            "overdue": [*(line.item for line in mine if line.item["days_over"]), *overdue],
            "due": [line.item for line in mine if not line.starts and not line.item["days_over"]],
            "starts": [line.item for line in mine if line.starts],
        },
        at=now,
        obligations=tuple(line.obligation for line in mine),
    )
