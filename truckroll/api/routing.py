"""Routing: how a ticket came to its owner, and what people do about that."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, Field, StringConstraints

from adapters import ledger_people
from adapters.ledger_write import SqlTransaction
from domain.instants import Instant
from domain.person import Assignment, Route, Waiting
from domain.text import Text
from domain.ticket import Response, Ticket
from domain.ticket_class import TicketClass
from ticketing import owners
from ticketing.words_of_routing import why_waiting
from truckroll.api.acts import CHANGED, Actor, Changed, Deed, This
from truckroll.api.parts import Parts, Running
from truckroll.api.problem import answers
from truckroll.api.shapes import Asked, At, Shape, TicketInPath, prose
from truckroll.desk_files import load_classes

router = APIRouter(tags=["tickets"])

Reasoned = Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=r"\S"), AfterValidator(prose)]
Receiver = Annotated[str, StringConstraints(pattern=r"^@?[A-Za-z0-9._-]{1,64}$")]


class Candidate(Shape):
    """Somebody who could have had the ticket."""

    person: str
    ring: int
    """0 = the nearest; a nearer ring goes before any score."""
    km: float | None
    score: float
    terms: dict[str, float]
    """`fix`, `load`, `travel`, `idle`, each from 0 to 1."""


class Choice(Shape):
    """How routing chose."""

    at: At
    chosen: str
    candidates: list[Candidate]
    """The best ten, best first."""
    excluded: dict[str, int]
    """How many could not have it, by the first reason that held."""


class Wait(Shape):
    """A ticket that nobody has."""

    ticket: str
    since: At
    reason: str
    excluded: dict[str, int]
    text: dict[str, str]
    """The reason in words, by language."""


class Routed(Shape):
    """All about a ticket's owner."""

    assignee: str
    """A person's id; behind an `@` a team, out of whose pool somebody takes it; empty: nobody."""
    choices: list[Choice]
    """Oldest first."""
    waiting: Wait | None
    went: list[str]
    """The teams that had it, in order."""
    transfers: int
    refused: list[str]


class Queue(Shape):
    """Tickets that nobody has, in the order in which they are given out."""

    items: list[Wait]


class QueueAsked(Asked):
    """How much of it."""

    limit: int = Field(50, ge=1, le=1000)


class Take(Deed):
    """Who takes it."""

    by: Actor
    """The id of a person."""


class Refusal(Deed):
    """Who gives it back and why."""

    by: Actor
    """The id of the person who has it."""
    why: Reasoned


class Transfer(Deed):
    """Who gets it and why."""

    to: Receiver
    """A person's id, or `@team` for a team's pool."""
    why: Reasoned


@router.get("/tickets/{number}/routing", summary="How it came to its owner", responses=answers(401, 404, 422, 503))
def routing(running: Running, number: TicketInPath) -> Routed:
    """The choices with their tables, where it went, and why it waits if nobody has it."""
    ticket = running.ledger.ticket(number)
    with running.ledger.reading() as connection:
        choices = ledger_people.assignments(connection, number)
        wait = ledger_people.waiting(connection, [number]).get(number)
        route: Route = ledger_people.routes_of(connection, [number])[number]
    return Routed(
        assignee=ticket.assignee,
        choices=[Choice.model_validate(shown_choice(made)) for made in choices],
        waiting=shown(wait) if wait else None,
        went=list(route.groups),
        transfers=route.transfers,
        refused=list(route.refused),
    )


@router.get("/routing/queue", summary="Tickets that nobody has", responses=answers(401, 422, 503))
def queue(running: Running, asked: Annotated[QueueAsked, Query()]) -> Queue:
    """The most urgent first, then the oldest, each with the reason why it waits."""
    with running.ledger.reading() as connection:
        return Queue(items=[shown(wait) for wait in ledger_people.all_waiting(connection, asked.limit)])


@router.post("/tickets/{number}/take", summary="Take it", responses=CHANGED)
def take(this: This, said: Take) -> Changed:
    """For a person with the class's skills and certificates; the ticket is nobody's, or in a team's pool."""

    def act(transaction: SqlTransaction, ticket: Ticket, now: Instant) -> Response:
        staff = ledger_people.staff(transaction.connection)
        needs = needs_of(this.here, ticket)
        return owners.take(ticket, staff, needs, by=said.by, now=now, revision=ticket.revision, why=said.why)

    return this.do("take", said, act)


@router.post("/tickets/{number}/refuse", summary="Refuse it", responses=CHANGED)
def refuse(this: This, said: Refusal) -> Changed:
    """Its owner gives it back with a reason and is not asked again; routing looks for somebody else."""

    def act(_: SqlTransaction, ticket: Ticket, now: Instant) -> Response:
        return owners.refuse(ticket, by=said.by, now=now, revision=ticket.revision, why=said.why)

    return this.do("refuse", said, act)


@router.post("/tickets/{number}/transfer", summary="Hand it on", responses=CHANGED)
def transfer(this: This, said: Transfer) -> Changed:
    """To a person or into a team's pool, with a reason. Three transfers, or a return, make routing name the experts."""

    def act(transaction: SqlTransaction, ticket: Ticket, now: Instant) -> Response:
        staff = ledger_people.staff(transaction.connection)
        needs, revision = needs_of(this.here, ticket), ticket.revision
        return owners.transfer(ticket, said.to, staff, needs, by=said.by, now=now, revision=revision, why=said.why)

    return this.do("transfer", said, act)


def needs_of(here: Parts, ticket: Ticket) -> TicketClass | None:
    """What the ticket's class asks for."""
    return load_classes(here.running.settings).classes.get(ticket.ticket_class)


def shown(wait: Waiting) -> Wait:
    """Who waits, as it travels."""
    text: Text = why_waiting(wait)
    said = {name: getattr(wait, name) for name in Wait.model_fields if name != "text"}
    return Wait.model_validate(said | {"text": dict(text)})


def shown_choice(made: Assignment) -> dict[str, object]:
    """A choice, as it travels."""
    choice = made.choice
    said = {"at": made.at, "chosen": choice.chosen, "excluded": dict(choice.excluded)}
    return said | {"candidates": [Candidate.model_validate(one) for one in choice.candidates]}
