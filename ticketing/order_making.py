"""Making orders: a ticket that needs a visit gets one, with the work that its class's job plan says."""

from dataclasses import replace

from domain.errors import IllegalMove
from domain.instants import Instant
from domain.text import LANGUAGES, Text
from domain.ticket import Priority, Ticket
from domain.ticket_class import JobPlan, TicketClass
from domain.work_order import NEW_ORDER, OrderKind, OrderResponse, OrderState, WorkOrder
from ticketing import catalogue_orders as catalogue
from ticketing.classes import Classes
from ticketing.moves import line
from ticketing.order_driving import ORDERS, OVER, drive
from ticketing.orders import Step, in_state, move, order_line, told

AT_ONCE = frozenset({Priority.URGENT, Priority.HIGH})
"""Corrective orders of these priorities are not reviewed."""
OF_MANY = ("fleet:", "flood:")
"""Assets that are none: what a ticket about many devices is about."""
YES, NO = "yes", "no"
ALWAYS, MAYBE, NEVER = "always", "maybe", "never"
UNPLANNED = JobPlan(id="", name={"en": "Visit", "zh": "上门"})
"""The work where the class names no job plan."""


def visit_of(classes: Classes, ticket: Ticket) -> str:
    """Whether a ticket of its class is visited: always, never, or as a person decides."""
    known = classes.classes.get(ticket.ticket_class)
    return known.visit if known else MAYBE


def is_of_many(ticket: Ticket) -> bool:
    """It is about many devices: there is no place to go to."""
    return ticket.asset.startswith(OF_MANY)


def make_order(
    ticket: Ticket,
    classes: Classes,
    *,
    why: Text,
    due_at: Instant | None,
    now: Instant,
    by: str = ORDERS,
    follows: str = "",
) -> OrderResponse:
    """The order for a ticket's visit: urgent and high ones are released at once, the others go into review."""
    order = planned(ticket, classes, why=why, due_at=due_at, now=now, follows=follows)
    if ticket.priority in AT_ONCE:
        order = replace(order, state=OrderState.RELEASED)
    made = order_line("order_made", order, now, by, state=order.state.value, kind=order.kind.value, asset=order.asset)
    if order.state is OrderState.RELEASED:
        driven, lines = drive(order, ticket, now, by=by)
        return OrderResponse(orders=(order,), tickets=(driven,) if lines else (), events=(made, *lines))
    step = Step(to=OrderState.IN_REVIEW, by=by)
    reviewed = replace(in_state(order, step, now), revision=0)
    return OrderResponse(orders=(reviewed,), events=(made, told(order, reviewed, step, now)))


def planned(
    ticket: Ticket, classes: Classes, *, why: Text, due_at: Instant | None, now: Instant, follows: str = ""
) -> WorkOrder:
    """The order as the class and its job plan want it."""
    kind = classes.classes.get(ticket.ticket_class) or TicketClass(id="", name={"en": ""})
    plan = classes.plan_of(ticket.ticket_class) or UNPLANNED
    return WorkOrder(
        number=NEW_ORDER,
        kind=OrderKind.CORRECTIVE,
        asset=ticket.asset,
        title=ticket.title,
        priority=ticket.priority,
        why=why,
        grounds={"ticket": ticket.number, "class": ticket.ticket_class, "findings": list(ticket.findings)},
        ticket=ticket.number,
        follows=follows,
        ready_at=now,
        ideal_at=now,
        due_at=due_at,
        job_plan=plan.id,
        tasks=plan.tasks,
        hours=plan.hours,
        crew=plan.crew,
        skills=tuple(dict.fromkeys((*kind.skills, *plan.skills))),
        certificates=tuple(dict.fromkeys((*kind.certificates, *plan.certificates))),
        kit=plan.kit,
        tools=plan.tools,
        gates=tuple(dict.fromkeys((*kind.gates, *plan.evidence))),
        made_at=now,
        changed_at=now,
    )


def decide_visit(
    ticket: Ticket,
    decision: str,
    classes: Classes,
    *,
    order: WorkOrder | None,
    due_at: Instant | None,
    now: Instant,
    by: str,
    why: str = "",
    follows: str = "",
) -> OrderResponse:
    """A person decides whether somebody goes there. `order` is the ticket's open one.

    Yes makes the order; the same again changes nothing. No cancels an order that is not worked on.
    Raises IllegalMove for a ticket that can have no visit, and for an order that is worked on.
    """
    if decision == YES:
        check_visitable(ticket, classes)
    said = line("visit_decided", ticket, now, by, why, decision=decision, order=order.number if order else "")
    if decision == NO:
        if order is None:
            return OrderResponse(events=(said,))
        check_alone(order, ticket)
        step = Step(to=OrderState.CANCELLED, by=by, why=why)
        gone = move(order, step, [ticket], now, revision=order.revision)
        return replace(gone, events=(said, *gone.events))
    if order is not None:
        return OrderResponse()
    because = filled(catalogue.WHY_DECIDED, ticket=ticket.number, by=by)
    made = make_order(ticket, classes, why=because, due_at=due_at, now=now, by=by, follows=follows)
    return replace(made, events=(replace(said, details={"decision": decision, "order": NEW_ORDER}), *made.events))


def check_visitable(ticket: Ticket, classes: Classes) -> None:
    """Nothing, or IllegalMove with what would help."""
    if ticket.state in OVER:
        raise IllegalMove(f"Ticket {ticket.number}", ticket.state, "visited", ["visited once it is reopened"])
    if is_of_many(ticket):
        raise IllegalMove(f"Ticket {ticket.number}", "about many devices", "visited", ["a ticket for one member"])
    if visit_of(classes, ticket) == NEVER:
        state = f"of class {ticket.ticket_class}, which is never visited,"
        raise IllegalMove(f"Ticket {ticket.number}", state, "visited", ["a class with visit maybe or always"])


def check_alone(order: WorkOrder, ticket: Ticket) -> None:
    """Nothing, or IllegalMove where the order is about more than this ticket."""
    if order.plan or order.tickets != (ticket.number,):
        others = ", ".join(number for number in order.tickets if number != ticket.number) or order.plan
        state = f"{order.state} for {others} too"
        raise IllegalMove(f"Work order {order.number}", state, "no visit", ["cancelled by a move of the order itself"])


def filled(pattern: Text, **words: object) -> Text:
    """The sentence in every language."""
    return {language: pattern[language].format(**words) for language in LANGUAGES}
