"""The tables of credentials: who may write events, and what keeps ids from being guessed."""

from sqlalchemy import Column, Date, String, Table

from config.database import UTCDateTime, metadata

token = Table(
    "token",
    metadata,
    Column("name", String(40), primary_key=True),  # of this token for good: events say by it what brought them
    Column("hash", String(64), nullable=False, unique=True),
    Column("authority", String(60), nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("ends_on", Date),  # the last local day on which it is good; null: it has no end
    Column("revoked_at", UTCDateTime),
    # To within ten minutes: when it last brought something, and when it was last refused because it had ended.
    Column("used_at", UTCDateTime),
    Column("refused_at", UTCDateTime),
)

# Random secrets, made once. They are part of the database, so that a restored one has the same.
secret = Table(
    "secret",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(64), nullable=False),  # hex
)
