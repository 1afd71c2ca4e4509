"""The routes by which people change tickets."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from fastapi import Response as Answer
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, WithJsonSchema, model_validator

from adapters.ledger_write import SqlTransaction
from domain.actors import MACHINES
from domain.errors import Unknown
from domain.finding import Finding, Severity
from domain.instants import Instant
from domain.ticket import CANCEL_REASONS, WAITING_REASONS, Priority, Response, Ticket, TicketState
from ticketing import apart, people
from truckroll.api.deeds import Act, Done, Guarded, Once, perform
from truckroll.api.parts import Here, Parts
from truckroll.api.problem import Answers, answers
from truckroll.api.shapes import Asked, FindingId, Shape, TicketInPath, in_one_line, prose
from truckroll.api.tickets import ETAG, all_shown, tag
from truckroll.api.tickets import Ticket as Shown
from truckroll.closing import ready_for
from truckroll.desk_files import load_classes

DONE: Answers = {200: {"description": "Done.", "headers": ETAG}}
CHANGED = DONE | answers(401, 404, 409, 412, 413, 422, 428, 503)

router = APIRouter(tags=["tickets"])


def not_the_desk(name: str) -> str:
    """The name of a person."""
    if name in MACHINES:
        raise ValueError("is the name of a part of the service; write yours")
    return name


Actor = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64),
    AfterValidator(in_one_line),
    AfterValidator(not_the_desk),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 64, "not": {"enum": sorted(MACHINES)}}),
]
Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(in_one_line)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(in_one_line)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(in_one_line)]
Prose = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(prose)]
Reason = Literal["", *WAITING_REASONS, *CANCEL_REASONS]  # type: ignore[valid-type]
Held = Literal["title", "priority", "severity", "assignee", "note", "ticket_class"]


class Deed(Asked):
    """Who does it and why; both stand in the timeline."""

    by: Actor = "operator"
    """Believed as it is said, until there are users and rights."""
    why: Prose = ""


class Move(Deed):
    """To another state."""

    to: TicketState
    reason: Reason = ""
    """Why it waits or is cancelled; only there, and always there."""


def unset() -> Any:
    """A field that may be left out."""
    return Field(default_factory=str)


class Fields(Asked):
    """What a person may set; at least one of them."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    title: Title = unset()
    priority: Priority = unset()
    severity: Severity = unset()
    assignee: Line = unset()
    note: Prose = unset()
    ticket_class: Line = unset()

    @model_validator(mode="after")
    def says_something(self) -> "Fields":
        """At least one field is set."""
        if not self.model_fields_set:
            raise ValueError("sets nothing; name at least one field")
        return self


class Edit(Deed):
    """Fields that a person sets; they stay as they are until released."""

    set: Fields


class Release(Deed):
    """Fields that are given back to the desk."""

    fields: list[Held] = Field(min_length=1, max_length=6)


class Split(Deed):
    """Some of its findings are about something else."""

    findings: list[FindingId] = Field(min_length=1, max_length=100)
    component: Line
    failure_mode: Name


class Changed(Shape):
    """A ticket after a deed."""

    ticket: Shown
    also: list[Shown]
    """Other tickets that it changed or opened."""


def told(ledger: Any, done: Done, answer: Answer) -> Changed:
    """What a deed answers."""
    answer.headers["ETag"] = tag(done.ticket)
    ticket, *also = all_shown(ledger, [done.ticket, *done.also])
    return Changed(ticket=ticket, also=also)


class Doing:
    """One deed on its way: everything but what it does."""

    def __init__(self, here: Here, number: TicketInPath, guard: Guarded, answer: Answer) -> None:
        self.here: Parts = here
        self.number: str = number
        self.guard: Once = guard
        self.answer = answer

    def do(self, name: str, deed: Deed, act: Act) -> Changed:
        """Do it and answer."""
        request = {"deed": name, **deed.model_dump(mode="json", exclude_unset=True)}
        done = perform(self.here, self.number, self.guard, request, act)
        return told(self.here.running.ledger, done, self.answer)


This = Annotated[Doing, Depends()]


