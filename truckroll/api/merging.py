"""Tickets together: merged, linked, changed many at once, similar ones found, and the problems behind them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field, StringConstraints

from adapters import ledger_problems, ledger_reports
from adapters.ledger_write import SqlTransaction
from domain.closing import Readiness
from domain.instants import Instant
from domain.problem import Problem as KeptProblem
from domain.problem import ProblemState
from domain.ticket import Response, Ticket, TicketState
from ticketing import merging, people, problems
from ticketing.similar import most_similar
from truckroll.api.acts import CHANGED, Changed, Deed, Fields, Line, Prose, Reason, This, Title
from truckroll.api.parts import Here, Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Asked, At, FindingId, Number, Shape, TicketInPath
from truckroll.closing import ready_for
from truckroll.desk_files import load_classes
from truckroll.together import change_many, take_in

LOOKED_AT = 500
"""So many solved tickets are compared."""
router = APIRouter(tags=["tickets"])
ProblemInPath = Annotated[
    str, StringConstraints(pattern=r"^P-[0-9]{6,9}$"), Path(description="The problem's id, such as P-000001.")
]


class Merge(Deed):
    """Tickets about the same."""

    tickets: list[Number] = Field(min_length=1, max_length=50)


class Link(Deed):
    """A related ticket."""

    to: Number


class Bulk(Deed):
    """One act on many tickets."""

    tickets: list[Number] = Field(min_length=1, max_length=merging.MOST_AT_ONCE)
    act: Literal["edit", "move", "acknowledge"]
    set: Fields | None = None
    """For `edit`."""
    to: TicketState | None = None
    """For `move`."""
    reason: Reason = ""
    dry_run: bool = True
    """Only say what would change."""


class BulkLine(Shape):
    """What became of one ticket."""

    number: str
    changed: bool
    why: str
    """Why it is left as it is."""


class BulkDone(Shape):
    """What became of all of them."""

    dry_run: bool
    items: list[BulkLine]


class Similar(Shape):
    """A solved ticket, how similar it is, and why."""

    number: str
    title: dict[str, str]
    note: str
    score: float
    terms: dict[str, float]


class Similars(Shape):
    """The most similar first."""

    items: list[Similar]


class SimilarAsked(Asked):
    """How many."""

    limit: int = Field(5, ge=1, le=50)


class NewProblem(Deed):
    """The cause behind incidents and tickets."""

    title: Title
    incidents: list[FindingId] = Field(default=[], max_length=100)
    tickets: list[Number] = Field(default=[], max_length=merging.MOST_AT_ONCE)


class EditProblem(Deed):
    """What is known of it now."""

    revision: int = Field(ge=0, lt=2**31)
    """As it was seen."""
    state: ProblemState | None = None
    cause: Prose | None = None
    workaround: Prose | None = None
    incidents: list[FindingId] = Field(default=[], max_length=100)
    tickets: list[Number] = Field(default=[], max_length=merging.MOST_AT_ONCE)


class ProblemRecord(Shape):
    """A problem as it stands."""

    id: str
    title: str
    state: ProblemState
    cause: str
    workaround: str
    incidents: list[str]
    tickets: list[str]
    opened_at: At
    changed_at: At
    by: Line
    revision: int


class ProblemRecords(Shape):
    """Some of them."""

    items: list[ProblemRecord]


@router.post("/tickets/{number}/merge", summary="Take duplicates in", responses=CHANGED)
def merge(this: This, said: Merge) -> Changed:
    """Their findings and reports become its own; they are cancelled as duplicates and linked to it."""

    def act(transaction: SqlTransaction, ticket: Ticket, now: Instant) -> Response:
        return take_in(transaction, ticket, said.tickets, by=said.by, now=now, why=said.why)

    return this.do("merge", said, act)


@router.post("/tickets/{number}/link", summary="Link it to another", responses=CHANGED)
def link(this: This, said: Link) -> Changed:
    """Both stay as they are, and each names the other in its timeline."""

    def act(transaction: SqlTransaction, ticket: Ticket, now: Instant) -> Response:
        other = transaction.ticket(said.to)
        return merging.link(ticket, other, by=said.by, now=now, revision=ticket.revision, why=said.why)

    return this.do("link", said, act)


@router.post("/tickets/bulk", summary="Change many at once", responses=answers(401, 404, 409, 413, 422, 503))
def bulk(here: Here, said: Bulk) -> BulkDone:
    """At most 200; what does not allow it is left as it is and says why. Without `dry_run: false` nothing changes."""
    classes = load_classes(here.running.settings)
    with here.running.ledger.begin() as transaction:

        def act(ticket: Ticket) -> Response:
            ready = ready_for(transaction.connection, classes, ticket)
            return one_of_many(said, ticket, here.clock.now(), ready)

        outcomes = change_many(transaction, said.tickets, act, dry_run=said.dry_run)
    items = [BulkLine(number=o.number, changed=bool(o.response.tickets), why=o.trouble) for o in outcomes]
    return BulkDone(dry_run=said.dry_run, items=items)


def one_of_many(said: Bulk, ticket: Ticket, now: Instant, ready: Readiness) -> Response:
    """What the act makes of one ticket."""
    if said.act == "edit":
        changes = said.set.model_dump(mode="json", exclude_unset=True) if said.set else {}
        return people.edit(ticket, changes, by=said.by, now=now, revision=ticket.revision, why=said.why)
    if said.act == "move":
        to, reason = said.to or ticket.state, said.reason
        seen = ticket.revision
        return people.move(ticket, to, reason=reason, by=said.by, now=now, revision=seen, why=said.why, ready=ready)
    return people.acknowledge(ticket, by=said.by, now=now, revision=ticket.revision, why=said.why)


@router.get("/tickets/{number}/similar", summary="Similar solved tickets", responses=answers(401, 404, 422, 503))
def similar(running: Running, number: TicketInPath, asked: Annotated[SimilarAsked, Query()]) -> Similars:
    """Closed ones of the failure mode or the model, the most similar first, with what makes them so."""
    ticket = running.ledger.ticket(number)
    model = str(ticket.dossier.get("facts", {}).get("model", ""))
    with running.ledger.reading() as connection:
        solved = ledger_reports.solved(connection, ticket.failure_mode, model, LOOKED_AT)
    found = most_similar(ticket, solved, asked.limit)
    items = [
        Similar(
            number=each.ticket.number,
            title=dict(each.ticket.title),
            note=each.ticket.note,
            score=each.score,
            terms=dict(each.terms),
        )
        for each in found
    ]
    return Similars(items=items)


@router.post("/problems", summary="Open a problem", responses=answers(401, 404, 413, 422, 503))
def open_problem(here: Here, said: NewProblem) -> ProblemRecord:
    """The incidents' tickets belong to it, and each says so in its timeline."""
    with here.running.ledger.begin() as transaction:
        connection = transaction.connection
        incidents = [transaction.incident(name) for name in said.incidents]
        numbers = [transaction.ticket(number).number for number in said.tickets]
        name, now = ledger_problems.next_id(connection), here.clock.now()
        fresh = problems.opened(name, said.title, incidents, numbers, by=said.by, now=now)
        return kept(transaction, None, fresh)


