"""One digest a person a morning, gathered from the lines of all their plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from service.domain.calendar import local_day
from service.domain.records import DigestLine, Notice
from service.domain.wording import Item, day_text


def digests(lines: Iterable[DigestLine], overdue: Mapping[str, Sequence[Item]], now: datetime) -> list[Notice]:
    """The digests that the lines of a moment make. `overdue` holds what else of a person's is open and late."""
    by_person: dict[str, list[DigestLine]] = defaultdict(list)
    for line in lines:
        by_person[line.person].append(line)
    return [digest(person, mine, overdue.get(person, ()), now) for person, mine in sorted(by_person.items())]


def digest_key(person: str, now: datetime) -> str:
    """A person's digest of a local day: there is one."""
    return f"digest|{person}|{local_day(now).isoformat()}"


def digest(person: str, lines: Sequence[DigestLine], overdue: Sequence[Item], now: datetime) -> Notice:
    """One person's digest of what is due, what is late, and what starts."""
    mine = sorted({line.key: line for line in lines}.values(), key=lambda line: (str(line.about["due_on"]), line.key))
    return Notice(
        key=digest_key(person, now),
        plan=None,
        authority=mine[0].authority,
        role=mine[0].role,
        person=person,
        channel=mine[0].channel,
        purpose="digest",
        urgent=False,
        about=tuple(line.about for line in mine),
        template="digest",
        context={
            "date": day_text(local_day(now)),
            "link": None,
            "overdue": list(overdue),
            "due": [line.item for line in mine if not line.starts],
            "starts": [line.item for line in mine if line.starts],
        },
        at=now,
        obligations=tuple(line.obligation for line in mine),
    )
