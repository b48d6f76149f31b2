"""All pages of the service, put onto its application in one go."""

from __future__ import annotations

from fastapi import FastAPI

from service.app import Service
from service.web.acknowledge import acknowledge_router
from service.web.failures import fail_on_pages
from service.web.layout import Layout, Stage
from service.web.stylesheet import assets_router


def add_pages(app: FastAPI, service: Service, stage: Stage | None = None) -> Layout:
    """Give the service its pages. `stage` is what a demonstration adds to each."""
    layout = Layout(service, stage)
    for router in (assets_router(), acknowledge_router(service)):
        app.include_router(router, include_in_schema=False)
    fail_on_pages(app, layout)
    return layout
