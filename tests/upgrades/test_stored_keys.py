"""Every key that the version of 27 November stored is read by a kind of key of today, and written back the same."""

import sqlite3
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from service.domain import keys
from service.domain.keys.key import Key
from tests.upgrades.older import unpacked

TABLES = ("ledger", "message", "digest_line", "withheld", "problem")
MODULES = [import_module(found.name) for found in iter_modules(keys.__path__, f"{keys.__name__}.")]
KINDS = {
    kind
    for module in MODULES
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Key) and kind is not Key
}


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """The older version's database, read as it is."""
    (tmp_path / "planwatch.db").write_bytes(unpacked("planwatch.sqlite3.gz"))
    connection = sqlite3.connect(tmp_path / "planwatch.db")
    yield connection
    connection.close()


def rewritten(text: str) -> set[str]:
    """A stored key as each kind that can read it writes it."""
    forms = set()
    for kind in KINDS:
        try:
            forms.add(str(kind.parse(text)))
        except ValueError:
            continue
    return forms


@pytest.mark.parametrize("table", TABLES)
def test_each_stored_key_is_read_and_written_back_to_the_letter(stored: sqlite3.Connection, table: str) -> None:
    texts = [text for (text,) in stored.execute(f'SELECT key FROM "{table}"')]  # noqa: S608 - a name from above
    assert len(texts) > 1
    assert {text: rewritten(text) for text in texts if rewritten(text) != {text}} == {}
