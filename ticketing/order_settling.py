"""Settling: when a ticket moves by itself, its order follows, or the ticket is brought back, or a person is asked."""

from collections.abc import Sequence
from dataclasses import replace

from domain.instants import Instant
from domain.sla import Notice
from domain.ticket import LedgerEvent, Ticket, TicketState
from domain.work_order import HOLDS, NOT_DISPATCHED, OrderResponse, OrderState, WorkOrder
from ticketing import catalogue_orders as catalogue
from ticketing.order_driving import ORDERS, OVER, REPAIRED, drive
from ticketing.orders import Step, changed, move, order_line

TICKET_OVER = "ticket_over"
ON_THE_WAY = frozenset({OrderState.DISPATCHED, OrderState.IN_PROGRESS})
T, O = TicketState, OrderState  # noqa: E741 - the two machines


def settle(order: WorkOrder, tickets: Sequence[Ticket], now: Instant, line: LedgerEvent) -> OrderResponse:
    """What to record so that an order and its tickets agree, after a line of the log about one of the tickets."""
    if not order.is_open or not tickets:
        return OrderResponse()
    if order.state is O.WORK_DONE:
        return closing(order, tickets, now)
    if all(ticket.state in OVER for ticket in tickets):
        return over(order, tickets, now)
    return followed(order, tickets, now, line)


def is_handed_on(order: WorkOrder, gone: Ticket, stays: Ticket) -> bool:
    """The order's ticket was taken in by another one about the same asset, which still asks for something."""
    is_taken_in = gone.state is T.CANCELLED and gone.reason == "duplicate" and gone.linked_to == stays.number
    return is_taken_in and stays.state not in OVER and stays.asset == order.asset and order.state is not O.WORK_DONE


def handed_on(order: WorkOrder, gone: Ticket, stays: Ticket, now: Instant) -> OrderResponse:
    """The visit is the staying ticket's from now on, and drives it."""
    its = [stays.number if number == gone.number else number for number in order.tickets]
    mine = changed(order, now, ticket=its[0], also=tuple(its[1:]))
    why = f"ticket {gone.number} was taken in"
    driven, lines = drive(mine, stays, now, why=why)
    told = order_line("order_handed_on", mine, now, ORDERS, why, was=gone.number, to=stays.number)
    return OrderResponse(orders=(mine,), tickets=(driven,) if lines else (), events=(told, *lines))


def closing(order: WorkOrder, tickets: Sequence[Ticket], now: Instant) -> OrderResponse:
    """Work that was done is closed with its tickets, or when one of them shows that it did not last."""
    lasts = all(ticket.state in OVER for ticket in tickets)
    if lasts and any(ticket.state in REPAIRED for ticket in tickets):
        return OrderResponse()
    why = "the ticket has ended" if lasts else "the fault is back"
    return move(order, Step(to=O.CLOSED, why=why), (), now, revision=order.revision)


def over(order: WorkOrder, tickets: Sequence[Ticket], now: Instant) -> OrderResponse:
    """Its tickets ask for no visit any more: it is cancelled, unless a plan made it; who works on it is asked."""
    if order.plan:
        return OrderResponse()
    if order.state is O.IN_PROGRESS:
        return OrderResponse() if order.question else ask(order, tickets[0], now)
    ended = "cancelled" if tickets[0].state is T.CANCELLED else "resolved without a visit"
    step = Step(to=O.CANCELLED, why=f"ticket {tickets[0].number} was {ended}")
    return move(order, step, (), now, revision=order.revision)


def ask(order: WorkOrder, ticket: Ticket, now: Instant) -> OrderResponse:
    """Somebody works for a ticket that has ended: a person is asked what shall become of it."""
    asking = changed(order, now, question=TICKET_OVER)
    named = {"order": order.number, "ticket": ticket.number}
    notice = Notice(
        id=f"{order.number}/{TICKET_OVER}/{asking.revision}",
        at=now,
        channel="in_app",
        to=ticket.owner or ORDERS,
        ticket=ticket.number,
        subject={language: text.format(**named) for language, text in catalogue.ASKED.items()},
        body={
            language: text.format(title=ticket.title.get(language, ticket.title["en"]))
            for language, text in catalogue.ASKED_BODY.items()
        },
    )
    asked = order_line("order_asked", asking, now, ORDERS, question=TICKET_OVER, to=notice.to)
    return OrderResponse(orders=(asking,), events=(asked,), notices=(notice,))


def followed(order: WorkOrder, tickets: Sequence[Ticket], now: Instant, line: LedgerEvent) -> OrderResponse:
    """The order where a ticket moved on, each step at once with all the tickets that it drives."""
    step = order_after(order, next((t for t in tickets if t.number == line.ticket), tickets[0]), line)
    if step is not None:
        return move(order, step, of_order(tickets, step, line), now, revision=order.revision)
    driven = [drive(order, each, now, why="as its order stands") for each in tickets if not is_left(order, each, line)]
    response = OrderResponse(
        tickets=tuple(ticket for ticket, lines in driven if lines),
        events=tuple(each for _, lines in driven for each in lines),
    )
    return replace(response, orders=(changed(order, now, question=""),)) if order.question else response


def order_after(order: WorkOrder, ticket: Ticket, line: LedgerEvent) -> Step | None:
    """The move by which an order follows what was done to its ticket; None where the ticket is to follow it."""
    if ticket.state is T.WAITING and ticket.reason in HOLDS:
        if order.state in ON_THE_WAY or order.state is O.RELEASED:
            return Step(to=O.ON_HOLD, reason=ticket.reason, why=f"ticket {ticket.number} waits")
        is_another = order.state is O.ON_HOLD and order.reason != ticket.reason
        return Step(to=O.RELEASED, why=f"ticket {ticket.number} waits for something else") if is_another else None
    if order.state is O.ON_HOLD and ticket.state not in OVER:
        return Step(to=O.RELEASED, why=f"ticket {ticket.number} does not wait any more")
    return None


def of_order(tickets: Sequence[Ticket], step: Step, line: LedgerEvent) -> Sequence[Ticket]:
    """The tickets that a step of their order drives: not the one that led it there."""
    return [ticket for ticket in tickets if step.to is O.ON_HOLD or ticket.number != line.ticket]


def is_left(order: WorkOrder, ticket: Ticket, line: LedgerEvent) -> bool:
    """Somebody goes on with the ticket while it waits for the visit: that is theirs to do, and the clock runs."""
    if order.state is not O.RELEASED or ticket.state is not T.IN_PROGRESS:
        return False
    is_begun = line.kind == "moved" and line.ticket == ticket.number and line.details.get("was") != T.WAITING.value
    return not is_begun


def with_due(order: WorkOrder, due_at: Instant | None, now: Instant) -> OrderResponse:
    """The order due when its ticket's resolution is, as long as nobody is on the way."""
    if due_at is None or due_at == order.due_at or order.state not in NOT_DISPATCHED:
        return OrderResponse()
    due = changed(order, now, due_at=due_at)
    return OrderResponse(
        orders=(due,), events=(order_line("order_due", due, now, ORDERS, due_at=due_at, was=order.due_at),)
    )
