"""A statement that was compiled for one engine serves every other of its kind: each test has an engine of its own."""

from collections.abc import Hashable
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

Key = tuple[Any, ...]


class CompiledStatements(dict[Hashable, Any]):
    """What SQLAlchemy keeps for one engine, kept for all: a key begins with the engine's dialect."""

    def get(self, key: Any, default: Any = None) -> Any:
        """What was compiled, if it was."""
        return super().get(_for_its_kind(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(_for_its_kind(key), compiled)


def _for_its_kind(key: Key) -> Key:
    return (type(key[0]), *key[1:])


def keep_compiled_statements() -> None:
    """From now on, in this process."""
    kept = CompiledStatements()

    @event.listens_for(Engine, "engine_connect")
    def use_what_is_kept(connection: Connection) -> None:
        connection.execution_options(compiled_cache=kept)
