"""A new SQLite is made by a script, and is what all steps together make."""

from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from config.database import make_engine
from service.store import schema
from tests.documents.new_database import script, script_of


async def test_a_new_database_is_as_if_all_steps_had_been_run(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}")
    assert await schema.upgrade(engine) == (None, schema.newest())
    await engine.dispose()
    assert script_of(tmp_path / "new.db") == schema.NEW_SQLITE.read_text(encoding="utf-8")


async def test_a_start_that_ends_in_the_middle_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, cut = schema.NEW_SQLITE.read_text(encoding="utf-8"), tmp_path / "cut.sql"
    (tmp_path / "new.db").touch()  # an empty file is a new database, too
    engine = make_engine(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}")
    cut.write_text(f"{whole[: len(whole) // 2].rpartition(';')[0]};\n\nno more;", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(schema, "NEW_SQLITE", cut)
        with pytest.raises(DBAPIError, match="syntax error"):
            await schema.upgrade(engine)
    assert await schema.upgrade(engine) == (None, schema.newest())
    await engine.dispose()
    assert script_of(tmp_path / "new.db") == whole


def test_the_script_is_of_today() -> None:
    # Stale? python -m tests.documents.new_database > service/migrations/new_sqlite.sql
    assert schema.NEW_SQLITE.read_text(encoding="utf-8") == script()
