"""The application that a web server runs. It holds the routes, and decides nothing."""

from typing import Any

from fastapi import FastAPI

from service.api import openapi
from service.api.doors import Doors
from service.api.events import events_router
from service.api.health import health_router
from service.api.notify import notify_router
from service.api.problems import tell_problems
from service.api.twilio import twilio_router
from service.app import Service


class _Application(FastAPI):
    def openapi(self) -> dict[str, Any]:
        return openapi.with_events(super().openapi())


def make_application(service: Service) -> FastAPI:
    """The service over HTTP. It has no documentation pages, because they would load scripts from elsewhere."""
    app = _Application(
        title="planwatch", docs_url=None, redoc_url=None, openapi_url="/v1/openapi.json", redirect_slashes=False
    )
    tell_problems(app)
    app.add_middleware(Doors, service=service)
    for make in (events_router, twilio_router, notify_router, health_router):
        app.include_router(make(service))
    return app
