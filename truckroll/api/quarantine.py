"""Quarantine: messages that could not be used, with their reasons."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from adapters import ledger_lists
from truckroll.api.log import MOST_POSITION
from truckroll.api.messages import Payload, payload_of
from truckroll.api.parts import Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, At, Page, Shape, Word, page

router = APIRouter(tags=["quarantine"])


class Quarantined(Shape):
    """A message in quarantine."""

    position: int
    """Its place in the journal."""
    received_at: At
    topic: str
    payload: Payload
    reason: str
    detail: str


class QuarantineAsked(Asked):
    """Which messages."""

    reason: Word | Absent = None
    cursor: int | Absent = Field(None, ge=0, lt=MOST_POSITION, description="Messages before this position.")
    limit: int = Field(50, ge=1, le=200)


class Reasons(Shape):
    """How many messages were ever quarantined, by reason, also those that had to make room."""

    counts: dict[str, int]


@router.get("/quarantine", summary="Messages in quarantine, newest first", responses=answers(401, 422, 503))
def quarantine(running: Running, asked: Annotated[QuarantineAsked, Query()]) -> Page[Quarantined]:
    """Each with its reason and its original bytes."""
    found = ledger_lists.quarantined(running.ledger, asked.reason or "", before=asked.cursor, most=asked.limit + 1)
    rows = [reject._asdict() | {"payload": payload_of(reject.payload)} for reject in found]
    return page(Page[Quarantined], rows, asked.limit, lambda row: row["position"])


@router.get("/quarantine/reasons", summary="How many for which reason", responses=answers(401, 503))
def reasons(running: Running) -> Reasons:
    """Most frequent first."""
    return Reasons(counts=dict(running.ledger.quarantine_counts()))
