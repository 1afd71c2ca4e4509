"""The app: every resource in its place, the same gate before all of them."""

from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPBearer

from truckroll.api import (
    acts,
    assets,
    attachments,
    availability,
    backtests,
    campaigns,
    closing,
    crew_plans,
    devices,
    doors,
    findings,
    fitted,
    gaps,
    health,
    improvements,
    incidents,
    intake,
    journal,
    log,
    merging,
    meters,
    metrics,
    notices,
    orders,
    parked,
    people,
    plans,
    problem,
    quarantine,
    remedies,
    replies,
    review,
    routing,
    rule_moves,
    rules,
    sla,
    stock,
    stream,
    suppressions,
    survey,
    telemetry,
    tickets,
    webhooks,
)
from truckroll.api.gate import Gate
from truckroll.api.parts import Parts

PREFIX = "/api/v1"
TITLE = "Truckroll"
VERSION = "1"
DESCRIPTION = "What a running Truckroll knows, and what people do with its tickets. docs/api.md tells it in words."
RESOURCES = (
    devices,
    meters,
    fitted,
    assets,
    availability,
    telemetry,
    findings,
    incidents,
    suppressions,
    tickets,
    acts,
    orders,
    crew_plans,
    plans,
    review,
    campaigns,
    stock,
    intake,
    doors,
    merging,
    closing,
    attachments,
    improvements,
    replies,
    routing,
    people,
    sla,
    remedies,
    notices,
    webhooks,
    log,
    stream,
    rules,
    rule_moves,
    backtests,
    quarantine,
    gaps,
    journal,
)

token = HTTPBearer(auto_error=False, description="The token that the first start printed.")


def app_of(parts: Parts) -> Gate:
    """The API of a running service, behind its gate."""
    most_upload = parts.running.settings.attachments.most_bytes
    return Gate(resources_of(parts), parts.token, parts.counts, most_upload)


def resources_of(parts: Parts) -> FastAPI:
    """Everything behind the gate."""
    app = FastAPI(title=TITLE, version=VERSION, openapi_url=f"{PREFIX}/openapi.json", docs_url=None, redoc_url=None)
    app.state.parts = parts
    secured = [Depends(token)]
    for resource in RESOURCES:
        app.include_router(resource.router, prefix=PREFIX, dependencies=secured)
    if hasattr(parts.running.telemetry, "parked"):
        app.include_router(parked.router, prefix=PREFIX, dependencies=secured)
    app.include_router(survey.invitations, prefix=PREFIX, dependencies=secured)
    app.include_router(survey.router, prefix=PREFIX)
    app.include_router(metrics.router, dependencies=secured)
    app.include_router(doors.without_token)
    app.include_router(health.router)
    problem.install(app)
    app.openapi = lambda: documented(app)  # type: ignore[method-assign]
    return app


def documented(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, in which every answer stands."""
    if app.openapi_schema is None:
        app.openapi_schema = get_openapi(title=TITLE, version=VERSION, description=DESCRIPTION, routes=app.routes)
        schemas = app.openapi_schema["components"]["schemas"]
        shape = problem.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= shape.pop("$defs")
        schemas["Problem"] = shape
        require_revisions(app.openapi_schema)
    return app.openapi_schema


def require_revisions(document: dict[str, Any]) -> None:
    """`If-Match` is required; the framework must not know, because its absence has an answer of its own (428)."""
    for methods in document["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "If-Match":
                    parameter["required"] = True
