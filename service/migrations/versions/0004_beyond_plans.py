"""What a plan's facts say of people beyond it, every number that somebody had, and numbers that asked for silence."""

from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from alembic import op

from config import database
from service.domain.events.addresses import phone_number_as_stored
from service.domain.events.event_types import BEAR_ON_PEOPLE, EVENT_TYPES

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MANY = 1000


def upgrade() -> None:
    """What a plan's facts say of people beyond it, every number that somebody had, and numbers that are silent."""
    op.create_table(
        "person_number",
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_person_number_person_person")),
        sa.PrimaryKeyConstraint("person", "number", name=op.f("pk_person_number")),
    )
    op.create_index(op.f("ix_person_number_number"), "person_number", ["number"], unique=False)
    op.create_table(
        "received_stop",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("at", database.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", "at", name=op.f("pk_received_stop")),
    )
    with op.batch_alter_table("plan_person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("bears", sa.Boolean(), server_default=sa.false(), nullable=False))
    where = sa.text("bears = true") if op.get_bind().dialect.name == "postgresql" else sa.text("bears = 1")
    op.create_index(
        "ix_plan_person_bears", "plan_person", ["person"], unique=False, sqlite_where=where, postgresql_where=where
    )
    _fill()


def _fill() -> None:
    """Write down what the events that are stored already say."""
    connection = op.get_bind()
    number_of = sa.table("person_number", sa.column("person"), sa.column("number"))
    plan_person = sa.table("plan_person", sa.column("plan"), sa.column("person"), sa.column("bears", sa.Boolean()))
    numbers: set[tuple[str, str]] = set()
    pairs: set[tuple[str, str]] = set()
    for kind, subject, raw in _events(connection):
        data = raw["data"]
        if kind == "person.recorded":
            if data.get("mobile") is None:
                continue
            with suppress(ValueError):
                numbers.add((subject, phone_number_as_stored(data.get("mobile"))))
        elif kind != "role.assigned" or data.get("poses_risk"):
            named = [data.get(field) for field in EVENT_TYPES[kind].persons]
            pairs |= {(subject, person) for persons in named for person in _each(persons)}
    rows = [{"person": person, "number": number} for person, number in sorted(numbers)]
    for start in range(0, len(rows), _MANY):
        connection.execute(sa.insert(number_of), rows[start : start + _MANY])
    for plan, person in sorted(pairs):
        whose = (plan_person.c.plan == plan, plan_person.c.person == person)
        connection.execute(sa.update(plan_person).where(*whose).values(bears=True))


def _each(persons: object) -> list[str]:
    """The persons whom a field names: one, or a list of them."""
    return [persons] if isinstance(persons, str) else [*persons] if isinstance(persons, list) else []


def _events(connection: sa.Connection) -> list[tuple[str, str, Any]]:
    event = sa.table(
        "event",
        sa.column("type"),
        sa.column("subject"),
        sa.column("raw", sa.JSON()),
        sa.column("waiting", sa.Boolean()),
    )
    bearing = event.c.type.in_(["person.recorded", *BEAR_ON_PEOPLE]) & event.c.subject.is_not(None) & ~event.c.waiting
    return [
        tuple(row) for row in connection.execute(sa.select(event.c.type, event.c.subject, event.c.raw).where(bearing))
    ]
