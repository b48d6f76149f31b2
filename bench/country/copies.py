"""Copies of a council's rows under other names, made by the database itself: millions in minutes."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache, reduce
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    MetaData,
    Table,
    Text,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    type_coerce,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.dml import Insert

import notifications.tables as outbox
from bench.country.council import AUTHORITY, PLANS
from service.domain.calendar import LONDON
from service.store import tables as store

AUTHORITIES = 153
# In this order: what is named comes before what names it.
WHOLE = (
    store.person, store.plan, store.event, store.event_wait, store.person_number, store.plan_person, store.obligation,
    store.ledger, store.digest_line, store.withheld, store.problem, outbox.message, outbox.attempt,
)  # fmt: skip
# A plan at rest, and no more of it than a question about all plans could meet.
THIN = (store.plan, store.obligation, outbox.message)
# … and all that happened to it: as many events as a country has.
THIN_WITH_EVENTS = (store.plan, store.event, store.obligation, outbox.message)
_A_FEW = {"obligation": "status IN ('open', 'overdue')", "message": "id < '2'", "event": "about <> 'authority'"}
_ORIGINAL, _FEW = "original_", "few_"
_BUILT_IN = ("bradford", "darlington", "south_gloucestershire", "wakefield")
_NAMES = (*_BUILT_IN, *(f"council-{number}" for number in range(len(_BUILT_IN) + 1, AUTHORITIES)))
_BY_CHANCE = {("message", "id"), ("message", "outside_id"), ("attempt", "id"), ("attempt", "message_id")}
_EARLIER = datetime(2025, 6, 2, 9, tzinfo=LONDON)  # well before the council's own events
_MOST_COPIES = 100_000
_LARGEST = 20  # copies: a thousand plans of one authority, all of which can be due


def places(plans: int) -> Iterator[tuple[str, int]]:
    """The authority and number of each copy: with the council itself, copy 0, they make so many plans."""
    for copy in range(1, plans // PLANS):
        yield (AUTHORITY if copy < _LARGEST else _NAMES[copy % len(_NAMES)]), copy


def set_apart(connection: Connection) -> None:
    """Keep the council's rows as they stand, in tables of their own, from which copies are made."""
    for tables, name, is_few in ((WHOLE, _ORIGINAL, False), (THIN_WITH_EVENTS, _FEW, True)):
        for table in tables:
            where = f" WHERE {_A_FEW[table.name]}" if is_few and table.name in _A_FEW else ""
            connection.execute(text(f"CREATE TABLE {name}{table.name} AS SELECT * FROM {table.name}{where}"))  # noqa: S608


def add_copy(connection: Connection, authority: str, copy: int, tables: Sequence[Table]) -> None:
    """Copy the rows for an authority; people and plans are named after the copy's number."""
    last = connection.scalar(select(func.max(_apart(store.event, _ORIGINAL).c.seq)))
    for table in tables:
        rows = _apart(table, _ORIGINAL if tables is WHOLE else _FEW)
        values = [_value(connection, table, column, authority, copy, last) for column in rows.columns]
        names = [column.name for column in rows.columns]
        source = select(*values).select_from(rows)
        if table is outbox.attempt:  # whose message is there already is told once
            source = source.where(exists().where(outbox.message.c.id == values[names.index("message_id")]))
        connection.execute(_new_only(connection, table).from_select(names, source))


def add_events(connection: Connection, authority: str, copy: int, time: int) -> None:
    """Copy the events of an authority's plans once more, under other ids, for as many as a longer time brings."""
    rows = _apart(store.event, _FEW)
    last = connection.scalar(select(func.max(_apart(store.event, _ORIGINAL).c.seq)))
    # Those of a later time came even earlier than all of an earlier one.
    place = copy + time * _MOST_COPIES
    values = {column.name: _value(connection, store.event, column, authority, copy, last) for column in rows.columns}
    values |= {name: _before(rows.columns[name], place, last) for name in ("seq", "received_at")}
    values |= {"id": values["id"].op("||")(literal(f"-{time}"))}
    connection.execute(_new_only(connection, store.event).from_select([*values], select(*values.values())))


@cache  # the same object, so that the statement is compiled once
def _apart(table: Table, name: str) -> Table:
    return table.to_metadata(MetaData(), name=f"{name}{table.name}")


def settle(connection: Connection) -> None:
    """Have the database count on from the last number, and look at how much there is of what."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT setval(pg_get_serial_sequence('event', 'seq'), max(seq)) FROM event"))
    connection.execute(text("ANALYZE"))


def _new_only(connection: Connection, table: Table) -> Insert:
    """What is put in where it is not there yet: an authority's own people and their roles are the same in each copy."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return insert(table).prefix_with("OR IGNORE")


def _value(
    connection: Connection, table: Table, column: Any, authority: str, copy: int, last: int
) -> ColumnElement[Any]:
    if column.name == "authority":
        return literal(authority)
    if column.name == "seq" or (table is store.event and column.name == "received_at"):
        return _before(column, copy, last)
    if (table.name, column.name) in _BY_CHANCE:
        return func.substr(column, 1, 24).op("||")(literal(f"{copy:08}"))
    if isinstance(column.type, JSON):
        return _json(connection, _renamed(_text(connection, column), copy))
    return _renamed(column, copy) if _holds_names(column) else column


def _before(column: Any, copy: int, last: int) -> ColumnElement[Any]:
    """Numbers and moments of arrival ahead of all others: the auditor counts on events being numbered as they came."""
    return column - literal(last * copy) if column.name == "seq" else literal(_EARLIER - timedelta(minutes=copy))


def _text(connection: Connection, column: Any) -> ColumnElement[Any]:
    """A column of JSON as the text that is stored."""
    return cast(column, Text) if connection.dialect.name == "postgresql" else type_coerce(column, Text)


def _json(connection: Connection, words: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(words, JSON) if connection.dialect.name == "postgresql" else words


def _holds_names(column: Any) -> bool:
    length = getattr(column.type, "length", 0)
    return hasattr(column.type, "length") and (length is None or length >= 200 or column.name in ("mobile", "number"))


def _renamed(words: ColumnElement[Any], copy: int) -> ColumnElement[Any]:
    """Words in which plans, workers, managers and numbers are those of a copy."""
    people = [(name, name.replace("-", f"{copy}-")) for name in ("P-", "Wk-", "Mg-")]
    names = (*people, ("+447700900", f"+447{copy:06}"))
    return reduce(lambda inner, pair: func.replace(inner, *pair), names, words)
