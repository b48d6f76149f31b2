"""The tables of access: accounts, how they are proved, sessions, what looks beyond the rule, and who did what."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from config.database import UTCDateTime, metadata
from service.store.numbering import NextNumber

# An account belongs to a person of an authority's directory. What is null is not set up.
account = Table(
    "account",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("authority", String(60), nullable=False),
    Column("person", String(200), nullable=False),
    Column("name", String(254), nullable=False, unique=True),  # to sign in with, in small letters
    Column("password", Text),  # as argon2 writes its hash
    Column("totp", String(64)),  # the secret of the second factor
    Column("totp_counter", BigInteger),  # of the last code that was taken: it is taken once
    Column("totp_confirmed", Boolean(create_constraint=False), nullable=False),
    Column("issuer", Text),  # of OpenID Connect, with the subject there
    Column("subject", Text),
    Column("administrator", Boolean(create_constraint=False), nullable=False),
    Column("auditor", Boolean(create_constraint=False), nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("disabled_at", UTCDateTime),
    UniqueConstraint("authority", "person"),
    UniqueConstraint("issuer", "subject"),
)

passkey = Table(
    "passkey",
    metadata,
    Column("id", String(400), primary_key=True),  # the credential's id, base64url
    Column("account", String(32), nullable=False, index=True),
    Column("public_key", Text, nullable=False),  # base64url
    Column("sign_count", BigInteger, nullable=False),
    Column("name", String(60), nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("used_at", UTCDateTime),
)

# What was begun and is not ended: an invitation, a new password, a second factor that is asked for, a way to an issuer.
# Only the hash of the token that ends it is kept.
begun = Table(
    "begun",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("account", String(32), index=True),
    Column("data", Text, nullable=False),  # JSON
    Column("ends_at", UTCDateTime, nullable=False, index=True),
)

# A session of somebody who is signed in. Only the hash of the cookie's token is kept.
viewer_session = Table(
    "viewer_session",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("authority", String(60), nullable=False),
    Column("person", String(200), nullable=False),
    Column("account", String(32), index=True),
    Column("way", String(20), nullable=False),  # by which they signed in
    Column("created_at", UTCDateTime, nullable=False),
    Column("seen_at", UTCDateTime, nullable=False),  # to within a minute
    Column("proved_at", UTCDateTime, nullable=False),  # when they last showed who they are
    Column("ended_at", UTCDateTime),
)

# Failures to show who one is, counted by name and by address, for all processes.
sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("began_at", UTCDateTime, nullable=False),
    Column("number", Integer, nullable=False),
)

# Sight of a plan beyond the rule, for a reason that was given.
exception = Table(
    "sight_exception",
    metadata,
    Column("number", Integer, default=NextNumber("sight_exception", "number"), primary_key=True),
    Column("authority", String(60), primary_key=True),
    Column("plan", String(200), nullable=False),
    Column("person", String(200), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("ends_at", UTCDateTime, nullable=False),
    Index(None, "authority", "person", "plan"),
)

# Who saw and changed what. Rows are added; the database refuses to change or remove one (migration 0012).
audit_entry = Table(
    "audit_entry",
    metadata,
    Column(
        "number",
        BigInteger().with_variant(Integer, "sqlite"),
        default=NextNumber("audit_entry", "number"),
        primary_key=True,
    ),
    Column("at", UTCDateTime, nullable=False),
    Column("authority", String(60), primary_key=True),  # `NO_AUTHORITY`: what was done concerns none
    Column("person", String(200)),  # who did it; null: nobody who was signed in, or an operator
    Column("action", String(40), nullable=False),
    Column("plan", String(200)),
    Column("about", String(200)),  # a person, an account's name or the like
    Column("detail", Text),
    Index(None, "authority", "number"),
)
