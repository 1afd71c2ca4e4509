"""Problems: every answer that is no success is `application/problem+json` (RFC 9457) with a sentence in it."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import Response

from domain.errors import (
    Conflict,
    GatesOpen,
    IllegalMove,
    NotInStock,
    PartsMissing,
    TruckrollError,
    TryLater,
    Unknown,
    WrongFormat,
)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
REFERENCE = {"$ref": "#/components/schemas/Problem"}

Answers = dict[int | str, dict[str, Any]]


class Mistake(BaseModel):
    """One thing that is wrong with a request."""

    where: str
    """Such as `query.limit` or `body.to`."""
    what: str


class Problem(BaseModel):
    """Why a request had no success, and what to do."""

    model_config = ConfigDict(extra="forbid")

    type: str
    """`about:blank`: the status says which kind it is."""
    title: str
    """The status in words."""
    status: int
    detail: str
    """A sentence for the person who can act."""
    allowed: list[str] | None = None
    """409: the moves that are possible instead."""
    missing: list[str] | None = None
    """409: gates and fields of the class that are still open, or parts of the kit that are not there."""
    mistakes: list[Mistake] | None = None
    """422: everything that is wrong with the request."""


class Stale(Conflict):
    """The request names a revision that is not the present one."""


class NoRevision(TruckrollError, ValueError):
    """The request does not say which revision it saw."""

    def __init__(self, what: str = "ticket") -> None:
        super().__init__(f"Send the ETag of the {what} that you saw as If-Match, so that nobody else's edit is lost.")


class TooMany(TruckrollError, RuntimeError):
    """A client without a token asks too often."""

    def __init__(self) -> None:
        super().__init__("Too many requests from here; try again in a minute.")


class OtherRequest(TruckrollError, ValueError):
    """The idempotency key was used for another request."""

    def __init__(self, key: str) -> None:
        super().__init__(f"The Idempotency-Key {key} was used for another request; give each request its own.")


WHAT: Mapping[int, str] = {
    401: "No token, or not the right one.",
    404: "There is no such thing.",
    405: "The method is not for this path; `Allow` names those that are.",
    409: "The state does not allow it; `allowed` says what it does.",
    412: "Somebody else changed it: read it again and repeat your change with the new `ETag`.",
    413: "The body is larger than 1 MiB, or a picture larger than its limit.",
    422: "The request is not as documented; `mistakes` names everything that is wrong.",
    428: "`If-Match` is missing.",
    429: "Too many requests; `Retry-After` says when to try again.",
    503: "It may work again later; `Retry-After` says when to try.",
}


def answers(*statuses: int) -> Answers:
    """What an operation may answer beside its success, for its documentation."""
    return {
        status: {"description": WHAT[status], "content": {MEDIA_TYPE: {"schema": REFERENCE}}} for status in statuses
    }


def problem(
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    allowed: Sequence[str] | None = None,
    missing: Sequence[str] | None = None,
    mistakes: Sequence[tuple[str, str]] | None = None,
) -> Response:
    """The answer for a request that has no success."""
    said: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if allowed is not None:
        said["allowed"] = list(allowed)
    if missing is not None:
        said["missing"] = list(missing)
    if mistakes is not None:
        said["mistakes"] = [{"where": where, "what": what} for where, what in mistakes]
    return Response(json.dumps(said).encode(), status, headers, MEDIA_TYPE)


async def of_ours(_: Request, error: Exception) -> Response:
    """The answer for an error that Truckroll raises on purpose."""
    sentence = str(error)
    match error:
        case IllegalMove():
            return problem(409, sentence, allowed=error.allowed)
        case GatesOpen() | PartsMissing():
            return problem(409, sentence, missing=error.missing)
        case Stale():
            return problem(412, sentence)
        case NoRevision():
            return problem(428, sentence)
        case TooMany():
            return problem(429, sentence, headers={"Retry-After": "60"})
        case OtherRequest():
            return problem(422, sentence, mistakes=[("header.Idempotency-Key", "is another request's")])
        case Conflict() | NotInStock():
            return problem(409, sentence)
        case Unknown():
            return problem(404, sentence)
        case WrongFormat():
            return problem(422, sentence, mistakes=[("body", mistake) for mistake in error.mistakes])
        case TryLater():
            return problem(503, sentence, headers={"Retry-After": str(RETRY_SECONDS)})
        case _:
            return problem(503, sentence)


def install(app: FastAPI) -> None:
    """Answer every error of the app with a problem."""

    app.add_exception_handler(TruckrollError, of_ours)
    app.add_exception_handler(RequestValidationError, of_validation)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(Exception, of_surprise)


async def of_surprise(_: Request, error: Exception) -> Response:
    """The answer for an error that nobody foresaw; what it was stands in the log."""
    return problem(500, f"Something went wrong that should not ({type(error).__name__}); the log says more.")


async def of_validation(_: Request, error: Exception) -> Response:
    """The answer for a request that is not as documented."""
    assert isinstance(error, RequestValidationError)
    mistakes = [(".".join(map(str, e["loc"])), str(e["msg"])) for e in error.errors() if e["type"] != "none_required"]
    return problem(422, "The request is not as documented; correct what `mistakes` names.", mistakes=mistakes)


async def of_http(_: Request, error: Exception) -> Response:
    """The answer for what the framework refuses: an unknown path, a wrong method, a body that cannot be read."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return problem(404, "There is nothing at this path; /api/v1/openapi.json names those there are.")
    if error.status_code == 405:
        return problem(405, "This path does not know the method; Allow names those it does.", headers=error.headers)
    if error.status_code == 400:
        return problem(
            422, "The body cannot be read; send one JSON object in UTF-8.", mistakes=[("body", "unreadable")]
        )
    return problem(error.status_code, str(error.detail), headers=error.headers)
