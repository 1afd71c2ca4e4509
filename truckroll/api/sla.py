"""SLA: a ticket's clocks, and what is promised."""

from typing import Any

from fastapi import APIRouter

from adapters import ledger_sla
from adapters.ledger_sla import book_said
from adapters.system_clock import SystemClock
from domain.finding import Severity
from domain.instants import Instant
from domain.sla import Clock as Kept
from domain.sla import ClockKind, SlaColour
from truckroll.api.parts import Running
from truckroll.api.problem import answers
from truckroll.api.shapes import At, MaybeAt, Shape, TicketInPath

router = APIRouter(tags=["tickets"])


class Clock(Shape):
    """One time goal of a ticket."""

    kind: ClockKind
    report: str
    """The person's report that it is about; empty: the ticket itself."""
    policy: str
    severity: Severity
    target_seconds: float
    """Working time that is promised."""
    calendar: str
    """Empty: round the clock."""
    started_at: At
    due_at: MaybeAt
    """While it runs."""
    paused: str
    """Why it does not run."""
    stopped_at: MaybeAt
    kept: bool | None
    """Once stopped; null where it does not count."""
    colour: SlaColour | None
    """While it runs."""


class Clocks(Shape):
    """All of a ticket."""

    items: list[Clock]


class Promised(Shape):
    """The book by which clocks run."""

    book: dict[str, Any] | None
    """Policies, calendars and duties; null before the first."""


@router.get("/tickets/{number}/clocks", summary="Its SLA clocks", responses=answers(401, 404, 422, 503))
def clocks(running: Running, number: TicketInPath) -> Clocks:
    """Response and resolution, and a response for each person's report. They follow the event log within a second."""
    running.ledger.ticket(number)
    now = SystemClock().now()
    with running.ledger.reading() as connection:
        found = ledger_sla.clocks_of(connection, [number]).get(number, [])
    return Clocks(items=[shown(clock, now) for clock in found])


def shown(clock: Kept, now: Instant) -> Clock:
    """A clock as it travels."""
    beside = ("target_seconds", "colour")
    said = {name: getattr(clock, name) for name in Clock.model_fields if name not in beside}
    return Clock.model_validate(said | {"target_seconds": clock.target / 1e9, "colour": clock.colour(now)})


@router.get("/sla", summary="What is promised", responses=answers(401, 503))
def promised(running: Running) -> Promised:
    """The book in force: durations are nanoseconds, hours minutes of the day."""
    with running.ledger.reading() as connection:
        book = ledger_sla.book_in_force(connection)
    return Promised(book=None if book is None else dict(book_said(book)))
