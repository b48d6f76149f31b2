"""The address of the database, in the spellings that people use for it."""

import importlib.util
from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgres": "postgresql+asyncpg", "postgresql": "postgresql+asyncpg"}
# What may stand behind the `?` of a PostgreSQL address: in libpq's words, which tools and providers hand out.
_OPTIONS = ("host", "port", "sslmode", "ssl", "connect_timeout", "application_name")
_NO_DRIVER = "PostgreSQL needs its driver, which is not installed: install planwatch[postgres]"


def with_async_driver(url: str) -> str:
    """The address with the driver that we use. ValueError says what is wrong, and repeats nothing of the address."""
    scheme, separator, rest = url.partition("://")
    driver = DRIVERS.get(scheme, scheme)
    if not separator or driver not in DRIVERS.values():
        raise ValueError("expected sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME")
    address = f"{driver}://{rest}"
    if driver == DRIVERS["postgresql"]:
        _check_postgres(address)
    return address


def _check_postgres(address: str) -> None:
    if importlib.util.find_spec("asyncpg") is None:
        raise ValueError(_NO_DRIVER)
    try:
        options = make_url(address).query
    except (ArgumentError, ValueError):
        raise ValueError("expected postgresql://USER:PASSWORD@HOST/NAME") from None
    strange = sorted(set(options) - set(_OPTIONS))
    if strange:
        raise ValueError(f"?{strange[0]} is not known; known are {', '.join(_OPTIONS)}")
    if not str(options.get("connect_timeout", "1")).isdigit():
        raise ValueError("?connect_timeout is a number of seconds")


def for_asyncpg(url: URL, arguments: Mapping[str, Any]) -> tuple[URL, dict[str, Any]]:
    """The address and the arguments for asyncpg, which does not know libpq's words; the address's own win."""
    query, merged = dict(url.query), dict(arguments)
    if (mode := query.pop("sslmode", None)) is not None:
        query["ssl"] = mode
    if (seconds := query.pop("connect_timeout", None)) is not None:
        merged["timeout"] = float(str(seconds))
    if (name := query.pop("application_name", None)) is not None:
        merged["server_settings"] = {**merged["server_settings"], "application_name": str(name)}
    return url.set(query=query), merged
