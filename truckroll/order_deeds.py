"""What people decide about visits: each decision is one change of the ledger, and sent twice it is done once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from adapters import ledger_orders
from adapters.ledger_lists import events_with_key
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.errors import WrongFormat
from domain.instants import Instant
from domain.ticket import LedgerEvent, Ticket
from domain.work_order import OrderResponse, WorkOrder
from ticketing.classes import Classes
from ticketing.moves import line
from ticketing.order_making import decide_visit
from ticketing.orders import Step, move
from truckroll.order_gates import missing_for
from truckroll.orders import MOST, due_at, followed, open_order, served
from truckroll.stock import release_kit

KEY, REQUEST = "idempotency_key", "request"


@dataclass(frozen=True, slots=True)
class Request:
    """What tells a request from any other, so that sending it twice is doing it once; no key = it may be done twice."""

    key: str = ""
    digest: str = ""


ANY = Request()


def move_order(
    ledger: SqlLedger, classes: Classes, number: str, step: Step, now: Instant, *, into: str = ""
) -> WorkOrder:
    """A person's move. Raises Unknown, IllegalMove, WrongFormat, GatesOpen, Conflict."""
    return move_once(ledger, classes, number, step, into=into, now=now)


def move_once(
    ledger: SqlLedger,
    classes: Classes,
    number: str,
    step: Step,
    *,
    now: Instant,
    into: str = "",
    request: Request = ANY,
    check: Callable[[WorkOrder], None] = lambda _: None,
) -> WorkOrder:
    """A person's move of the order that they saw; the same request again answers the order and changes nothing.

    Raises Unknown, IllegalMove, WrongFormat, GatesOpen, PartsMissing, Conflict, and whatever `check` does.
    """
    with ledger.begin() as transaction:
        order = ledger_orders.order(transaction.connection, number)
        if request.key and is_repeated(ledger_orders.newest_lines(transaction.connection, number, MOST), request):
            return order
        check(order)
        return move_in(transaction, classes, order, step, now, into=into, request=request)


def move_in(
    transaction: SqlTransaction,
    classes: Classes,
    order: WorkOrder,
    step: Step,
    now: Instant,
    *,
    into: str = "",
    request: Request = ANY,
) -> WorkOrder:
    """The move of an order as it stands under the writers' lock. Raises as `move_once`."""
    connection = transaction.connection
    tickets, whole = served(connection, order), with_into(connection, step, into)
    open_gates = missing_for(connection, classes, order, tickets)
    response = move(order, whole, tickets, now, revision=order.revision, missing=open_gates)
    response = without(response, release_kit(transaction, order, whole, now))
    return ledger_orders.record(transaction, keyed(response, request))[0]


def without(response: OrderResponse, lacks: Mapping[str, int]) -> OrderResponse:
    """The response, whose first line says which parts the order goes without."""
    if not lacks:
        return response
    first, *rest = response.events
    return replace(response, events=(replace(first, details={**first.details, "without_parts": dict(lacks)}), *rest))


def is_repeated(lines: Iterable[LedgerEvent], request: Request) -> bool:
    """The request was done already. Raises WrongFormat where its key was another request's."""
    digests = {line.details.get(REQUEST) for line in lines if request.key and line.details.get(KEY) == request.key}
    if digests - {request.digest}:
        raise WrongFormat([f"The Idempotency-Key {request.key} was used for another request; give each its own."])
    return bool(digests)


def keyed(response: OrderResponse, request: Request) -> OrderResponse:
    """The response, whose lines bear the request's key."""
    if not request.key:
        return response
    said = {KEY: request.key, REQUEST: request.digest}
    return replace(response, events=tuple(replace(e, details={**e.details, **said}) for e in response.events))


def with_into(connection: Connection, step: Step, into: str) -> Step:
    """The step with the order that takes in the work. Raises Unknown."""
    if not into:
        return step
    return replace(step, into=ledger_orders.order(connection, into))


def visit(
    ledger: SqlLedger, classes: Classes, number: str, decision: str, now: Instant, *, by: str, why: str = ""
) -> WorkOrder | None:
    """A person's decision whether a ticket is visited; its open order afterwards. Raises Unknown, IllegalMove."""
    return decide_once(ledger, classes, number, decision, now, by=by, why=why)


def decide_once(
    ledger: SqlLedger,
    classes: Classes,
    number: str,
    decision: str,
    now: Instant,
    *,
    by: str,
    why: str = "",
    request: Request = ANY,
    check: Callable[[Ticket], None] = lambda _: None,
) -> WorkOrder | None:
    """As `visit`, about the ticket that they saw; the same request again changes nothing, whatever has become of the

    order since: a key leaves a line also where it decided what was decided already.
    """
    with ledger.begin() as transaction:
        connection, ticket = transaction.connection, transaction.ticket(number)
        before = events_with_key(transaction, number, request.key) if request.key else ()
        if not is_repeated(before, request):
            check(ticket)
            response = decided(transaction, ticket, decision, classes, now, by=by, why=why)
            if request.key and not response.events:
                there = ledger_orders.open_orders_of(connection, [number])[number].number
                same = line("visit_decided", ticket, now, by, why, decision=decision, order=there)
                response = OrderResponse(events=(same,))
            ledger_orders.record(transaction, keyed(response, request))
        return open_order(connection, number)


def decided(
    transaction: SqlTransaction, ticket: Ticket, decision: str, classes: Classes, now: Instant, *, by: str, why: str
) -> OrderResponse:
    """What a decision leads to. Raises IllegalMove."""
    connection = transaction.connection
    return decide_visit(
        ticket,
        decision,
        classes,
        order=open_order(connection, ticket.number),
        due_at=due_at(connection, ticket.number, now),
        now=now,
        by=by,
        why=why,
        follows=followed(connection, ticket),
    )
