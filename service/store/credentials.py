"""The tables of credentials: who may write events, and what keeps ids from being guessed."""

from sqlalchemy import Column, String, Table

from config.database import UTCDateTime, metadata

token = Table(
    "token",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("authority", String(60), nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("revoked_at", UTCDateTime),
)

# Random secrets, made once. They are part of the database, so that a restored one has the same.
secret = Table(
    "secret",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(64), nullable=False),  # hex
)
