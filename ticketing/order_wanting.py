"""Wanting: which lines of the event log say that a ticket needs a visit, and why."""

from domain.actors import MACHINES
from domain.text import Text
from domain.ticket import LedgerEvent, Ticket
from domain.work_order import WorkOrder
from ticketing import catalogue_orders as catalogue
from ticketing.classes import Classes
from ticketing.order_driving import OVER
from ticketing.order_making import ALWAYS, NEVER, filled, is_of_many, visit_of
from ticketing.visits import Need

SILENT = frozenset({"evidence", "joined", "cleared", "sla_warned", "escalated"})
"""Lines that say nothing of where a ticket stands, however many there are."""


def says_state(line: LedgerEvent) -> bool:
    """The line moved its ticket."""
    return line.kind in ("moved", "reopened", "withdrawn")


def wanted_visit(line: LedgerEvent, ticket: Ticket, classes: Classes, last: WorkOrder | None) -> Text | None:
    """Why somebody has to go there, now that this line is written; None where it says nothing of that.

    `last` is the ticket's newest order, which has ended.
    """
    if ticket.state in OVER or is_of_many(ticket):
        return None
    if line.details.get("need") == Need.NEEDS_VISIT.value:
        return filled(catalogue.WHY_DECIDED, ticket=ticket.number, by=line.actor)
    if is_relapse(line, last) and last is not None and visit_of(classes, ticket) != NEVER:
        return filled(catalogue.WHY_RELAPSE, ticket=ticket.number, follows=last.number)
    if visit_of(classes, ticket) == ALWAYS and may_begin(line):
        return filled(catalogue.WHY_ALWAYS, ticket=ticket.number)
    return None


def is_relapse(line: LedgerEvent, last: WorkOrder | None) -> bool:
    """The device itself showed that the work of the last order did not last."""
    return line.kind == "reopened" and line.actor in MACHINES and last is not None and last.done_at is not None


def may_begin(line: LedgerEvent) -> bool:
    """The ticket is new, back, or of another class."""
    return line.kind in ("opened", "reopened") or (line.kind == "edited" and "ticket_class" in line.details["set"])
