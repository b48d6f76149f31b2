"""The table of policies: which are in force, and which were."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from config.database import UTCDateTime, metadata

# The policies in force. A row puts one authority's policy in force, in all its versions, until a newer row of the
# authority does; none is ever changed. `number` is the generation: it counts up with each change of what is in force.
policy = Table(
    "policy",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("authority", String(60), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("content", Text, nullable=False),  # JSON: the whole of each version, as its file says it
    Column("built_in", Boolean(create_constraint=False), nullable=False),
    Column("in_force_at", UTCDateTime, nullable=False),
    Index(None, "authority", "number"),
)
