"""What somebody records on a page, taken in like any other system's events. Two clicks on one form are one fact."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.database import reading, transaction
from service.app import Service
from service.domain.calendar import iso_local
from service.domain.events.event_types import ABOUT_PERSONS
from service.store import audit, events
from service.store.audit import AuditEntry
from service.web.viewer import Viewer

_FORM = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class PageFact:
    """Something that was recorded on a page: its type, the plan or person that it is about, and its data."""

    type: str
    subject: str
    data: Mapping[str, object]


def new_form() -> str:
    """The id of a form that is shown: what it records is recorded once, however often it is sent."""
    return secrets.token_hex(16)


async def record(service: Service, viewer: Viewer, form: str, facts: Sequence[PageFact]) -> list[str]:
    """Take in what a form says; by whom it was recorded stands in each event. Gives what is wrong; empty: nothing.

    What this form has recorded before is not recorded again, whatever it says now.
    """
    if not _FORM.fullmatch(form):
        return ["The form was not one of ours. Load the page again, and send it once more."]
    source, now = f"/{viewer.authority}/planwatch", iso_local(service.clock.now())
    names = [_name(viewer, form, number) for number in range(len(facts))]
    if await _stored(service, viewer, source, names):
        return []
    raws = [
        {
            "specversion": "1.0", "id": name, "source": source, "type": fact.type, "subject": fact.subject,
            "time": now, "recordedby": viewer.person, "data": dict(fact.data),
        }
        for name, fact in zip(names, facts, strict=True)
    ]  # fmt: skip
    received = await service.receive(raws, viewer.authority)
    # Of two clicks at one moment the second is refused: the first has recorded it.
    if not received.rejected or await _stored(service, viewer, source, names):
        await note_recorded(service, viewer, facts)
        return []
    return [f"{rejected.field}: {rejected.detail}" for _, rejected in received.rejected]


async def note_recorded(service: Service, viewer: Viewer, facts: Sequence[PageFact]) -> None:
    """Write into the audit who has recorded what on which plan, or about whom."""
    now = service.clock.now()
    async with transaction(service.sessions) as session:
        for fact in facts:
            subject = fact.subject[:200]
            plan, about = (None, subject) if fact.type in ABOUT_PERSONS else (subject, None)
            entry = AuditEntry(now, viewer.authority, viewer.person, "recorded", plan, about, fact.type)
            await audit.add(session, entry)


def _name(viewer: Viewer, form: str, number: int) -> str:
    """An event's id: nobody's form takes the place of another's."""
    digest = hashlib.sha256(f"{viewer.authority}/{viewer.person}/{form}/{number}".encode()).hexdigest()
    return f"page-{digest[:32]}"


async def _stored(service: Service, viewer: Viewer, source: str, names: Sequence[str]) -> bool:
    wanted_names = [(viewer.authority, source, name) for name in names]
    async with reading(service.sessions) as session:
        return len(await events.of_names(session, wanted_names)) == len(names) > 0
