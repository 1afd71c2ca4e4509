"""Gates of a visit: what must be there for each of its tickets before its work counts as done."""

from collections.abc import Iterable

from sqlalchemy import Connection

from adapters import ledger_closing
from domain.ticket import Ticket, TicketState
from domain.work_order import WorkOrder
from ticketing.classes import Classes
from ticketing.closing import shown_of
from ticketing.gates import missing
from ticketing.order_driving import OVER


def missing_for(
    connection: Connection, classes: Classes, order: WorkOrder, tickets: Iterable[Ticket]
) -> tuple[str, ...]:
    """What the order and the classes of its tickets ask for and is not there yet, each once.

    Tickets that were resolved meanwhile have passed the gates of their class; those of the order stand all the same.
    """
    found: list[str] = []
    for ticket in (each for each in tickets if each.state is not TicketState.CANCELLED):
        attached = ledger_closing.attachments_of(connection, ticket.number)
        slots = {one.slot for one in attached if one.removed_at is None}
        shown = shown_of(ticket, slots, ledger_closing.record_of(connection, ticket.number))
        kind = None if ticket.state in OVER else classes.classes.get(ticket.ticket_class)
        found += missing(kind, shown, order.gates)
    return tuple(dict.fromkeys(found))
