"""Gathered emails: one a person that holds lines of many plans, such as the digest of a morning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from operator import attrgetter

from notifications.message import Message, Purpose
from service.domain.calendar import OPEN_ENDED, Calendar, MessageHours, local_day
from service.domain.keys.messages import DigestKey, GatheredKey
from service.domain.obligations.obligation import Obligation, Status
from service.domain.own_id import OwnId
from service.domain.policy import PolicyBook
from service.domain.telling.ladder import WEEKLY_LIST
from service.domain.telling.records import DigestLine, LineGroup
from service.domain.telling.wording import Item, day_text, has_rule, item

DIGEST, TAKEOVER, PROBLEMS = "digest", "takeover", "problems"


@dataclass(frozen=True, slots=True)
class GatheredEmail:
    """A kind of gathered email: its purpose, the local time at which its lines fall due, its key and its words.

    `words` takes the lines, and what else of the person's is late; `says_late`: that is among the words.
    """

    purpose: Purpose
    clock: Callable[[MessageHours], time]
    key: Callable[[DigestLine, date], str]
    words: Callable[[Sequence[DigestLine], Sequence[Item]], Mapping[str, object]]
    says_late: bool = False


def gathered(
    lines: Iterable[DigestLine], obligations: Sequence[Obligation], book: PolicyBook, now: datetime
) -> list[Message]:
    """The emails that the lines of a moment make. `obligations` are those in which to look for what else is late."""
    groups: dict[LineGroup, list[DigestLine]] = defaultdict(list)
    for line in lines:
        groups[line.group].append(line)
    return [
        gathered_email(mine, also_late(obligations, group.own_id, mine, book, now), now)
        for group, mine in sorted(groups.items())
    ]


def also_late(
    obligations: Iterable[Obligation], person: OwnId, lines: Sequence[DigestLine], book: PolicyBook, now: datetime
) -> list[Item]:
    """What else of a person's is late, beside what the lines speak of, where their email says so.

    Nobody's initials: these are of many plans.
    """
    if not GATHERED[lines[0].template].says_late:
        return []
    spoken_of = {(line.plan, line.obligation) for line in lines}
    late = [
        obligation
        for obligation in obligations
        if obligation.status is Status.OVERDUE
        and (obligation.authority, obligation.responsible) == person
        and (obligation.plan, obligation.key) not in spoken_of
        and has_rule(book, obligation)
    ]
    late.sort(key=lambda obligation: (obligation.due_on, obligation.plan, obligation.key))
    calendar = calendar_of(lines, book, now)
    return [item(obligation, book, calendar, None, now) for obligation in late]


def calendar_of(lines: Sequence[DigestLine], book: PolicyBook, now: datetime) -> Calendar:
    """The calendar of the authority whose lines these are."""
    return book.at(lines[0].authority, now).calendar


def gathered_email(lines: Sequence[DigestLine], late: Sequence[Item], now: datetime) -> Message:
    """The one email that the lines of a group make. `late` is what else of the person's is late."""
    mine = sorted({line.key: line for line in lines}.values(), key=_in_order_of_day)
    kind, line, today = GATHERED[mine[0].template], mine[0], local_day(now)
    return Message(
        key=kind.key(line, today),
        plan=None,
        authority=line.authority,
        role=line.role,
        person=line.person,
        channel=line.channel,
        purpose=kind.purpose,
        urgent=False,
        about=tuple(entry.about for entry in mine),
        template=line.template,
        context={"date": day_text(today), "link": None, **kind.words(_each_duty_once(mine), late)},
        at=now,
        obligations=tuple(entry.obligation for entry in mine if entry.obligation is not None),
    )


def _each_duty_once(lines: Sequence[DigestLine]) -> list[DigestLine]:
    """The lines, of those about one duty the newest: of a reminder that was caught up, and of the next behind it.

    In the email's words they would be two duties. That one starts is older news than that it is due.
    """
    by_age = sorted(lines, key=lambda line: (not line.starts, line.at))
    newest = {(line.plan, line.obligation or line.key): line.key for line in by_age}
    return [line for line in lines if newest[line.plan, line.obligation or line.key] == line.key]


def _in_order_of_day(line: DigestLine) -> tuple[str, str]:
    return str(line.about.get("due_on", "") or OPEN_ENDED), line.key


def _digest_key(line: DigestLine, day: date) -> str:
    return str(DigestKey(line.person, day))


def _gathered_key(line: DigestLine, day: date) -> str:
    return str(GatheredKey(line.template, line.authority, line.person, day))


def _digest_words(lines: Sequence[DigestLine], late: Sequence[Item]) -> Mapping[str, object]:
    """What is late, what is due, and what starts."""
    return {
        "overdue": [*(line.item for line in lines if _is_late(line)), *late],
        "due": [line.item for line in lines if not line.starts and not _is_late(line)],
        "starts": [line.item for line in lines if line.starts],
    }


def _is_late(line: DigestLine) -> bool:
    """Whether it was late when the line was written, by the hour too; older lines know their days alone."""
    return bool(line.item.get("is_late", line.item["days_over"]))


def _own_words(lines: Sequence[DigestLine], late: Sequence[Item]) -> Mapping[str, object]:
    """What is late and what is due of that which the lines speak of, and nothing else."""
    del late
    return {
        "overdue": [line.item for line in lines if _is_late(line)],
        "due": [line.item for line in lines if not _is_late(line)],
    }


def _problem_words(lines: Sequence[DigestLine], late: Sequence[Item]) -> Mapping[str, object]:
    """What is wrong with which events."""
    del late
    return {"items": [line.item for line in lines]}


_MORNING: Callable[[MessageHours], time] = attrgetter("morning")
_OVERDUE: Callable[[MessageHours], time] = attrgetter("overdue")
GATHERED: Mapping[str, GatheredEmail] = {
    PROBLEMS: GatheredEmail(Purpose.NOTICE, _MORNING, _gathered_key, _problem_words),
    DIGEST: GatheredEmail(Purpose.DIGEST, _MORNING, _digest_key, _digest_words, says_late=True),
    WEEKLY_LIST: GatheredEmail(Purpose.OVERDUE, _OVERDUE, _gathered_key, _own_words),
    TAKEOVER: GatheredEmail(Purpose.NOTICE, _MORNING, _gathered_key, _own_words),
}
