"""The tables of the outbox: a message is a row, and so is each attempt at handing it over."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
)

from config.database import UTCDateTime, metadata

message = Table(
    "message",
    metadata,
    Column("id", String(32), primary_key=True),  # made from authority and key
    Column("key", String(500), nullable=False),
    # What was asked for: never changed.
    Column("channel", String(10), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("plan", String(200)),
    Column("authority", String(200), primary_key=True),
    Column("role", String(200), nullable=False),
    Column("person", String(200), nullable=False),
    Column("about", JSON, nullable=False),
    Column("template", String(100), nullable=False),
    Column("context", JSON, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("valid_until", UTCDateTime),
    Column("family", Boolean, nullable=False),
    # How it stands. `next_attempt_at` is there while it waits for its turn, the lease while a worker has it.
    Column("state", String(20), nullable=False),
    Column("reason", Text),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UTCDateTime),
    Column("lease_owner", String(200)),
    Column("lease_until", UTCDateTime),
    Column("fence", Integer, nullable=False),  # counts the claims: a worker that has slept is told by it
    Column("first_attempt_at", UTCDateTime),
    Column("unknown_since", UTCDateTime),
    Column("created_at", UTCDateTime, nullable=False),
    Column("settled_at", UTCDateTime),
    # What was last handed to a sender, word for word; `outside_id`: the name by which the world sees it.
    Column("outside_id", String(32)),
    Column("sent_to", String(200)),
    Column("address", String(320)),
    Column("subject", Text),
    Column("text", Text),
    Column("html", Text),
    UniqueConstraint("key", "authority"),
    CheckConstraint("(state IN ('queued', 'unknown')) = (next_attempt_at IS NOT NULL)", name="waits_for_its_turn"),
    CheckConstraint("(state = 'claimed') = (lease_until IS NOT NULL)", name="leased_while_claimed"),
)

# What is settled is in none of these: claiming and reaping cost what is due, however much is stored.
_waiting, _leased = message.c.next_attempt_at.is_not(None), message.c.lease_until.is_not(None)
Index(
    "ix_message_due",
    message.c.urgent,
    message.c.next_attempt_at,
    message.c.channel,
    sqlite_where=_waiting,
    postgresql_where=_waiting,
)
Index("ix_message_lease_until", message.c.lease_until, sqlite_where=_leased, postgresql_where=_leased)
Index("ix_message_outside_id", message.c.outside_id)  # an email that comes back names it
Index("ix_message_created_at", message.c.created_at)
Index("ix_message_plan_created_at", message.c.plan, message.c.created_at)
Index("ix_message_person_created_at", message.c.person, message.c.created_at)
Index("ix_message_address_first_attempt_at", message.c.address, message.c.first_attempt_at)  # what it was sent lately

_REFUSED = message.c.state == "undeliverable"
Index("ix_message_undeliverable", message.c.person, sqlite_where=_REFUSED, postgresql_where=_REFUSED)

attempt = Table(
    "attempt",
    metadata,
    Column("id", String(32), primary_key=True),  # 128 random bits: what the provider is told
    Column("authority", String(200), primary_key=True),  # its message's
    Column("message_id", String(32), nullable=False),
    Column("n", Integer, nullable=False),
    Column("phase", String(10), nullable=False),
    Column("outcome", String(20)),
    Column("provider", String(20)),  # where it was handed over, or was to be; null: nobody was set up
    Column("provider_id", String(200)),
    Column("looked_up", Integer, nullable=False, server_default="0"),  # how often the provider said that it has none
    Column("error", String(100)),
    Column("worker", String(200), nullable=False),
    Column("person", String(200), nullable=False),
    Column("started_at", UTCDateTime, nullable=False),
    Column("ended_at", UTCDateTime),
    UniqueConstraint("message_id", "n", "authority"),
    ForeignKeyConstraint(["message_id", "authority"], ["message.id", "message.authority"], ondelete="CASCADE"),
)
OF_MESSAGE = and_(attempt.c.message_id == message.c.id, attempt.c.authority == message.c.authority)
Index("ix_attempt_provider_id", attempt.c.provider_id)
Index("ix_attempt_started_at", attempt.c.started_at)  # the newest: by it an old copy of the database is known

# What keeps messages from going: `kind` is hold (nothing goes) or pause (what is urgent goes). Open while `ended_at` is
# null; what has ended stays, for whoever asks why nothing was sent.
interruption = Table(
    "interruption",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("kind", String(10), nullable=False),
    Column("cause", String(20), nullable=False),  # person, restored, clock or storm
    Column("reason", Text, nullable=False),
    Column("by", String(200), nullable=False),  # a user of the machine, or planwatch itself
    Column("since", UTCDateTime, nullable=False),
    Column("until", UTCDateTime),  # null: until somebody ends it
    Column("ended_at", UTCDateTime),
    Column("ended_by", String(200)),
    Index(None, "ended_at"),
)
