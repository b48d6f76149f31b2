"""A page of which a part takes long: the rest is there at once, and a part that fails leaves a whole page."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

from service.web.layout import Layout, Stage
from tests.databases import ON_SQLITE
from tests.world import World

pytestmark = ON_SQLITE
FIRST = '{% extends "layout.html" %}{% block content %}<p>first</p>{{ later }}<p>last</p>{% endblock %}'


def request() -> Request:
    return Request({"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b"", "app": FastAPI()})


def text_of(piece: str | bytes | memoryview) -> str:
    return piece if isinstance(piece, str) else bytes(piece).decode()


async def page_of(world: World, folder: Path, later: asyncio.Future[Mapping[str, object]]) -> StreamingResponse:
    (folder / "first.html").write_text(FIRST)
    (folder / "part.html").write_text("<p>{{ words.plural(number, 'plan') }}</p>")

    async def values() -> Mapping[str, object]:
        return await later

    layout = Layout(world.service, Stage("", [folder]))
    answer = await layout.page_in_two(request(), None, "first.html", "part.html", "Title", values)
    assert isinstance(answer, StreamingResponse)
    return answer


async def test_the_page_is_there_before_its_part_which_follows_in_its_place(world: World, tmp_path: Path) -> None:
    later: asyncio.Future[Mapping[str, object]] = asyncio.get_running_loop().create_future()
    answer = await page_of(world, tmp_path, later)
    pieces = aiter(answer.body_iterator)
    before = text_of(await anext(pieces))
    assert ("<p>first</p>" in before, "<p>last</p>" in before) == (True, False)
    later.set_result({"number": 2})
    rest = "".join([text_of(piece) async for piece in pieces])
    assert rest.startswith("<p>2 plans</p><p>last</p>")
    assert rest.rstrip().endswith("</html>")
    assert "content-length" not in answer.headers
    assert "content-security-policy" in answer.headers


async def test_a_part_that_fails_says_so_and_leaves_the_page_whole(world: World, tmp_path: Path) -> None:
    later: asyncio.Future[Mapping[str, object]] = asyncio.get_running_loop().create_future()
    later.set_exception(RuntimeError("P-1001 is secret"))
    answer = await page_of(world, tmp_path, later)
    page = "".join([text_of(piece) async for piece in answer.body_iterator])
    assert "This could not be worked out" in page
    assert page.rstrip().endswith("</html>")
    assert "secret" not in page
