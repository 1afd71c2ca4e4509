"""Availability: how often assets fail, how long they are down, and how much of the time they can be used."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from domain.errors import GiveUp, WrongFormat
from domain.finding import Severity
from domain.instants import DAY
from truckroll.api.parts import Here
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, Shape, When, Word
from truckroll.dependable import By, Wanted, as_dict, groups
from truckroll.desk_files import load_classes

YEAR = 365 * DAY
router = APIRouter(tags=["assets"])


class Measured(Shape):
    """A figure with the interval that holds nine of ten times; null: nothing bounds it."""

    value: float | None
    low: float
    high: float | None


class Group(Shape):
    """Some assets together."""

    group: str
    """The model, site or asset; empty: all, or those of whom nobody says it."""
    assets: int
    failures: int
    restored: int
    mtbf_days: Measured
    mttr_hours: Measured
    availability: Measured


class Availability(Shape):
    """The fleet's dependability within a span."""

    since: str
    until: str
    by: By
    severity: Severity
    sure: float
    groups: list[Group]


class AvailabilityAsked(Asked):
    """Of whom, and when."""

    by: By = By.MODEL
    model: Word | Absent = None
    severity: Severity = Field(Severity.S2, description="Tickets so bad or worse stop their asset.")
    since: When | Absent = None
    """Else a year before the end."""
    until: When | Absent = None
    """Else now."""


@router.get("/availability", summary="MTBF, MTTR and availability", responses=answers(401, 422, 503))
def availability(here: Here, asked: Annotated[AvailabilityAsked, Query()]) -> Availability:
    """With censoring: what still runs or is still down at the end counts as far as it goes."""
    until = here.clock.now() if asked.until is None else asked.until
    since = until - YEAR if asked.since is None else asked.since
    wanted = Wanted(since=since, until=until, by=asked.by, model=asked.model or "", severity=asked.severity)
    running = here.running
    with running.ledger.reading() as connection:
        try:
            found: list[Any] = groups(connection, load_classes(running.settings), wanted)
        except GiveUp as error:
            raise WrongFormat([str(error)]) from None
    return Availability.model_validate(as_dict(found, wanted))
