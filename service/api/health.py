"""Health: whether the process is alive, whether it can do its work, and the metrics."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from config.database import reading
from service.api import openapi
from service.api.metrics import Metrics
from service.api.places import Places
from service.api.problems import MEDIA_TYPE
from service.api.refusing import let_stay
from service.app import Service
from service.sentinel.codes import CODES
from service.store import events, findings, plans, schema

# A tick is stuck after so many seconds without a step. A mail server may take 17 minutes for one message.
_PATIENCE = {"look": 60.0, "digest": 60.0, "texts": 60.0}
_PATIENCE_OF_LANES = 1080.0
_PATIENCE_WITH_FAULTS = 60.0  # a database that is away for a moment fails every tick
_WATCHERS_AT_ONCE = 4
_SENTINEL_LOOKS = timedelta(seconds=90)


def health_router(service: Service) -> APIRouter:
    """The routes for monitoring."""
    router = APIRouter()
    figures = Metrics(service)
    # They ask the database, and need no token.
    places = Places(_WATCHERS_AT_ONCE, _WATCHERS_AT_ONCE, patience=0)

    @router.head("/healthz", include_in_schema=False)
    @router.get("/healthz", responses=_ALIVE)
    async def healthz() -> Response:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    @router.get("/readyz", responses=_READY)
    async def readyz(request: Request) -> Response:
        """The process can do its work: database, migrations, ticks, auditor; what fails, waits, or was found."""
        async with places.taken(""):
            let_stay(request)
            return await _readiness(service)

    @router.get("/metrics", response_class=Response, responses=_METRICS)
    async def metrics(request: Request) -> Response:
        """Figures in Prometheus's format."""
        async with places.taken(""):
            let_stay(request)
            return PlainTextResponse(await figures.text(), media_type=CONTENT_TYPE_LATEST)

    return router


async def _readiness(service: Service) -> Response:
    checks = {"database": await _database(service), "ticks": _ticks(service)}
    details: dict[str, object] = {"plans_failing": []}
    if checks["database"] == "ok":
        checks["sentinel"] = await _sentinel(service)
        details = await _details(service)
    ready = all(state == "ok" for state in checks.values())
    return JSONResponse({"status": "ok" if ready else "unavailable", **checks, **details}, 200 if ready else 503)


async def _database(service: Service) -> str:
    try:
        async with service.engine.connect() as connection:
            revision = await schema.revision(connection)
    except (SQLAlchemyError, OSError) as error:
        return f"does not answer ({type(error).__name__})"
    if revision != schema.newest():
        return f"has revision {revision} and needs {schema.newest()}: run `planwatch db upgrade`"
    return "ok"


def _ticks(service: Service) -> str:
    ages = service.tick_health.ages()
    late = [name for name, age in ages.items() if age > _PATIENCE.get(name, _PATIENCE_OF_LANES)]
    if late:
        return f"no step for too long: {', '.join(sorted(late))}; restart the service"
    failing = [name for name, age in service.tick_health.failing().items() if age > _PATIENCE_WITH_FAULTS]
    return f"nothing but faults: {', '.join(sorted(failing))}; see tick_failed in the log" if failing else "ok"


async def _sentinel(service: Service) -> str:
    """The findings of the sentinel that make the service unready, or that it audits no longer."""
    async with reading(service.sessions) as session:
        last_look = await findings.last_look(session)
        counts = await findings.counts(session)
    if last_look is not None and last_look < service.clock.now() - _SENTINEL_LOOKS:
        return f"has not looked since {last_look:%Y-%m-%d %H:%M}Z: start planwatch sentinel, or restart the service"
    unready = [f"{code}: {CODES[code].do}" for code in sorted(counts) if code in CODES and CODES[code].unready]
    return "; ".join(unready) or "ok"


async def _details(service: Service) -> dict[str, object]:
    """What a person has to put right, although the process can do its work."""
    async with reading(service.sessions) as session:
        failing = [{"fault": fault.fault, "running": fault.count} for fault in await plans.faults(session)]
        _, events_waiting = await events.counts(session)
        finding_counts = await findings.counts(session)
    return {"plans_failing": failing, "events_waiting": events_waiting, "findings": finding_counts}


_STATUS = {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}
_ALIVE: openapi.Responses = {200: openapi.answer("It lives", "application/json", _STATUS)}
_READY: openapi.Responses = {
    200: openapi.answer("It can work", "application/json", _STATUS),
    503: {
        **openapi.answer("It cannot, and this is why; or too many ask at once", "application/json", _STATUS),
        "content": {"application/json": {"schema": _STATUS}, MEDIA_TYPE: {"schema": openapi.PROBLEM}},
    },
}
_METRICS: openapi.Responses = {
    200: openapi.answer("Figures", CONTENT_TYPE_LATEST, {"type": "string"}),
    **openapi.problems(503),
}
