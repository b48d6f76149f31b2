"""A PostgreSQL that is sharded by authority can hold the tables: the rules are Citus's, the extension is not needed.

A distributed table lies in pieces by its authority. Every key of it that is unique, and every reference, must hold
the authority, or no piece by itself could keep it. Each reference leads to a table of the same kind, or to one that
every piece has whole. Everything else is listed, with why it may stand beside.
"""

from collections.abc import Iterator, Mapping

import pytest
from sqlalchemy import ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, UniqueConstraint

import service.store.schema  # noqa: F401 - it puts all tables into `metadata`
from config.database import metadata

# Whole on each piece, or on one: small, of no authority, or asked before the authority is known.
BESIDE: Mapping[str, str] = {
    "account": "a name signs in before anybody knows of which authority it is",
    "passkey": "an account's",
    "begun": "an account's, by a hash from an address",
    "viewer_session": "found by the hash of a cookie",
    "sign_in_failure": "counted by name and address, for all authorities",
    "token": "found by the hash that a case system shows",
    "secret": "one row for all",
    "calendar_address": "found by a hash from an address; one row a person",
    "alert_link": "found by a hash from an address",
    "raw_inbound": "a text as it came: whose it is, its number says later, and it may be several authorities'",
    "receipt": "found by the provider's id",
    "received_stop": "silences a number for all authorities",
    "policy": "every process reads all of them; a few rows a year",
    "finding": "of the sentinel, which asks about all authorities",
    "process": "one row a process",
    "pull": "one row a provider",
    "canary": "planwatch's own email to itself",
    "interruption": "holds and pauses are for all authorities",
    "erased_up_to": "how far the numbers of the whole database had come",
}
DISTRIBUTED = [table for name, table in sorted(metadata.tables.items()) if name not in BESIDE]


def keys(table: Table) -> Iterator[tuple[str, ...]]:
    """What is unique in a table, and what it refers by."""
    for constraint in table.constraints:
        if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint | ForeignKeyConstraint):
            yield tuple(column.name for column in constraint.columns)
    yield from (_columns(index) for index in table.indexes if index.unique)


def _columns(index: Index) -> tuple[str, ...]:
    return tuple(column.name for column in index.columns)


@pytest.mark.parametrize("table", DISTRIBUTED, ids=lambda table: table.name)
def test_every_key_holds_the_authority(table: Table) -> None:
    assert [key for key in keys(table) if "authority" not in key] == []


@pytest.mark.parametrize("table", DISTRIBUTED, ids=lambda table: table.name)
def test_a_reference_leads_from_piece_to_piece_by_the_authority(table: Table) -> None:
    for reference in table.foreign_key_constraints:
        assert reference.referred_table.name not in BESIDE
        pairs = {(element.parent.name, element.column.name) for element in reference.elements}
        assert ("authority", "authority") in pairs


def test_nothing_is_listed_that_is_not_there() -> None:
    assert set(BESIDE) <= set(metadata.tables)
    assert [name for name in BESIDE if metadata.tables[name].foreign_keys] == []
