"""Whether the process lives, whether it can do its work, and a few honest figures."""

from collections.abc import Mapping
from datetime import timedelta

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from config.database import reading
from notifications import outbox
from service.api import openapi
from service.api.problems import MEDIA_TYPE
from service.app import Service
from service.sentinel.codes import CODES
from service.store import events, findings, obligations, plans, problems, schema

# Seconds without a step after which a tick is taken for stuck. A mail server may take eleven minutes for one message.
_PATIENCE = {"look": 60.0, "digest": 60.0, "texts": 60.0}
_PATIENCE_OF_LANES = 720.0
_SENTINEL_LOOKS = timedelta(seconds=90)


def health_router(service: Service) -> APIRouter:
    """The routes for whoever watches the service."""
    router = APIRouter()

    @router.get("/healthz", responses=_ALIVE)
    async def healthz() -> Response:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    @router.get("/readyz", responses=_READY)
    async def readyz() -> Response:
        """The process can do its work: database, migrations, ticks; which plans fail, and how many events wait."""
        checks = {"database": await _database(service), "ticks": _ticks(service)}
        details: dict[str, object] = {"plans_failing": []}
        if checks["database"] == "ok":
            checks["sentinel"] = await _sentinel(service)
            details = await _details(service)
        ready = all(found == "ok" for found in checks.values())
        return JSONResponse({"status": "ok" if ready else "unavailable", **checks, **details}, 200 if ready else 503)

    @router.get("/metrics", response_class=Response, responses=_METRICS)
    async def metrics() -> Response:
        """Figures in Prometheus's format."""
        return PlainTextResponse(await _figures(service), media_type=CONTENT_TYPE_LATEST)

    return router


async def _database(service: Service) -> str:
    try:
        async with service.engine.connect() as connection:
            found = await schema.revision(connection)
    except (SQLAlchemyError, OSError) as error:
        return f"does not answer ({type(error).__name__})"
    if found != schema.newest():
        return f"has revision {found} and needs {schema.newest()}: run `planwatch db upgrade`"
    return "ok"


def _ticks(service: Service) -> str:
    ages = service.beats.ages()
    late = [name for name, age in ages.items() if age > _PATIENCE.get(name, _PATIENCE_OF_LANES)]
    return f"no step for too long: {', '.join(sorted(late))}; restart the service" if late else "ok"


async def _sentinel(service: Service) -> str:
    """What the auditor found that keeps the whole from its work, or that it does not look any more."""
    async with reading(service.sessions) as session:
        last = await findings.last_look(session)
        found = await findings.counts(session)
    if last is not None and last < service.clock.now() - _SENTINEL_LOOKS:
        return f"has not looked since {last:%Y-%m-%d %H:%M}Z: start planwatch sentinel, or restart the service"
    bad = [f"{code}: {CODES[code].do}" for code in sorted(found) if code in CODES and CODES[code].unready]
    return "; ".join(bad) or "ok"


async def _details(service: Service) -> dict[str, object]:
    """What a person has to mend, and what does not keep the process from its work."""
    async with reading(service.sessions) as session:
        failing = [{"fault": one.fault, "running": one.count} for one in await plans.faults(session)]
        _, events_waiting = await events.counts(session)
        found = await findings.counts(session)
    return {"plans_failing": failing, "events_waiting": events_waiting, "findings": found}


async def _figures(service: Service) -> bytes:
    registry = CollectorRegistry()
    async with reading(service.sessions) as session:
        stored, waiting = await events.counts(session)
        plain = {
            "planwatch_events_stored": ("Events that were taken", stored),
            "planwatch_events_waiting": ("Events about plans or persons that nothing has introduced", waiting),
            "planwatch_plans": ("Plans", await plans.count(session)),
            "planwatch_plans_failing": ("Plans whose last look failed", len(await plans.faults(session, 1000))),
        }
        by_word: dict[tuple[str, str], Mapping[str, float]] = {
            ("planwatch_obligations", "status"): await obligations.counts(session),
            ("planwatch_messages", "state"): {k.value: v for k, v in (await outbox.counts(session)).items()},
            ("planwatch_problems", "code"): await problems.counts(session),
            ("planwatch_tick_age_seconds", "tick"): service.beats.ages(),
        }
    for name, (meaning, number) in plain.items():
        Gauge(name, meaning, registry=registry).set(number)
    for (name, label), values in by_word.items():
        gauge = Gauge(name, f"By {label}", [label], registry=registry)
        for word, value in values.items():
            gauge.labels(word).set(value)
    return generate_latest(registry)


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
