"""One row at a time, as healthchecks works: claim the row that is due, render, connect, send, mark, and the next."""

import smtplib
import sys

from sqlalchemy import Boolean, Column, Integer, MetaData, Table, create_engine, insert, select, update

from bench.peers.mail import reminder
from bench.peers.stopwatch import Stopwatch

_DUE = Table(
    "due_reminder",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("claimed", Boolean, nullable=False),
    Column("sent", Boolean, nullable=False),
)


def fill(dsn: str, number: int) -> None:
    """A table with so many due rows."""
    engine = create_engine(_address(dsn))
    _DUE.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(_DUE), [{"id": n, "claimed": False, "sent": False} for n in range(number)])


def work(dsn: str, port: int) -> None:
    """Take rows until none is left."""
    engine, handed_over, watch = create_engine(_address(dsn)), 0, Stopwatch()
    while True:
        with engine.begin() as connection:
            row = connection.scalar(
                select(_DUE.c.id).where(~_DUE.c.claimed).order_by(_DUE.c.id).limit(1).with_for_update(skip_locked=True)
            )
            if row is None:
                break
            connection.execute(update(_DUE).where(_DUE.c.id == row).values(claimed=True))
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            smtp.send_message(reminder(row))
        with engine.begin() as connection:
            connection.execute(update(_DUE).where(_DUE.c.id == row).values(sent=True))
        handed_over += 1
    watch.stop(handed_over).print()


def _address(dsn: str) -> str:
    return dsn.replace("postgresql://", "postgresql+psycopg://")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fill", dsn, number]:
            fill(dsn, int(number))
        case ["work", dsn, port]:
            work(dsn, int(port))
