"""The tables of the service: facts, what follows from them, and who may write them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
    true,
)  # fmt: skip
from sqlalchemy.schema import SchemaItem

from config.database import UTCDateTime, metadata
from service.store.numbering import NextNumber

# The id of a plan, a person or an event. `parse_event` lets no longer one through. Each is its authority's own.
_Id = String(200)
_Authority = String(60)
# What stands there where a row is no authority's: a key holds no null.
NO_AUTHORITY = ""
# Keys are made from several ids and ISO dates.
_Key = Text()
_Serial = BigInteger().with_variant(Integer(), "sqlite")


def _key_of_plan() -> tuple[SchemaItem, ...]:
    """What names a plan in another table, as the beginning of its primary key."""
    columns = (Column("plan", _Id, primary_key=True), Column("authority", _Authority, primary_key=True))
    return *columns, ForeignKeyConstraint(["plan", "authority"], ["plan.id", "plan.authority"])


# Facts: appended, never changed. Only `waiting` and `about` are set when plan or person is introduced.
event = Table(
    "event",
    metadata,
    Column("seq", _Serial, default=NextNumber("event", "seq"), primary_key=True),
    Column("source", _Id, nullable=False),
    Column("id", _Id, nullable=False),
    Column("type", String(60), nullable=False),
    Column("subject", _Id),
    Column("about", String(10)),  # plan, person or authority; null: known only when it is introduced
    # Whose it is. `NO_AUTHORITY`: it came before 28 November 2026, waits, and belongs to whoever introduces what it is
    # about.
    Column("authority", _Authority, primary_key=True),
    Column("writer", _Authority),  # the authority of the token with which it came; null: from this machine
    Column("token", String(40)),  # the token's name; null: from this machine, or before 29 November 2026
    Column("time", UTCDateTime, nullable=False),
    Column("received_at", UTCDateTime, nullable=False),
    Column("raw", JSON, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("waiting", Boolean(create_constraint=False), nullable=False),
    UniqueConstraint("source", "id", "authority"),
    Index(None, "about", "subject", "authority"),
    Index(None, "about", "authority"),
)

# An index of breaches alone, for the question which of them are open.
_BREACHES = event.c.type == "bottom_line.breached"
Index("ix_event_breaches", event.c.subject, sqlite_where=_BREACHES, postgresql_where=_BREACHES)

# What an event waits for, of its authority's: `kind` is plan, person, or any (a withdrawal, about either).
event_wait = Table(
    "event_wait",
    metadata,
    Column("seq", _Serial, primary_key=True, autoincrement=False),
    Column("authority", _Authority, primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("subject", _Id, primary_key=True),
    ForeignKeyConstraint(["seq", "authority"], ["event.seq", "event.authority"]),
    Index(None, "subject", "kind", "authority"),
)

person = Table(
    "person",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("authority", _Authority, primary_key=True),
    Column("mobile", String(20), index=True),  # as last recorded; tells whose a received text is
)

plan = Table(
    "plan",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("authority", _Authority, primary_key=True, index=True),
    Column("version", Integer, nullable=False),  # grows with each look: whoever raises it has locked the plan
    Column("next_look", UTCDateTime, index=True),  # the only thing that is stored about the future
    Column("ended_on", Date),
    Column("fault", Text),  # type and place of the exception of a look, without data
    Column("fault_count", Integer, nullable=False),
    Column("fault_at", UTCDateTime, index=True),
    # No event has introduced it yet, and a bottom line was crossed on it: it is looked at for its alert alone.
    Column("awaited", Boolean(create_constraint=False), nullable=False, server_default=false()),
    # When its authority's policy changed, as long as it has not been looked at since.
    Column("policy_changed_at", UTCDateTime),
)

# Every number that a person was ever recorded with: a STOP from one holds, whoever has the number by now.
person_number = Table(
    "person_number",
    metadata,
    Column("person", _Id, primary_key=True),
    Column("authority", _Authority, primary_key=True),
    Column("number", String(20), primary_key=True, index=True),
    ForeignKeyConstraint(["person", "authority"], ["person.id", "person.authority"]),
)

# The numbers from which a STOP came in, each with when. It holds for all authorities, as no event does.
received_stop = Table(
    "received_stop",
    metadata,
    Column("number", String(20), primary_key=True),
    Column("at", UTCDateTime, primary_key=True),
)

# Whom a plan's facts name. `bears`: something that they say of the person matters on other plans, too.
plan_person = Table(
    "plan_person",
    metadata,
    *_key_of_plan(),
    Column("person", _Id, primary_key=True),
    Column("bears", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Index(None, "person", "authority"),
)

# An index of those alone: a worker is named by hundreds of plans, and they bear on him nearly never.
_BEARS = plan_person.c.bears == true()
Index("ix_plan_person_bears", plan_person.c.person, sqlite_where=_BEARS, postgresql_where=_BEARS)

obligation = Table(
    "obligation",
    metadata,
    *_key_of_plan(),
    Column("key", _Key, primary_key=True),
    Column("kind", String(60), nullable=False),
    Column("rule", String(120), nullable=False),
    Column("basis", String(20), nullable=False),
    Column("about", Text),
    Column("from_event", Text, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("act_by", Date, nullable=False),
    Column("responsible_role", String(60), nullable=False),
    Column("responsible", _Id),
    Column("status", String(20), nullable=False),
    Column("met_on", Date),
    Column("met_by", Text),
    Column("more", JSON, nullable=False),  # the fields that no question names
)

# Indexes of live obligations: a small part of all obligations. The statuses are literals in the questions, too, since
# SQLite knows only then that an index holds the answer.
IS_LIVE = obligation.c.status.in_([literal_column("'open'"), literal_column("'overdue'")])
for _by in (("authority", "responsible", "status"), ("due_on", "authority", "plan", "status")):
    Index(None, *(obligation.c[name] for name in _by), sqlite_where=IS_LIVE, postgresql_where=IS_LIVE)

# What has been seen and told of a plan so far. `kind` is seen or told.
ledger = Table(
    "ledger",
    metadata,
    *_key_of_plan(),
    Column("kind", String(4), primary_key=True),
    Column("key", _Key, primary_key=True),
    Column("at", UTCDateTime, nullable=False),
)

# Entries that wait to be gathered into a person's digest, or into another email of its kind, until `digest` names the
# message that they went into.
digest_line = Table(
    "digest_line",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("authority", _Authority, primary_key=True),
    Column("template", String(40), nullable=False),  # of the email for which it waits
    Column("plan", _Id),  # null: it is about no plan
    Column("role", String(60), nullable=False),
    Column("person", _Id, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("obligation", _Key),  # null: it is about none
    Column("about", JSON, nullable=False),
    Column("item", JSON, nullable=False),
    Column("starts", Boolean(create_constraint=False), nullable=False),
    Column("channel", String(10), nullable=False),
    Column("digest", _Key),
    ForeignKeyConstraint(["plan", "authority"], ["plan.id", "plan.authority"]),
    Index(None, "digest", "at"),
)

withheld = Table(
    "withheld",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("authority", _Authority, primary_key=True),
    Column("at", UTCDateTime, nullable=False),
    Column("plan", _Id, index=True),
    Column("person", _Id),
    Column("purpose", String(20), nullable=False),
    Column("reason", String(40), nullable=False),
)

problem = Table(
    "problem",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("authority", _Authority, primary_key=True),  # `NO_AUTHORITY`: it concerns planwatch itself
    Column("at", UTCDateTime, nullable=False),
    Column("plan", _Id, index=True),
    Column("code", String(60), nullable=False),
    Column("detail", Text, nullable=False),
)

# Texts and bounces, as they came. They are stored before they are understood, each once.
raw_inbound = Table(
    "raw_inbound",
    metadata,
    Column("provider", String(20), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("received_at", UTCDateTime, nullable=False),
    Column("body", JSON, nullable=False),
    Column("meant", JSON(none_as_null=True)),  # the events that it becomes; null: not worked out yet
    Column("taken_as", String(40)),  # what it was taken as; null: not taken yet
    Index(None, "provider", "taken_as"),
)

# The furthest that a message has come, as its provider reported. `rank` grows, and never goes back.
receipt = Table(
    "receipt",
    metadata,
    Column("provider", String(20), primary_key=True),
    Column("id", String(64), primary_key=True),  # the provider's id of the message
    Column("attempt", String(64)),
    Column("status", String(40), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("error", String(40)),
    Column("at", UTCDateTime, nullable=False),
    Index(None, "attempt"),
)

# Up to when each provider was asked for the texts that it received for us. Later silence leads to no conclusion.
pull = Table(
    "pull",
    metadata,
    Column("provider", String(20), primary_key=True),
    Column("covered_until", UTCDateTime),  # all texts received before it are here; null: never asked with success
    Column("tried_at", UTCDateTime),
    Column("failing_since", UTCDateTime),  # null: the last try went well
    Column("fault", String(200)),  # type and status, no data
)

# What the sentinel finds wrong, for as long as it lasts. `told_at`: when the configuration owner was told.
finding = Table(
    "finding",
    metadata,
    Column("code", String(40), primary_key=True),
    Column("key", _Key, primary_key=True),
    Column("authority", _Authority),  # null: it concerns all authorities
    Column("detail", Text, nullable=False),  # ids and figures, nothing about a person
    Column("since", UTCDateTime, nullable=False),
    Column("seen_at", UTCDateTime, nullable=False),
    Column("told_at", UTCDateTime),
)

# The processes that work on this database, each with its last sign of life.
process = Table(
    "process",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("kind", String(20), nullable=False),  # web, work, both or sentinel
    Column("started_at", UTCDateTime, nullable=False),
    Column("seen_at", UTCDateTime, nullable=False, index=True),
    Column("policies", Integer),  # the generation of policies by which it decides; null: it reads none
    Column("policy_faults", JSON(none_as_null=True)),  # what is wrong with its policy files: code, authority, detail
)

# Addresses that a mail server or provider refuses for good, until the person is recorded with another.
bad_address = Table(
    "bad_address",
    metadata,
    Column("person", _Id, primary_key=True),
    Column("authority", _Authority, primary_key=True),
    Column("channel", String(10), primary_key=True),
    Column("address", String(320), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UTCDateTime, nullable=False),
)

# Emails that planwatch sends to itself. Of several processes, the first that takes a slot of ten minutes sends.
canary = Table(
    "canary",
    metadata,
    Column("slot", UTCDateTime, primary_key=True),
    Column("mark", String(32), nullable=False, unique=True),  # 128 random bits that identify the email
    Column("sent_at", UTCDateTime, nullable=False),
    Column("outcome", String(20)),  # of handing it over; null: it was cut off, or has not ended
    Column("arrived_at", UTCDateTime),  # when it was found in the mailbox
)
