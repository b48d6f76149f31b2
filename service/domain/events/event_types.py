"""The types of events by name, and those of them that have something in common."""

from __future__ import annotations

from collections.abc import Mapping

from service.domain.events.event_rows import ROWS
from service.domain.events.event_type import EventType, SubjectKind

EVENT_TYPES: Mapping[str, EventType] = {row.name: row for row in ROWS}

ABOUT_PERSONS = frozenset(row.name for row in ROWS if row.subject is SubjectKind.PERSON)
CHANGES_OF_ROLE = frozenset(row.name for row in ROWS if row.subject is SubjectKind.PLAN_OR_AUTHORITY)
COUNT_FROM_THEIR_OWN_DAY = frozenset(row.name for row in ROWS if row.done)
BEAR_ON_PEOPLE = frozenset(row.name for row in ROWS if row.bears)
NOT_AHEAD = frozenset(row.name for row in ROWS if row.done or row.urgent)
# What may protect somebody: of these two types their data say whether it does.
MAY_PROTECT = frozenset({"contact.decided", "role.assigned"}) | {row.name for row in ROWS if row.protects}
# What a look must know of while it waits: it may protect somebody, or change a role of a person whom nobody knows.
HEARD_WAITING = MAY_PROTECT | {"role.assigned", "role.ended"}
# At these a review of the plan may be recorded.
MAY_REVIEW = frozenset(row.name for row in ROWS if "plan_reviewed" in row.model.model_fields)
LASTING = frozenset(row.name for row in ROWS if row.lasts)
# What raises an alert on a plan that is not introduced yet, and what ends it.
BREACH = "bottom_line.breached"
WITHDRAWAL = "event.withdrawn"
ALERTING = frozenset({BREACH, "alert.acknowledged", "alert.closed", WITHDRAWAL})
URGENT = frozenset(row.name for row in ROWS if row.urgent)
