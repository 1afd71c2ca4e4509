"""Reports of people: filed as tickets, read again, answered."""

from secrets import token_hex
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from pydantic import AfterValidator, Field, StringConstraints

from adapters import ledger_reports
from adapters.ledger_write import SqlTransaction
from domain.errors import Unknown
from domain.finding import Severity
from domain.instants import Instant
from domain.report import Channel, Filed, Taken, report_id
from domain.report import Report as Kept
from domain.ticket import Response, Ticket
from ticketing.moves import line
from truckroll.api.acts import CHANGED, Changed, Deed, Line, Prose, This
from truckroll.api.parts import Here, Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Absent, Asked, At, Number, Shape, TicketInPath, in_one_line
from truckroll.intake import Reception

FIELD = r"^[a-z][a-z0-9_]{0,39}$"
router = APIRouter(tags=["reports"])

ReportId = Annotated[str, StringConstraints(pattern=r"^R-[0-9a-f]{16}$")]
ReportInPath = Annotated[ReportId, Path(description="The report's id.")]
FieldName = Annotated[str, StringConstraints(pattern=FIELD)]
FieldValue = Annotated[str, StringConstraints(max_length=1_000), AfterValidator(in_one_line)]
Key = Annotated[
    str | Absent,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]{1,128}$",
        description="The same key again is the same report.",
    ),
]


class Said(Asked):
    """What somebody reports. What is left out is read off the words, as far as they say it."""

    subject: Line = ""
    text: Prose = ""
    reporter: Line = ""
    device: Line = ""
    component: Line = ""
    failure_mode: Line = ""
    ticket_class: Line = ""
    severity: Severity | Absent = None
    fields: dict[FieldName, FieldValue] = Field(default={}, max_length=40)
    """What the class asks for, by name."""
    ticket: Number | Absent = None
    """The ticket whose conversation it goes on with."""


class Report(Shape):
    """A report, what its words seem to say, and where it went."""

    id: str
    channel: Channel
    at: At
    reporter: str
    subject: str
    text: str
    device: str
    fields: dict[str, str]
    """What its sender said, and what was read off the words."""
    suggested: list[tuple[str, float]]
    """Classes that the words can mean, with the probability of each."""
    attachments: list[dict[str, Any]]
    ticket: str
    taken: Taken


class Reports(Shape):
    """Some of them."""

    items: list[Report]


class Answered(Deed):
    """A person has answered a report: its response clock stops."""

    report: ReportId


class ListAsked(Asked):
    """How many."""

    limit: int = Field(50, ge=1, le=200)


def reception_of(request: Request) -> Reception:
    """Where the app's reports are filed; made at the first one."""
    state = request.app.state
    if not hasattr(state, "reception"):
        running = state.parts.running
        state.reception = Reception.of(running.ledger, running.settings)
    found: Reception = state.reception
    return found


def kept(said: Said, channel: Channel, name: str, now: Instant) -> Kept:
    """The report under the name by which its channel knows it."""
    given = {part: getattr(said, part) for part in Said.model_fields if part != "ticket"}
    return Kept(id=report_id(channel, name), channel=channel, at=now, continues=said.ticket or "", **given)


def shown(each: Filed) -> Report:
    """The report as it travels."""
    report, reading = each.report, each.reading
    given = {part: getattr(report, part) for part in ("id", "channel", "at", "reporter", "subject", "text", "device")}
    beside = {
        "fields": {**reading.fields, **report.fields},
        "suggested": [(name, round(share, 3)) for name, share in reading.suggested],
        "attachments": [{"name": a.name, "kind": a.kind, "size": a.size} for a in report.attachments],
    }
    return Report.model_validate(given | beside | {"ticket": each.ticket, "taken": each.taken})


@router.post("/reports", summary="Report a fault", responses=answers(401, 413, 422, 503))
def file(request: Request, here: Here, said: Said, idempotency_key: Key = None) -> Report:
    """It joins the device's open ticket for the same failure mode, lets a member of an incident out, goes on with a

    conversation, or opens a ticket. A class that its sender chose must have the fields that it asks for.
    """
    now = here.clock.now()
    reception = reception_of(request)
    report = kept(said, Channel.API, idempotency_key or token_hex(16), now)
    reception.intake.check(report)
    return shown(reception.take(report, now))


@router.get("/reports", summary="Reports, newest first", responses=answers(401, 422, 503))
def reports(running: Running, asked: Annotated[ListAsked, Query()]) -> Reports:
    """The last ones of every channel."""
    with running.ledger.reading() as connection:
        return Reports(items=[shown(each) for each in ledger_reports.newest(connection, asked.limit)])


@router.get("/reports/{report}", summary="One report", responses=answers(401, 404, 422, 503))
def one(running: Running, report: ReportInPath) -> Report:
    """A report, and the ticket that it went to."""
    with running.ledger.reading() as connection:
        return shown(ledger_reports.report_by_id(connection, report))


@router.get("/tickets/{number}/reports", summary="Its reports", responses=answers(401, 404, 422, 503))
def of_ticket(running: Running, number: TicketInPath) -> Reports:
    """The reports that went to it, oldest first."""
    running.ledger.ticket(number)
    with running.ledger.reading() as connection:
        return Reports(items=[shown(each) for each in ledger_reports.reports_of(connection, number)])


@router.post("/tickets/{number}/answer", summary="A report was answered", responses=CHANGED)
def answer(this: This, said: Answered) -> Changed:
    """The response clock of that report stops; those of others go on."""

    def act(transaction: SqlTransaction, ticket: Ticket, now: Instant) -> Response:
        found = ledger_reports.filed(transaction.connection, said.report)
        if found is None or found.ticket != ticket.number:
            raise Unknown(f"report of ticket {ticket.number} called", said.report)
        told = line("answered", ticket, now, said.by, said.why, report=said.report)
        return Response(tickets=(ticket,), events=(told,))

    return this.do("answer", said, act)
