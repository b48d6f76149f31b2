"""Emails that gather lines of many plans: which lines make one, and what comes after it."""

from dataclasses import replace

from sqlalchemy import event

from config.database import reading, transact
from notifications.outbox import outbox
from service.domain.telling.records import DigestLine
from service.store import digest_lines
from service.use_cases.looks.send_gathered import send_gathered
from tests.world import World, book

ITEM = {"days_over": 1}


def line(world: World, name: str, template: str = "digest", authority: str = "dudley") -> DigestLine:
    """A line for somebody, about no plan."""
    return DigestLine(
        key=name, plan=None, authority=authority, role="social_worker", person="w-sw", at=world.clock.now(),
        obligation=None, about={"event": name}, item=ITEM, template=template,
    )  # fmt: skip


async def gathered(world: World, *lines: DigestLine) -> list[tuple[str, str, list[object]]]:
    """The emails that lines make: template, authority, and what each is about."""
    await transact(world.service.sessions, lambda session: digest_lines.add(session, lines))
    while await send_gathered(world.service.sessions, book(), world.clock.now()):
        pass
    async with reading(world.service.sessions) as session:
        rows = [row.message for row in await outbox.recent(session, person="w-sw")]
    return sorted((row.template, row.authority, [entry["event"] for entry in row.about]) for row in rows)


async def test_each_template_makes_an_email_of_its_own(world: World) -> None:
    lines = [line(world, "a"), line(world, "b"), line(world, "c", "takeover"), line(world, "d", "overdue_list")]
    assert await gathered(world, *lines) == [
        ("digest", "dudley", ["a", "b"]), ("overdue_list", "dudley", ["d"]), ("takeover", "dudley", ["c"]),
    ]  # fmt: skip


async def test_a_line_that_is_added_again_is_in_one_email_once(world: World) -> None:
    once = [("digest", "dudley", ["a", "b"])]
    assert await gathered(world, line(world, "a"), line(world, "b"), line(world, "a")) == once
    await world.until("2026-01-06T09:00")
    assert await gathered(world, line(world, "b")) == once


async def test_two_councils_that_use_one_id_write_to_two_people(world: World) -> None:
    assert await gathered(world, line(world, "a"), line(world, "b", authority="bradford")) == [
        ("digest", "bradford", ["b"]), ("digest", "dudley", ["a"]),
    ]  # fmt: skip


async def test_a_line_that_comes_after_the_email_waits_for_the_next_working_day(world: World) -> None:
    await gathered(world, line(world, "a", "overdue_list"))
    late = replace(line(world, "b", "overdue_list"), at=world.clock.now())
    assert await gathered(world, late) == [("overdue_list", "dudley", ["a"])]
    await world.until("2026-01-06T08:59")
    assert await gathered(world) == [("overdue_list", "dudley", ["a"])]
    world.clock.advance(minutes=1)
    assert await gathered(world) == [("overdue_list", "dudley", ["a"]), ("overdue_list", "dudley", ["b"])]


async def statements_for(world: World, number: int) -> int:
    """How many statements it takes to gather a digest of two lines for each of so many people of a council."""
    people = [f"w-{number}-{place}" for place in range(number)]
    lines = [replace(line(world, f"{name}-{entry}"), person=name) for name in people for entry in "ab"]
    statements: list[str] = []
    engine = world.service.sessions.kw["bind"].sync_engine
    await transact(world.service.sessions, lambda session: digest_lines.add(session, lines))
    event.listen(engine, "before_cursor_execute", count := lambda *given: statements.append(str(given[2])))
    assert await send_gathered(world.service.sessions, book(), world.clock.now())
    event.remove(engine, "before_cursor_execute", count)
    async with reading(world.service.sessions) as session:
        about = {name: [row.message.about for row in await outbox.recent(session, person=name)] for name in people}
    assert about == {name: [({"event": f"{name}-a"}, {"event": f"{name}-b"})] for name in people}
    return len(statements)


async def test_each_digest_of_several_that_are_gathered_takes_one_statement_more(world: World) -> None:
    few, many = [await statements_for(world, number) for number in (2, 7)]
    assert many - few <= 7 - 2


async def test_the_lines_of_several_emails_are_read_at_once_each_with_its_own(world: World) -> None:
    lines = [line(world, "a"), line(world, "b", "takeover"), line(world, "c", authority="bradford")]
    await gathered(world, *lines)
    async with reading(world.service.sessions) as session:
        emails = [row.message for row in await outbox.recent(session, person="w-sw")]
        by_email = await digest_lines.lines_in(session, emails, with_items=["digest", "takeover"])
    assert {email.name: by_email[email.name] for email in emails} == {
        email.name: [entry for entry in lines if (entry.template, entry.authority) == (email.template, email.authority)]
        for email in emails
    }
