"""Parked writes: what the telemetry store's server refused for good, with its words."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from truckroll.api.parts import Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Asked, At, Shape

router = APIRouter(tags=["telemetry"])


class ParkedLine(Shape):
    """A line that was refused when it was alone."""

    at: At
    position: int
    """The journal entry it comes from."""
    line: str
    words: str
    """The server's."""


class Parked(Shape):
    """The newest parked lines."""

    items: list[ParkedLine]
    kept: int
    gone: int
    """How many had to go because there were too many."""


class ParkedAsked(Asked):
    """How many of them."""

    limit: int = Field(100, ge=1, le=1000)


@router.get("/parked", summary="Parked writes, newest first", responses=answers(401, 422, 503))
def parked(running: Running, asked: Annotated[ParkedAsked, Query()]) -> Parked:
    """There only where the telemetry store is a server that can refuse."""
    store: Any = running.telemetry
    kept, gone = store.parked_counts()
    return Parked.model_validate({"items": list(store.parked(asked.limit)), "kept": kept, "gone": gone})
