"""The ledger's event log in pages: who did what to which ticket, when and why."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from truckroll.api.parts import Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Asked, At, Page, Shape, page

MOST_POSITION = 10**18

router = APIRouter(tags=["event log"])


class LogLine(Shape):
    """One line of the append-only event log."""

    position: int
    """Its place, without a gap, in order of commit."""
    at: At
    kind: str
    ticket: str
    """The ticket's number."""
    actor: str
    """`desk`, or who said to be acting."""
    why: str
    details: dict[str, Any]


class LogAsked(Asked):
    """A stretch of the event log."""

    cursor: int = Field(0, ge=0, lt=MOST_POSITION, description="Lines after this position.")
    limit: int = Field(200, ge=1, le=1000)


@router.get("/log", summary="The event log, oldest first", responses=answers(401, 422, 503))
def log(running: Running, asked: Annotated[LogAsked, Query()]) -> Page[LogLine]:
    """Lines after a position. `next` is null at the end; ask again with the last position, or listen to `/stream`."""
    found = running.ledger.events(asked.cursor, asked.limit + 1)
    return page(Page[LogLine], found, asked.limit, lambda line: line.position)
