"""Ids of events, plans and persons belong to an authority, and numbers that asked for no more texts to nobody."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from config import database

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_AUTHORITY = sa.String(length=60)
# The tables that name a plan by a foreign key, and their primary keys from now on.
_OF_PLAN = {
    "plan_person": ["plan", "authority", "person"],
    "obligation": ["plan", "authority", "key"],
    "ledger": ["plan", "authority", "kind", "key"],
    "digest_line": ["key", "authority"],
}
_OTHERS = {
    "bad_address": ["person", "authority", "channel"],
    "withheld": ["key", "authority"],
    "problem": ["key", "authority"],
}
# The auditor's findings about one plan, person or source.
_ABOUT_ONE = (
    "alert_without_next_step", "breach_waiting", "plan_failing", "person_unreachable", "overdue_untold", "source_quiet",
)  # fmt: skip
# The words that meant it when the texts came.
_STOP = frozenset(
    {
        "stop", "stopall", "stop all", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out",
        "stopp", "sstop", "stoop", "sotp", "stpo", "tsop", "stp", "sto", "top stop", "stop stop", "unsubcribe",
        "unsuscribe", "cancell", "quitt",
    }
)  # fmt: skip

_event = sa.table(
    "event",
    sa.column("seq", sa.BigInteger()),
    *(sa.column(name, sa.String()) for name in ("source", "id", "type", "subject", "about", "authority", "writer")),
    sa.column("fingerprint", sa.String()),
    sa.column("time", database.UTCDateTime()),
    sa.column("received_at", database.UTCDateTime()),
    sa.column("raw", sa.JSON()),
    sa.column("waiting", sa.Boolean()),
)
_person = sa.table("person", *(sa.column(name, sa.String()) for name in ("id", "authority", "mobile")))
_number = sa.table("person_number", *(sa.column(name, sa.String()) for name in ("person", "authority", "number")))
_plan_person = sa.table("plan_person", *(sa.column(name, sa.String()) for name in ("plan", "authority", "person")))
_plan = sa.table("plan", *(sa.column(name, sa.String()) for name in ("id", "authority")))
_message = sa.table("message", *(sa.column(name, sa.String()) for name in ("key", "authority")))
_problem = sa.table("problem", *(sa.column(name, sa.String()) for name in ("key", "plan", "authority")))
_raw_inbound = sa.table(
    "raw_inbound",
    sa.column("taken_as", sa.String()),
    sa.column("received_at", database.UTCDateTime()),
    sa.column("body", sa.JSON()),
    sa.column("meant", sa.JSON()),
)
_received_stop = sa.table("received_stop", sa.column("number", sa.String()), sa.column("at", database.UTCDateTime()))


def upgrade() -> None:
    """Nothing is renamed: a key that is stored keeps its form, and what was told stays told."""
    _events()
    _messages()
    _plans()
    _persons()
    _lend_persons()
    _records()
    _findings()
    _received_stops()


def _events() -> None:
    with op.batch_alter_table("event_wait") as batch:
        batch.drop_constraint("fk_event_wait_seq_event", type_="foreignkey")
    with op.batch_alter_table("event") as batch:
        batch.drop_constraint("uq_event_source_id", type_="unique")
        batch.create_unique_constraint("uq_event_source_id_authority", ["source", "id", "authority"])
        batch.drop_index("ix_event_about_subject")
        batch.create_index("ix_event_about_subject_authority", ["about", "subject", "authority"])
    with op.batch_alter_table("event_wait") as batch:
        batch.create_foreign_key("fk_event_wait_seq_event", "event", ["seq"], ["seq"])
    _place_waiting_events()


def _place_waiting_events() -> None:
    """Waiting events get the authority that they name; the rest belong to whoever introduces what they are about."""
    connection = op.get_bind()
    authorities = set(connection.scalars(sa.select(_plan.c.authority).distinct()))
    authorities |= set(connection.scalars(sa.select(_person.c.authority).distinct()))
    authorities |= {name for name in connection.scalars(sa.select(_event.c.authority).distinct()) if name}
    unplaced = sa.select(_event.c.seq, _event.c.source, _event.c.writer, _event.c.raw)
    for seq, source, writer, raw in connection.execute(unplaced.where(_event.c.authority.is_(None))).all():
        in_source = source.strip("/").partition("/")[0]
        named = in_source if in_source in authorities else (raw.get("data") or {}).get("authority")
        authority = writer or named
        connection.execute(sa.update(_event).where(_event.c.seq == seq).values(authority=authority))


def _messages() -> None:
    # SQLite makes the table anew, and would take the attempts with it while they refer to it.
    with op.batch_alter_table("attempt") as batch:
        batch.drop_constraint("fk_attempt_message_id_message", type_="foreignkey")
    with op.batch_alter_table("message") as batch:
        batch.drop_constraint("uq_message_key", type_="unique")
        batch.create_unique_constraint("uq_message_key_authority", ["key", "authority"])
    with op.batch_alter_table("attempt") as batch:
        batch.create_foreign_key("fk_attempt_message_id_message", "message", ["message_id"], ["id"], ondelete="CASCADE")


def _plans() -> None:
    for table in _OF_PLAN:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(f"fk_{table}_plan_plan", type_="foreignkey")
            if table != "digest_line":
                batch.add_column(sa.Column("authority", _AUTHORITY))
    with op.batch_alter_table("plan") as batch:
        batch.drop_constraint("pk_plan", type_="primary")
        batch.create_primary_key("pk_plan", ["id", "authority"])
    for table, key in _OF_PLAN.items():
        if table != "digest_line":
            _set_from_plan(table)
        with op.batch_alter_table(table) as batch:
            _make_key(batch, table, key)
            batch.create_foreign_key(
                f"fk_{table}_plan_authority_plan", "plan", ["plan", "authority"], ["id", "authority"]
            )
            if table == "plan_person":
                batch.drop_index("ix_plan_person_person")
                batch.create_index("ix_plan_person_person_authority", ["person", "authority"])


def _set_from_plan(table: str) -> None:
    op.execute(f"UPDATE {table} SET authority = (SELECT authority FROM plan WHERE plan.id = {table}.plan)")  # noqa: S608


def _make_key(batch: Any, table: str, key: list[str]) -> None:
    batch.alter_column("authority", existing_type=_AUTHORITY, nullable=False)
    batch.drop_constraint(f"pk_{table}", type_="primary")
    batch.create_primary_key(f"pk_{table}", key)


def _persons() -> None:
    """Whoever was recorded by several authorities becomes a person of each."""
    connection = op.get_bind()
    op.add_column("bad_address", sa.Column("authority", _AUTHORITY))
    op.execute("UPDATE bad_address SET authority = (SELECT authority FROM person WHERE person.id = bad_address.person)")
    numbers = connection.execute(sa.select(_number.c.person, _number.c.number)).all()
    connection.execute(sa.delete(_number))
    with op.batch_alter_table("person_number") as batch:
        batch.drop_constraint("fk_person_number_person_person", type_="foreignkey")
        batch.add_column(sa.Column("authority", _AUTHORITY, nullable=False))
    with op.batch_alter_table("person") as batch:
        batch.drop_constraint("pk_person", type_="primary")
        batch.create_primary_key("pk_person", ["id", "authority"])
    with op.batch_alter_table("person_number") as batch:
        _make_key(batch, "person_number", ["person", "authority", "number"])
        batch.create_foreign_key(
            "fk_person_number_person_authority_person", "person", ["person", "authority"], ["id", "authority"]
        )
    _record_for_each()
    authorities_of: dict[str, list[str]] = {}
    for person in connection.execute(sa.select(_person.c.id, _person.c.authority)):
        authorities_of.setdefault(person.id, []).append(person.authority)
    rows = [
        {"person": person, "authority": authority, "number": number}
        for person, number in numbers
        for authority in authorities_of[person]
    ]
    if rows:
        connection.execute(sa.insert(_number), rows)


def _record_for_each() -> None:
    connection = op.get_bind()
    recorded = sa.select(_event.c.authority, _event.c.subject, _event.c.raw).where(_event.c.type == "person.recorded")
    newest = connection.execute(recorded.where(_event.c.authority.is_not(None)).order_by(_event.c.time, _event.c.seq))
    mobiles = {(authority, person): raw["data"].get("mobile") for authority, person, raw in newest}
    present = {(row.authority, row.id) for row in connection.execute(sa.select(_person.c.authority, _person.c.id))}
    for (authority, person), mobile in mobiles.items():
        if (authority, person) not in present:
            connection.execute(sa.insert(_person).values(id=person, authority=authority, mobile=_normal(mobile)))


def _lend_persons() -> None:
    """Whom an authority's plans and roles name, and others alone have recorded, it has recorded too from now on.

    They were told until now, and go on to be: what is stored of them is stored once more, as that authority's own.
    """
    connection = op.get_bind()
    lent: set[tuple[str, str]] = set()
    while missing := _named(connection) - _present(connection) - lent:
        for authority, person in sorted(missing):
            _lend(connection, authority, person)
        lent |= missing


def _named(connection: sa.Connection) -> set[tuple[str, str]]:
    on_plans = connection.execute(sa.select(_plan_person.c.authority, _plan_person.c.person).distinct())
    named = {(authority, person) for authority, person in on_plans}
    kinds = _event.c.type.in_(("role.assigned", "absence.recorded"))
    standing = (_event.c.authority.is_not(None), ~_event.c.waiting)
    for authority, raw in connection.execute(sa.select(_event.c.authority, _event.c.raw).where(kinds, *standing)):
        named |= {(authority, raw["data"][field]) for field in ("person", "cover") if raw["data"].get(field)}
    return named


def _present(connection: sa.Connection) -> set[tuple[str, str]]:
    return {(row.authority, row.id) for row in connection.execute(sa.select(_person.c.authority, _person.c.id))}


def _lend(connection: sa.Connection, authority: str, person: str) -> None:
    columns = [column for column in _event.c if column.name != "seq"]
    about = (_event.c.about == "person", _event.c.subject == person, ~_event.c.waiting)
    stored = connection.execute(sa.select(*columns).where(*about).order_by(_event.c.seq)).mappings().all()
    if not any(event["type"] == "person.recorded" for event in stored):
        return
    # Another authority may have borrowed the person before, and this one may have decided something about it.
    own = {(event["source"], event["id"]) for event in stored if event["authority"] == authority}
    lent: dict[tuple[str, str], Mapping[str, Any]] = {}
    for event in stored:
        name = (event["source"], event["id"])
        if name not in own:
            lent.setdefault(name, {**event, "authority": authority})
    # They are numbered as the newest: that numbers and moments grow together is relied on.
    newest = connection.scalar(sa.select(sa.func.max(_event.c.received_at)))
    if lent:
        connection.execute(sa.insert(_event), [{**event, "received_at": newest} for event in lent.values()])
    mobile = connection.scalar(sa.select(_person.c.mobile).where(_person.c.id == person).limit(1))
    connection.execute(sa.insert(_person).values(id=person, authority=authority, mobile=mobile))
    numbers = connection.scalars(sa.select(_number.c.number).where(_number.c.person == person).distinct()).all()
    if numbers:
        rows = [{"person": person, "authority": authority, "number": number} for number in numbers]
        connection.execute(sa.insert(_number), rows)


def _records() -> None:
    for table in ("withheld", "problem"):
        op.add_column(table, sa.Column("authority", _AUTHORITY))
        _set_from_plan(table)
    _place_problems()
    for table, key in _OTHERS.items():
        op.execute(f"UPDATE {table} SET authority = '' WHERE authority IS NULL")  # noqa: S608
        with op.batch_alter_table(table) as batch:
            _make_key(batch, table, key)


def _place_problems() -> None:
    """What is to be mended and concerns no stored plan: whose it is stands in its key, or in what the key names."""
    connection = op.get_bind()
    for key in connection.scalars(sa.select(_problem.c.key).where(_problem.c.authority.is_(None))).all():
        kind, _, rest = key.partition("|")
        source, _, event = rest.rpartition("#")
        whose: Mapping[str, sa.Select[Any]] = {
            "waiting": sa.select(_event.c.authority).where(_event.c.source == source, _event.c.id == event),
            "conflict": sa.select(_event.c.authority).where(_event.c.source == source, _event.c.id == event),
            "ahead": sa.select(_event.c.authority).where(_event.c.source == rest.rpartition("|")[0]).limit(1),
            "undeliverable": sa.select(_message.c.authority).where(_message.c.key == rest),
        }
        authority = rest.partition("|")[0] if kind == "role_vacant" else None
        if kind in whose:
            authority = connection.scalar(whose[kind])
        connection.execute(sa.update(_problem).where(_problem.c.key == key).values(authority=authority))


def _findings() -> None:
    codes = ", ".join(f"'{code}'" for code in _ABOUT_ONE)
    about_one = f"authority IS NOT NULL AND code IN ({codes})"
    op.execute(f"UPDATE finding SET key = authority || '|' || key WHERE {about_one}")  # noqa: S608


def _received_stops() -> None:
    """The numbers from which a text came that asked for no more: so far they stood among one authority's events."""
    connection = op.get_bind()
    taken = sa.select(_raw_inbound.c.received_at, _raw_inbound.c.body, _raw_inbound.c.meant)
    stops: set[tuple[str, datetime]] = set()
    for received_at, body, meant in connection.execute(taken.where(_raw_inbound.c.taken_as == "check_in.replied")):
        number = _normal(body.get("From"))
        if number is not None and any(_is_stop(text) for text in _texts(body, meant or ())):
            stops.add((number, _moment(body, received_at)))
    for number, at in sorted(stops):
        connection.execute(sa.insert(_received_stop).values(number=number, at=at))


def _texts(body: Mapping[str, Any], meant: Iterable[Mapping[str, Any]]) -> list[str]:
    return [str(body.get("Body", "")), *(str(event["data"].get("text", "")) for event in meant)]


def _is_stop(text: str) -> bool:
    letters = "".join(sign if sign.isalnum() else " " for sign in unicodedata.normalize("NFKC", text).casefold())
    return " ".join(letters.split()) in _STOP


def _moment(body: Mapping[str, Any], received_at: datetime) -> datetime:
    try:
        return min(datetime.fromisoformat(str(body.get("At"))), received_at)
    except (TypeError, ValueError):
        return received_at


def _normal(number: object) -> str | None:
    """A number in international form, as the service keeps it; None where it is none."""
    digits = "".join(sign for sign in str(number or "") if sign.isdigit())
    if digits.startswith("07"):
        digits = f"44{digits[1:]}"
    return f"+{digits}" if digits else None
