"""Numbers that rows get in the order of their coming: each is given once, though the row may be erased later."""

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, String, Table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from config.database import UTCDateTime, metadata

# How far a table had come when rows were last erased from it: its numbers go on from there, and whether the database
# is an older copy is measured by it.
erased_up_to = Table(
    "erased_up_to",
    metadata,
    Column("name", String(40), primary_key=True),  # of the table
    Column("number", BigInteger().with_variant(Integer(), "sqlite")),  # the highest that was given; null: it has none
    Column("at", UTCDateTime),  # the latest moment of its rows; null: it is not asked for
)


class NextNumber(FunctionElement[int]):
    """The next number of a table: what a column holds by itself in a new row.

    PostgreSQL has a sequence for it. SQLite numbers rows only under a key of one column, and only as long as the
    newest row stays. There the number follows the highest that is stored or was erased, which is safe because SQLite
    has one writer at a time. Insert rows one by one or by `executemany`: in a statement with several rows all would
    get the same number.
    """

    inherit_cache = True
    type = BigInteger()

    def __init__(self, table: str, column: str) -> None:
        """`column` of `table` has an index of which it is the first."""
        super().__init__()
        self.table, self.column = table, column


@compiles(NextNumber)
def _of_sequence(element: NextNumber, compiler: SQLCompiler, **options: Any) -> str:
    return "DEFAULT"


@compiles(NextNumber, "sqlite")
def _after_the_highest(element: NextNumber, compiler: SQLCompiler, **options: Any) -> str:
    stored = f"(SELECT max({element.column}) FROM {element.table})"  # noqa: S608 - our own names
    erased = f"(SELECT number FROM {erased_up_to.name} WHERE name = '{element.table}')"  # noqa: S608 - likewise
    return f"(1 + max(coalesce({stored}, 0), coalesce({erased}, 0)))"
