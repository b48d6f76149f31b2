"""The tables of what people do on pages that is no fact about a plan or person."""

from sqlalchemy import Column, Index, String, Table, Text

from config.database import UTCDateTime, metadata
from service.domain.events.event_types import CHANGES_OF_ROLE, WITHDRAWAL
from service.store.tables import IS_LIVE, event, obligation

# What a person noted as dealt with: a reply to read, or a problem. `key` is the reply's event, or the problem's key.
handling = Table(
    "handling",
    metadata,
    Column("authority", String(60), primary_key=True),
    Column("kind", String(10), primary_key=True),  # reply or problem
    Column("key", Text, primary_key=True),
    Column("plan", String(200)),
    Column("person", String(200), nullable=False),  # who noted it
    Column("at", UTCDateTime, nullable=False),
    Column("note", Text, nullable=False),
    Index(None, "authority", "plan"),
)

# The addresses under which people read their calendars: one a person. Only the hash of its secret is kept.
calendar_address = Table(
    "calendar_address",
    metadata,
    Column("authority", String(60), primary_key=True),
    Column("person", String(200), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("made_at", UTCDateTime, nullable=False),
)

# Indexes of what pages ask of all plans of an authority: who answered check-ins, and who was given which role.
_REPLIES = event.c.type == "check_in.replied"
_ROLES = event.c.type.in_(sorted({*CHANGES_OF_ROLE, WITHDRAWAL}))
for _name, _condition in (("ix_event_replies", _REPLIES), ("ix_event_roles", _ROLES)):
    Index(_name, event.c.authority, event.c.subject, sqlite_where=_condition, postgresql_where=_condition)

# What lists of plans and teams ask of all that an authority's plans still owe.
_OWED = (obligation.c[name] for name in ("authority", "plan", "act_by", "due_on", "status"))
Index("ix_obligation_live", *_OWED, sqlite_where=IS_LIVE, postgresql_where=IS_LIVE)