@router.post("/problems/{problem}/edit", summary="Change a problem", responses=answers(401, 404, 409, 413, 422, 503))
def edit_problem(here: Here, problem: ProblemInPath, said: EditProblem) -> ProblemRecord:
    """Its state, cause, workaround, and what belongs to it. A cause that is known must be said."""
    with here.running.ledger.begin() as transaction:
        before = ledger_problems.problem(transaction.connection, problem)
        after = problems.changed(
            before,
            by=said.by,
            now=here.clock.now(),
            revision=said.revision,
            state=said.state,
            cause=said.cause,
            workaround=said.workaround,
            incidents=[transaction.incident(name) for name in said.incidents],
            tickets=[transaction.ticket(number).number for number in said.tickets],
        )
        return kept(transaction, before, after)


def kept(transaction: SqlTransaction, before: KeptProblem | None, after: KeptProblem) -> ProblemRecord:
    """The problem, recorded, as it travels."""
    ledger_problems.save(transaction.connection, after)
    transaction.record(Response(events=tuple(problems.told(before, after))))
    return ProblemRecord.model_validate(after)


@router.get("/problems", summary="Problems, newest first", responses=answers(401, 422, 503))
def all_problems(running: Running, asked: Annotated[SimilarAsked, Query()]) -> ProblemRecords:
    """The last ones."""
    with running.ledger.reading() as connection:
        found = ledger_problems.problems(connection, asked.limit)
    return ProblemRecords(items=[ProblemRecord.model_validate(each) for each in found])


@router.get("/problems/{problem}", summary="One problem", responses=answers(401, 404, 422, 503))
def one_problem(running: Running, problem: ProblemInPath) -> ProblemRecord:
    """A problem as it stands."""
    with running.ledger.reading() as connection:
        return ProblemRecord.model_validate(ledger_problems.problem(connection, problem))
