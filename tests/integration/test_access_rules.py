"""Every page of the application declares who may come to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from service.api.application import make_application
from service.web.access_rules import page_routes
from service.web.routes import add_pages
from tests.databases import ON_SQLITE
from tests.world import World, world_in

pytestmark = ON_SQLITE


@pytest.fixture
async def world(staffed_database: str) -> AsyncIterator[World]:
    async with world_in(staffed_database, public_url="https://planwatch.example.org") as opened:
        yield opened


@pytest.fixture
def app(world: World) -> FastAPI:
    """The application as `planwatch run` serves it."""
    app = make_application(world.service)
    add_pages(app, world.service)
    return app


async def test_every_page_declares_its_rule(app: FastAPI) -> None:
    routes = page_routes(app)
    assert len(routes) >= 2
    assert [route.path for route in routes if route.rule is None] == []


async def test_a_page_without_a_rule_would_be_found(app: FastAPI) -> None:
    async def forgotten() -> None: ...

    app.add_api_route("/forgotten", forgotten, include_in_schema=False)
    assert [route.path for route in page_routes(app) if route.rule is None] == ["/forgotten"]
