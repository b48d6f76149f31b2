"""Reads scenario files: spells their facts out as events, and judges what came out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).resolve().parent.parent / "scenarios"
LONDON = ZoneInfo("Europe/London")
Record = Mapping[str, Any]


def load() -> dict[str, dict[str, Any]]:
    """Every scenario by its name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def moment(text: str) -> datetime:
    """A local moment, or day (its noon), or a moment with an offset."""
    found = datetime.fromisoformat(text if "T" in text else f"{text}T12:00")
    return found if found.tzinfo else found.replace(tzinfo=LONDON)


def events_of(scenario: Record) -> list[dict[str, Any]]:
    """The cast and the facts as CloudEvents. Roles on the plan are assigned in the moment in which it opens."""
    rows = [*_cast(scenario), *(row for entry in scenario["facts"] for row in _fact(scenario, entry))]
    return [_event(scenario, number, *row) for number, row in enumerate(rows)]


def _cast(scenario: Record) -> Iterator[tuple[str, str, str | None, dict[str, Any], str | None]]:
    authority, start = scenario["authority"], "2026-01-05T09:00"
    for person, who in scenario["cast"].items():
        known = {key: who[key] for key in ("name", "kind", "email", "mobile", "prefers", "language") if key in who}
        yield start, "person.recorded", person, {"authority": authority, **known}, None
        for role in who.get("authority_roles", ()):
            yield start, "role.assigned", None, {"authority": authority, "role": role, "person": person}, None
        if "contact" in who:
            yield start, "contact.decided", person, who["contact"], None


def _fact(scenario: Record, entry: Sequence[Any]) -> Iterator[tuple[str, str, str | None, dict[str, Any], str | None]]:
    when, kind, *rest = entry
    subject = rest.pop(0) if isinstance(rest[0], str) else scenario["plan"]
    yield when, kind, subject, rest[0], rest[1] if len(rest) > 1 else None
    if kind == "plan.opened":
        for person, who in scenario["cast"].items():
            for role in who.get("roles", ()):
                yield when, "role.assigned", subject, {"role": role, "person": person}, None


def _event(
    scenario: Record, number: int, when: str, kind: str, subject: str | None, data: dict[str, Any], eid: str | None
) -> dict[str, Any]:
    event = {"specversion": "1.0", "id": eid or f"n{number}", "source": f"/{scenario['authority']}/case", "type": kind}
    return event | {"time": moment(when).isoformat(), "data": data} | ({"subject": subject} if subject else {})


def shortfalls(scenario: Record, records: Sequence[Record]) -> list[str]:
    """What was expected and is not so."""
    wrong = []
    for expected in scenario["expect"]:
        ((name, want),) = expected.items()
        kind = name.removeprefix("no_")
        found = [record for record in records if record["record"] == kind and _fits(record, want)]
        good = not found if name.startswith("no_") else len(found) == want["count"] if "count" in want else bool(found)
        if not good:
            wrong.append(f"{name} {want}: found {len(found)}: {found[:2]}")
    return wrong


def _fits(record: Record, want: Record) -> bool:
    return all(_holds(record, key, value) for key, value in want.items() if key != "count")


def _holds(record: Record, key: str, value: Any) -> bool:
    at = datetime.fromisoformat(record["at"]) if "at" in record else None
    match key:
        case "at":
            return at == moment(value)
        case "from":
            return at is not None and at >= moment(value)
        case "to_time":
            return at is not None and at <= moment(value)
        case "day":
            return record["at"][:10] in (value if isinstance(value, list) else [value])
        case "about_kind" | "about_alert" | "about_plan":
            field = key.removeprefix("about_")
            return any(item.get(field) == value for item in record["about"])
        case "says":
            return all(words in f"{record['subject']}\n{record['text']}" for words in value)
    known = record.get(key)
    return known in value if isinstance(value, list) else known == value
