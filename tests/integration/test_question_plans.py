"""How SQLite asks for events and for duties: by the index that leaves the fewest, whatever it knows of them."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import ClauseElement, Connection, create_engine, text
from sqlalchemy.sql.compiler import SQLCompiler

from config.database import metadata
from service.sentinel import sources
from service.sentinel.round import part
from service.store import events_around, figures, serving
from service.store.tables import IS_LIVE, obligation

PLANS = [f"P-{number}" for number in range(25)]
BY_SUBJECT, BY_AUTHORITY = "ix_event_about_subject_authority", "ix_event_about_authority"
# As ANALYZE finds them with 3,000 plans of one authority.
STATISTICS = [
    {"tbl": "event", "idx": BY_SUBJECT, "stat": "62779 20927 20 20"},
    {"tbl": "event", "idx": BY_AUTHORITY, "stat": "62779 20927 20927"},
    {"tbl": "plan_person", "idx": "ix_plan_person_person_authority", "stat": "6060 32 32"},
]
QUESTIONS: dict[str, ClauseElement] = {
    "around plans": events_around._AROUND_PLANS,
    "of persons": events_around._OF_PERSONS,
    "bearing on people": events_around._BEARING_ON_PEOPLE,
    "plans served": serving._PLANS_SERVED,
}
VALUES = {"plans": PLANS, "persons": PLANS, "people": PLANS, "authority": "dudley", "begin": 1, "end": 2}


@pytest.fixture(params=["without statistics", "with statistics"])
def connection(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """An empty database, which may believe that it is full."""
    with create_engine("sqlite://").connect() as opened:
        metadata.create_all(opened)
        opened.execute(text("ANALYZE"))
        if request.param == "with statistics":
            opened.execute(text("INSERT INTO sqlite_stat1 VALUES (:tbl, :idx, :stat)"), STATISTICS)
            opened.execute(text("ANALYZE sqlite_schema"))  # which has them read
        yield opened


def steps(connection: Connection, question: ClauseElement) -> list[str]:
    compiled = question.compile(connection)
    assert isinstance(compiled, SQLCompiler)
    expanded = compiled.construct_expanded_state(VALUES)
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {expanded.statement}", expanded.positional_parameters)
    return [row[3] for row in rows if "event" in row[3].split()]


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_events_of_some_plans_are_found_by_their_plan(connection: Connection, name: str) -> None:
    read = steps(connection, QUESTIONS[name])
    of_everybody = [step for step in read if BY_SUBJECT not in step]
    roles = [f"SEARCH event USING INDEX {BY_AUTHORITY} (about=? AND authority=?)"]  # those of the whole authority
    assert of_everybody == (roles if name == "around plans" else [])
    assert len(read) == (3 if name == "around plans" else 1)


def test_who_sent_lately_is_found_by_number_and_not_among_all_that_was_ever_sent(connection: Connection) -> None:
    by_number = "SEARCH event USING INDEX sqlite_autoindex_event_1 (seq>? AND seq<?)"
    assert steps(connection, sources._SENDERS) == [by_number]


ROUNDS = {
    "people": (
        ("authority", "responsible"),
        "ix_obligation_authority_responsible_status ((authority,responsible)>(?,?))",
    ),
    "late": (
        ("due_on", "authority", "plan"),
        "ix_obligation_due_on_authority_plan_status ((due_on,authority,plan)>(?,?,?))",
    ),
}


@pytest.mark.parametrize("name", ROUNDS)
def test_a_part_of_what_is_owed_is_read_from_where_the_last_one_ended(connection: Connection, name: str) -> None:
    columns, index = ROUNDS[name]
    question = part([obligation.c[column] for column in columns], ["x"] * len(columns), 1_000, IS_LIVE)
    compiled = question.compile(connection)
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", ("x",) * len(columns) + (9, 0))
    assert [row[3] for row in rows] == [f"SEARCH obligation USING COVERING INDEX {index}"]


def test_what_is_owed_is_counted_in_an_index_without_what_is_settled(connection: Connection) -> None:
    compiled = figures._owed(date(2026, 11, 29)).compile(connection)
    assert isinstance(compiled, SQLCompiler)
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", ("overdue", "2026-11-29"))
    of_live = {f"SCAN obligation USING COVERING INDEX {index.name}" for index in obligation.indexes}
    assert {row[3] for row in rows} <= of_live  # all of them are