@router.post("/tickets/{number}/move", summary="Move it to another state", responses=CHANGED)
def move(this: This, said: Move) -> Changed:
    """Waiting and cancelled need a reason. A move that the state does not allow is a 409 that names those it does; so

    is one past an open gate: `missing` names what the class asks for.
    """
    classes = load_classes(this.here.running.settings)

    def act(transaction: SqlTransaction, ticket: Ticket, now: Instant) -> Response:
        return people.move(
            ticket,
            said.to,
            reason=said.reason,
            by=said.by,
            now=now,
            revision=ticket.revision,
            why=said.why,
            ready=ready_for(transaction.connection, classes, ticket),
        )

    return this.do("move", said, act)


@router.post("/tickets/{number}/acknowledge", summary="Accept it", responses=CHANGED)
def acknowledge(this: This, said: Deed) -> Changed:
    """A new ticket is triaged; one further on stays where it is."""

    def act(_: SqlTransaction, ticket: Ticket, now: Instant) -> Response:
        return people.acknowledge(ticket, by=said.by, now=now, revision=ticket.revision, why=said.why)

    return this.do("acknowledge", said, act)


@router.post("/tickets/{number}/edit", summary="Set its fields", responses=CHANGED)
def edit(this: This, said: Edit) -> Changed:
    """What a person sets stays as it is, whatever the evidence says, until it is released."""
    changes = said.set.model_dump(mode="json", exclude_unset=True)

    def act(_: SqlTransaction, ticket: Ticket, now: Instant) -> Response:
        return people.edit(ticket, changes, by=said.by, now=now, revision=ticket.revision, why=said.why)

    return this.do("edit", said, act)


@router.post("/tickets/{number}/release", summary="Give fields back to the desk", responses=CHANGED)
def release(this: This, said: Release) -> Changed:
    """Their values stay until evidence says otherwise."""

    def act(_: SqlTransaction, ticket: Ticket, now: Instant) -> Response:
        return people.release(ticket, said.fields, by=said.by, now=now, revision=ticket.revision, why=said.why)

    return this.do("release", said, act)


@router.post("/tickets/{number}/close", summary="Close it", responses=CHANGED)
def close(this: This, said: Deed) -> Changed:
    """It passes every state on the way, each with its line in the timeline. Where the class is known, closing it before

    the device has confirmed the repair wants a reason.
    """
    classes = load_classes(this.here.running.settings)

    def act(transaction: SqlTransaction, ticket: Ticket, now: Instant) -> Response:
        ready = ready_for(transaction.connection, classes, ticket)
        return people.close(ticket, by=said.by, now=now, revision=ticket.revision, why=said.why, ready=ready)

    return this.do("close", said, act)


@router.post("/tickets/{number}/reopen", summary="Take it up again", responses=CHANGED)
def reopen(this: This, said: Deed) -> Changed:
    """Where another ticket is open for the same problem, that one takes over and the two are linked."""

    def act(transaction: SqlTransaction, ticket: Ticket, now: Instant) -> Response:
        occupant = transaction.open_ticket((ticket.asset, ticket.component, ticket.failure_mode))
        findings = transaction.free_findings(ticket)
        return apart.reopen(ticket, occupant, findings, by=said.by, now=now, revision=ticket.revision, why=said.why)

    return this.do("reopen", said, act)


@router.post("/tickets/{number}/split", summary="Split findings off", responses=CHANGED)
def split(this: This, said: Split) -> Changed:
    """The findings go to the open ticket of the other key, else to a new one; it stands in `also`."""

    def act(transaction: SqlTransaction, ticket: Ticket, now: Instant) -> Response:
        return apart.split(
            ticket,
            listed(transaction, ticket, said.findings),
            component=said.component,
            failure_mode=said.failure_mode,
            occupant=transaction.open_ticket((ticket.asset, said.component, said.failure_mode)),
            by=said.by,
            now=now,
            revision=ticket.revision,
            why=said.why,
        )

    return this.do("split", said, act)


def listed(transaction: SqlTransaction, ticket: Ticket, names: Sequence[str]) -> Sequence[Finding]:
    """The findings with these ids. Raises Unknown for one that is not the ticket's."""
    for name in names:
        if name not in ticket.findings:
            raise Unknown(f"finding of ticket {ticket.number} called", name)
    return transaction.findings(dict.fromkeys(names))
