"""Tickets: lists, one ticket, its timeline and its evidence."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from adapters import ledger_incident_lists, ledger_lists
from adapters.ledger_lists import FindingsWanted, TicketsWanted
from domain.finding import Severity
from domain.ticket import MOVES, Priority, TicketState
from domain.ticket import Ticket as Kept
from truckroll.api import messages
from truckroll.api.findings import Finding, FindingsPage, place
from truckroll.api.log import MOST_POSITION, LogLine
from truckroll.api.messages import Message, MessagesAsked
from truckroll.api.parts import Running
from truckroll.api.problem import Answers, answers
from truckroll.api.shapes import Absent, Asked, At, MaybeAt, Number, Page, Shape, TicketInPath, Word, page

ETAG = {"ETag": {"description": "The revision, for `If-Match`.", "schema": {"type": "string"}}}
TAGGED: Answers = {200: {"description": "The ticket.", "headers": ETAG}}

router = APIRouter(tags=["tickets"])


class Ticket(Shape):
    """The desk's record of one problem as it stands."""

    number: str
    asset: str
    component: str
    failure_mode: str
    state: TicketState
    reason: str
    """Why it waits or was cancelled."""
    severity: Severity
    priority: Priority
    title: dict[str, str]
    summary: dict[str, str]
    ticket_class: str
    assignee: str
    note: str
    opened_at: At
    fault_at: At
    """When the fault first showed itself."""
    changed_at: At
    closed_at: MaybeAt
    last_evidence_at: MaybeAt
    findings: list[str]
    active: list[str]
    """Those of its findings whose condition still holds."""
    evidence_count: int
    held: list[str]
    """The fields that a person set."""
    touched: bool
    revision: int
    """Also the `ETag`. Growing evidence leaves it alone."""
    reopened: int
    linked_to: str
    incident: str
    """The incident whose ticket it is, or that it is linked to; empty = none."""
    is_open: bool
    moves: list[TicketState]
    """The states that it can be moved to."""
    dossier: dict[str, Any]
    """The device as it was at the opening; instants in it are nanoseconds since 1970."""


class TicketsAsked(Asked):
    """Which tickets."""

    state: list[TicketState] = Field(default=[], max_length=9)
    priority: list[Priority] = Field(default=[], max_length=4)
    asset: Word | Absent = None
    failure_mode: Word | Absent = None
    open: bool | Absent = None
    cursor: Number | Absent = Field(None, description="Tickets before this number.")
    limit: int = Field(50, ge=1, le=200)


class TimelineAsked(Asked):
    """A stretch of a ticket's timeline."""

    cursor: int = Field(0, ge=0, lt=MOST_POSITION, description="Lines after this position.")
    limit: int = Field(200, ge=1, le=1000)


def shown(ticket: Kept, incident: str = "") -> Ticket:
    """The ticket as it travels."""
    beside = ("held", "moves", "incident")
    said = {name: getattr(ticket, name) for name in Ticket.model_fields if name not in beside}
    moves = sorted(MOVES[ticket.state]) if ticket.is_open else []
    return Ticket.model_validate(said | {"held": sorted(ticket.held), "moves": moves, "incident": incident})


def all_shown(ledger: Any, tickets: Sequence[Kept]) -> list[Ticket]:
    """The tickets as they travel, each with its incident."""
    incidents = ledger_incident_lists.incidents_of(ledger, tickets)
    return [shown(ticket, incidents.get(ticket.number, "")) for ticket in tickets]


def tag(ticket: Kept) -> str:
    """The ticket's `ETag`."""
    return f'"{ticket.revision}"'


@router.get("/tickets", summary="Tickets, newest first", responses=answers(401, 422, 503))
def tickets(running: Running, asked: Annotated[TicketsAsked, Query()]) -> Page[Ticket]:
    """Tickets by number. New ones come before the first page, so the pages after it do not move."""
    wanted = TicketsWanted(
        states=asked.state,
        priorities=asked.priority,
        asset=asked.asset or "",
        failure_mode=asked.failure_mode or "",
        is_open=asked.open,
    )
    found = ledger_lists.tickets(running.ledger, wanted, before=asked.cursor or "", most=asked.limit + 1)
    return page(Page[Ticket], all_shown(running.ledger, found), asked.limit, lambda ticket: ticket.number)


@router.get("/tickets/{number}", summary="One ticket", responses=TAGGED | answers(401, 404, 422, 503))
def ticket(running: Running, number: TicketInPath, response: Response) -> Ticket:
    """A ticket, with the `ETag` that changing it needs."""
    found = running.ledger.ticket(number)
    response.headers["ETag"] = tag(found)
    return all_shown(running.ledger, [found])[0]


@router.get("/tickets/{number}/timeline", summary="Its timeline", responses=answers(401, 404, 422, 503))
def timeline(running: Running, number: TicketInPath, asked: Annotated[TimelineAsked, Query()]) -> Page[LogLine]:
    """What happened to it, who did it, when and why, oldest first."""
    running.ledger.ticket(number)
    found = ledger_lists.timeline(running.ledger, number, after=asked.cursor, most=asked.limit + 1)
    return page(Page[LogLine], found, asked.limit, lambda line: line.position)


@router.get("/tickets/{number}/evidence", summary="Its evidence", responses=answers(401, 404, 422, 503))
def evidence(running: Running, number: TicketInPath, asked: Annotated[FindingsPage, Query()]) -> Page[Finding]:
    """The findings that it rests on, with their evidence, newest first."""
    running.ledger.ticket(number)
    wanted = FindingsWanted(ticket=number)
    found = ledger_lists.findings(running.ledger, wanted, before=asked.before, most=asked.limit + 1)
    return page(Page[Finding], found, asked.limit, place)


@router.get("/tickets/{number}/messages", summary="Its raw messages", responses=answers(401, 404, 422, 503))
def ticket_messages(running: Running, number: TicketInPath, asked: Annotated[MessagesAsked, Query()]) -> Page[Message]:
    """The raw messages kept with its findings, in journal order; where two findings share one, it comes twice."""
    running.ledger.ticket(number)
    found = ledger_lists.messages_of_ticket(running.ledger, number, after=asked.after, most=asked.limit + 1)
    return messages.page_of(found, asked.limit)
