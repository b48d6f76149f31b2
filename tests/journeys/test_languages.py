"""A text whose translation nobody has checked goes in English, and the social worker learns of it once."""

from config.database import reading
from service.store import problems
from tests.databases import ON_SQLITE
from tests.world import World

NAN = "+447700900199"
TOLD = "P-1001: a text went out in English"


async def asked_in(world: World, language: str, *days: str) -> None:
    known = {"authority": "dudley", "name": "N", "kind": "family", "mobile": NAN, "language": language}
    await world.receive("person.recorded", "f-nan", **known)
    await world.receive("contact.decided", "f-nan", decision="allow", decided_by="w-tm")
    await world.receive("check_ins.started", people=["f-nan"], days=list(days or ("tue", "wed")), at="10:00")


async def unchecked(world: World) -> list[str]:
    async with reading(world.service.sessions) as session:
        return [one.detail for one in await problems.recent(session) if one.code == "translation_unchecked"]


async def test_it_goes_in_english_and_the_worker_is_told_once(world: World) -> None:
    await asked_in(world, "pl")
    await world.until("2026-01-07T12:30")
    said = [one.content.text for one in world.everything() if one.address == NAN]
    assert len(said) == 2
    assert all("All ok today?" in text for text in said)
    assert world.subjects("w-sw").count(TOLD) == 1
    assert await unchecked(world) == ["check_in in pl"]


@ON_SQLITE
async def test_the_successor_is_told_where_the_work_was_handed_over_in_the_meantime(world: World) -> None:
    await asked_in(world, "pl", "sat")
    await world.until("2026-01-10T10:05")
    await world.receive("role.assigned", role="social_worker", person="w-sw2")
    await world.until("2026-01-12T09:00")
    assert (world.subjects("w-sw").count(TOLD), world.subjects("w-sw2").count(TOLD)) == (0, 1)


@ON_SQLITE
async def test_english_is_nothing_to_tell(world: World) -> None:
    await asked_in(world, "en-GB")
    await world.until("2026-01-07T12:30")
    assert TOLD not in world.subjects("w-sw")
    assert await unchecked(world) == []
