"""A statement that was compiled for one engine serves every other of its kind: each test has an engine of its own."""

from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

Key = tuple[Any, ...]


class CompiledStatements:
    """What SQLAlchemy keeps for one engine, kept for all: a key begins with the engine's dialect.

    It is no dict: a log of a fault shows the values of each frame, and would go through all of it.
    """

    def __init__(self) -> None:
        self._kept: dict[Key, Any] = {}

    def get(self, key: Key) -> Any:
        """What was compiled, if it was."""
        return self._kept.get(_for_its_kind(key))

    def __setitem__(self, key: Key, compiled: Any) -> None:
        self._kept[_for_its_kind(key)] = compiled


def _for_its_kind(key: Key) -> Key:
    return (type(key[0]), *key[1:])


def keep_compiled_statements() -> None:
    """From now on, in this process."""
    kept = CompiledStatements()

    @event.listens_for(Engine, "engine_connect")
    def use_what_is_kept(connection: Connection) -> None:
        connection.execution_options(compiled_cache=kept)
