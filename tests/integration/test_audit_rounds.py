"""The auditor's two questions about all that is owed go round, and find what asking about all of it at once finds."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import ManualClock
from config.database import make_engine, make_sessions, reading, transaction
from service.sentinel.auditor import Auditor, ScheduledQuestion
from service.sentinel.finding import MOST, Asked, AuditFinding, Expected
from service.sentinel.told import Untold
from service.sentinel.unreachable import Unreachable
from service.sentinel.working_days import WorkingDays
from service.store.tables import bad_address, event, finding, obligation, plan

pytestmark = pytest.mark.both_databases

MONDAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
COUNCILS, PEOPLE, PLANS = ("dudley", "wakefield"), ("w-1", "w-2", "w-3", "w|4"), ("P-1", "P-2", "P|3")
PART = 2
ROUND = len(COUNCILS) * len(PLANS) * 2 // PART + 2  # looks: each plan has two duties at most


class Owing:
    """A database in which people owe something on plans, with an auditor that asks about a part at a look."""

    def __init__(self, address: str) -> None:
        self.engine = make_engine(address)
        self.sessions = make_sessions(self.engine)
        self.clock = ManualClock(MONDAY)
        self.unreachable, self.untold = Unreachable(people=PART), Untold(late=PART)
        self.auditor = self.auditor_of()

    def auditor_of(self, *others: ScheduledQuestion) -> Auditor:
        """One that asks the two questions, and others before them."""
        asked = (
            ScheduledQuestion(self.unreachable.find, ("person_unreachable",), kept=self.unreachable.kept),
            ScheduledQuestion(self.untold.find, ("overdue_untold",), kept=self.untold.kept),
        )
        return Auditor(self.sessions, self.clock, Expected(), "a", questions=(*others, *asked))

    async def add(self, table: Table, *rows: dict[str, Any]) -> None:
        """Put rows into a table."""
        async with transaction(self.sessions) as session:
            await session.execute(insert(table), list(rows))

    async def everybody(self) -> None:
        """People with an email address, and plans."""
        names = [(council, person) for council in COUNCILS for person in PEOPLE]
        await self.add(event, *(_recorded(number, *name) for number, name in enumerate(names, 1)))
        await self.add(
            plan,
            *({"authority": a, "id": p, "version": 1, "fault_count": 0} for a in COUNCILS for p in PLANS),
        )

    async def change(self, chance: Random) -> None:
        """Some duty is owed anew, by another, or no longer; some address turns bad, or good again."""
        authority, person = chance.choice(COUNCILS), chance.choice(PEOPLE)
        named = {"authority": authority, "plan": chance.choice(PLANS), "key": chance.choice(("a|b", "c"))}
        address = {"authority": authority, "person": person, "channel": "email"}
        async with transaction(self.sessions) as session:
            await session.execute(delete(obligation).filter_by(**named))
            await session.execute(delete(bad_address).filter_by(**address))
            if chance.random() < 0.8:
                due_on = self.clock.now().date() - timedelta(days=chance.randrange(9))
                await session.execute(insert(obligation).values(_duty(**named, due_on=due_on, responsible=person)))
            if chance.random() < 0.5:
                values = {**address, "address": "x@example.org", "reason": "x", "at": MONDAY}
                await session.execute(insert(bad_address).values(values))

    async def stored(self) -> set[tuple[str, str]]:
        """Code and key of each finding that stands."""
        async with reading(self.sessions) as session:
            return {(code, key) for code, key in await session.execute(select(finding.c.code, finding.c.key))}

    async def of_all(self) -> set[tuple[str, str]]:
        """What is found by asking about everything at once, as the first look of an auditor does."""
        context = Asked(self.clock.now(), Expected(), WorkingDays({}))
        async with reading(self.sessions) as session:
            found = [*await Unreachable().find(session, context), *await Untold().find(session, context)]
        return {(each.code, each.key) for each in found}


def _recorded(number: int, authority: str, person: str) -> dict[str, Any]:
    raw = {"data": {"email": "x@example.org"}}
    names = {"source": f"/{authority}/x", "id": f"e-{number}", "type": "person.recorded", "subject": person}
    moments = {"time": MONDAY, "received_at": MONDAY}
    about = {"about": "person", "authority": authority, "waiting": False}
    return {"seq": number, **names, **moments, **about, "raw": raw, "fingerprint": "x"}


def _duty(authority: str, plan: str, key: str, due_on: date, responsible: str = "w-1") -> dict[str, Any]:
    days = {"opened_on": date(2026, 1, 1), "due_on": due_on, "act_by": due_on}
    rule = {"kind": "visit", "rule": "x", "basis": "guidance", "from_event": "e", "responsible_role": "social_worker"}
    named = {"authority": authority, "plan": plan, "key": key}
    return {**named, **days, **rule, "responsible": responsible, "status": "open", "more": {}}


@pytest.fixture
async def owing(database: str) -> AsyncIterator[Owing]:
    made = Owing(database)
    await made.everybody()
    yield made
    await made.engine.dispose()


@pytest.mark.parametrize("seed", range(4))
async def test_a_round_finds_what_asking_about_all_finds_and_nothing_stands_longer(owing: Owing, seed: int) -> None:
    chance, sizes = Random(seed), set()
    for _ in range(8):
        for _ in range(3):
            await owing.change(chance)
        owing.clock.advance(hours=chance.choice((0, 24)))
        for _ in range(ROUND):
            await owing.auditor.look()
            assert await owing.stored() <= await owing.of_all()
        assert await owing.stored() == await owing.of_all()
        sizes.add(len(await owing.stored()))
    assert len(sizes) > 2


async def test_what_becomes_late_is_found_on_its_first_day_wherever_the_round_is(owing: Owing) -> None:
    await owing.add(obligation, *(_duty("dudley", "P-1", f"k{day}", date(2026, 1, day)) for day in range(5, 25)))
    await owing.add(obligation, _duty("dudley", "P|3", "late", date(2026, 2, 26)))  # a Thursday
    await owing.auditor.look()
    just_late = ("overdue_untold", "dudley|P|3|late")
    assert just_late not in await owing.stored()
    owing.clock.set(datetime(2026, 3, 3, 0, 5, tzinfo=UTC))  # Friday and Monday have passed
    await owing.auditor.look()
    assert just_late in await owing.stored()


async def test_a_part_whose_findings_were_not_stored_is_asked_about_again(owing: Owing) -> None:
    await owing.add(obligation, *(_duty("dudley", "P-1", person, date(2026, 4, 1), person) for person in PEOPLE))
    await owing.auditor.look()
    bad = {"authority": "dudley", "channel": "email", "address": "x@example.org", "reason": "x", "at": MONDAY}
    await owing.add(bad_address, *({**bad, "person": person} for person in PEOPLE))

    async def fails(_session: AsyncSession, _context: Asked) -> Sequence[AuditFinding]:
        raise OSError("away")

    with pytest.raises(OSError, match="away"):
        await owing.auditor_of(*_after(owing, fails)).look()
    await owing.auditor.look()
    assert await owing.stored() == {("person_unreachable", f"dudley|{person}") for person in PEOPLE[:PART]}


async def test_what_another_auditor_stored_meanwhile_stands_although_it_was_not_asked_about(owing: Owing) -> None:
    await owing.add(obligation, *(_duty("dudley", "P-1", person, date(2026, 4, 1), person) for person in PEOPLE))
    await owing.auditor.look()
    last, other = PEOPLE[-1], Owing(str(owing.engine.url.render_as_string(hide_password=False)))
    bad = {"authority": "dudley", "channel": "email", "address": "x@example.org", "reason": "x", "at": MONDAY}
    await owing.add(bad_address, {**bad, "person": last})

    async def another_looks(session: AsyncSession, context: Asked) -> Sequence[AuditFinding]:
        own = await owing.unreachable.find(session, context)
        await other.auditor.look()  # its first, which asks about everybody
        return own

    question = ScheduledQuestion(another_looks, ("person_unreachable",))
    await Auditor(owing.sessions, owing.clock, Expected(), "a", questions=(question,)).look()
    assert ("person_unreachable", f"dudley|{last}") in await owing.stored()
    await other.engine.dispose()


def _after(owing: Owing, fails: Any) -> Iterator[ScheduledQuestion]:
    """The question about people, then one that fails."""
    yield ScheduledQuestion(owing.unreachable.find, ("person_unreachable",), kept=owing.unreachable.kept)
    yield ScheduledQuestion(fails, ("fails",))


async def test_what_was_one_too_many_is_found_once_the_others_are_mended(owing: Owing) -> None:
    due_on = date(2026, 1, 5)
    await owing.add(obligation, *(_duty("dudley", "P-1", f"k{number}", due_on) for number in range(MOST)))
    others = (("dudley", "P-2"), ("dudley", "P|3"), ("wakefield", "P-1"))
    await owing.add(obligation, *(_duty(*name, "k", due_on) for name in others))
    await owing.auditor.look()
    assert len(await owing.stored()) == MOST
    async with transaction(owing.sessions) as session:
        mended = (obligation.c.plan == "P-1", obligation.c.authority == "dudley")
        await session.execute(update(obligation).where(*mended).values(status="met"))
    await owing.auditor.look()
    assert await owing.stored() == {("overdue_untold", f"{authority}|{name}|k") for authority, name in others}


def _bad(person: str) -> dict[str, Any]:
    known = {"authority": "dudley", "channel": "email", "address": "x@example.org", "reason": "x", "at": MONDAY}
    return {**known, "person": person}


async def test_whoever_owes_nothing_any_more_need_not_be_reached(owing: Owing) -> None:
    await owing.add(bad_address, _bad("w-1"))
    await owing.add(obligation, _duty("dudley", "P-1", "k", date(2026, 4, 1)))
    await owing.auditor.look()
    assert await owing.stored() == {("person_unreachable", "dudley|w-1")}
    async with transaction(owing.sessions) as session:
        await session.execute(update(obligation).values(status="met"))
    await owing.auditor.look()
    assert await owing.stored() == set()


async def test_whoever_was_one_too_many_is_found_once_the_others_are_mended(owing: Owing) -> None:
    many = [f"w-{number:04}" for number in range(MOST + PART + 1)]
    await owing.add(event, *(_recorded(number, "dudley", person) for number, person in enumerate(many, 100)))
    await owing.add(bad_address, *map(_bad, many))
    await owing.add(obligation, *(_duty("dudley", "P-1", person, date(2026, 4, 1), person) for person in many))
    await owing.auditor.look()
    assert len(await owing.stored()) == MOST
    async with transaction(owing.sessions) as session:
        await session.execute(delete(bad_address).where(bad_address.c.person < many[MOST]))
    await owing.auditor.look()
    assert await owing.stored() == {("person_unreachable", f"dudley|{person}") for person in many[MOST:]}


async def test_a_look_asks_about_no_more_than_its_part_after_the_first(owing: Owing) -> None:
    await owing.add(obligation, *(_duty("dudley", "P-1", person, date(2026, 4, 1), person) for person in PEOPLE))
    await owing.auditor.look()
    bad = {"authority": "dudley", "channel": "email", "address": "x@example.org", "reason": "x", "at": MONDAY}
    await owing.add(bad_address, *({**bad, "person": person} for person in PEOPLE))
    numbers = []
    for _ in range(3):
        await owing.auditor.look()
        async with reading(owing.sessions) as session:
            numbers.append(await session.scalar(select(func.count()).select_from(finding)))
    assert numbers == [2, 4, 4]
