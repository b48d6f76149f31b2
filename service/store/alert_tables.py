"""The tables of what alerts are acknowledged by."""

from sqlalchemy import Column, Integer, String, Table, Text

from config.database import UTCDateTime, metadata

# By what one person acknowledges one alert: `code` in a text, with `wrong` as the number of wrong ones that came.
alert_code = Table(
    "alert_code",
    metadata,
    Column("authority", String(60), primary_key=True),
    Column("plan", String(200), primary_key=True),
    Column("breach", Text(), primary_key=True),  # source and id of the event
    Column("person", String(200), primary_key=True, index=True),
    Column("code", String(10), nullable=False),
    Column("wrong", Integer, nullable=False),
    Column("at", UTCDateTime, nullable=False),
)

# The links in emails about alerts: one for each attempt at an email, since only the hash of its token is kept.
alert_link = Table(
    "alert_link",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("authority", String(60), nullable=False),
    Column("plan", String(200), nullable=False),
    Column("breach", Text(), nullable=False),
    Column("person", String(200), nullable=False),
    Column("at", UTCDateTime, nullable=False),
)
