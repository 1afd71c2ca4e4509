"""Driving: an order's state says where its ticket stands; the ticket gets there move by move, each in the event log."""

from collections.abc import Sequence
from dataclasses import replace

from domain import actors
from domain.actors import MACHINES
from domain.instants import Instant
from domain.ticket import ENDED, LedgerEvent, Ticket, TicketState
from domain.work_order import HOLDS, OrderState, WorkOrder
from ticketing.moves import line, moved

ORDERS = actors.ORDERS
VISIT = "visit"
T, O = TicketState, OrderState  # noqa: E741 - the two machines
UPWARD = (T.NEW, T.TRIAGED, T.ASSIGNED, T.IN_PROGRESS)
REPAIRED = (T.RESOLVED, T.VERIFYING)
OVER = ENDED | set(REPAIRED)
"""The ticket asks for no visit any more."""

Driven = tuple[Ticket, Sequence[LedgerEvent]]


def drive(order: WorkOrder, ticket: Ticket, now: Instant, *, by: str = ORDERS, why: str = "") -> Driven:
    """The ticket as the order's state wants it, and the lines of its moves; as it is where they agree."""
    if ticket.state in ENDED or (ticket.state in REPAIRED and order.state is not O.WORK_DONE):
        return ticket, ()
    match order.state:
        case O.RELEASED if ticket.state in (T.ASSIGNED, T.IN_PROGRESS) or waits_for_work(ticket):
            return walk(order, ticket, T.WAITING, VISIT, now=now, by=by, why=why)
        case O.DISPATCHED | O.IN_PROGRESS:
            return walk(order, ticket, T.IN_PROGRESS, now=now, by=by, why=why)
        case O.ON_HOLD:
            return walk(order, ticket, T.WAITING, order.reason, now=now, by=by, why=why)
        case O.WORK_DONE:
            return walk(order, ticket, T.VERIFYING, now=now, by=by, why=why)
        case O.CANCELLED | O.REJECTED if waits_for_work(ticket) or is_waiting(ticket, VISIT):
            return walk(order, ticket, T.IN_PROGRESS, now=now, by=by, why=why)
    return ticket, ()


def waits_for_work(ticket: Ticket) -> bool:
    """It waits for what an order was on hold for."""
    return ticket.state is T.WAITING and ticket.reason in HOLDS


def is_waiting(ticket: Ticket, reason: str) -> bool:
    """It waits for that."""
    return (ticket.state, ticket.reason) == (T.WAITING, reason)


def walk(
    order: WorkOrder, ticket: Ticket, to: TicketState, reason: str = "", *, now: Instant, by: str, why: str
) -> Driven:
    """The ticket moved to a state, through every state on the way."""
    lines: list[LedgerEvent] = []
    for state in way(ticket, to, reason):
        because = reason if state is T.WAITING else ""
        details = {"was": ticket.state.value, "state": state.value, "reason": because, "order": order.number}
        lines.append(line("moved", ticket, now, by, why, **details))
        ticket = moved(ticket, state, now, reason=because)
    is_touched = ticket.touched or (bool(lines) and by not in MACHINES)
    return replace(ticket, touched=is_touched), lines


def way(ticket: Ticket, to: TicketState, reason: str) -> Sequence[TicketState]:
    """The states from where the ticket stands to another one."""
    if ticket.state is to and ticket.reason == reason:
        return ()
    if to is T.VERIFYING and ticket.state in REPAIRED:
        return REPAIRED[REPAIRED.index(ticket.state) + 1 :]
    rest = {T.IN_PROGRESS: (), T.WAITING: (T.WAITING,), T.VERIFYING: REPAIRED}[to]
    return (*way_to_work(ticket), *rest)


def way_to_work(ticket: Ticket) -> Sequence[TicketState]:
    """The states until somebody works on it."""
    if ticket.state is T.IN_PROGRESS:
        return ()
    if ticket.state is T.WAITING:
        return (T.IN_PROGRESS,)
    return UPWARD[UPWARD.index(ticket.state) + 1 :]
