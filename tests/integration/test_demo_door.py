"""The demonstration's door: one click, and a visitor looks as somebody; nothing else opens it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import cli
from tests.integration.test_demo_pages import browser


def _csrf(page: str) -> str:
    [token] = re.findall(r'name="csrf" value="(\w+)"', page)
    return str(token)


async def test_a_visitor_looks_as_whom_they_like_with_one_click(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        page = await here.page("/sign-in?next=/plans")
        assert re.search(r'<h3>[^<]*[Ss]ocial worker[^<]*</h3>\s*<p class="choices">[^/]*.*value="sw-10">', page)
        entered = await here.client.post("/sign-in/as", data={"csrf": _csrf(page), "person": "sw-10", "next": "/plans"})
        assert (entered.status_code, entered.headers["location"]) == (303, "/plans")
        again = await here.page("/sign-in")
        assert "You look as" in again
        other = await here.client.post("/sign-in/as", data={"csrf": _csrf(again), "person": "br-hos"})
        assert other.status_code == 303


async def test_nobody_looks_as_family_or_by_a_form_from_elsewhere(tmp_path: Path) -> None:
    async with browser(tmp_path) as here:
        token = _csrf(await here.page("/sign-in"))
        assert (await here.client.post("/sign-in/as", data={"person": "sw-10"})).status_code == 403
        assert (await here.client.post("/sign-in/as", data={"csrf": token, "person": "kin-1"})).status_code == 404
        foreign = {"origin": "https://evil.example.org"}
        form = {"csrf": token, "person": "sw-10"}
        assert (await here.client.post("/sign-in/as", data=form, headers=foreign)).status_code == 403


def test_nothing_but_the_command_for_the_demonstration_reaches_its_door() -> None:
    folder = Path(cli.__file__).parent
    importing = {
        path.relative_to(folder).parts[0]
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cli.demo")
    }
    assert importing == {"demo", "main.py"}
