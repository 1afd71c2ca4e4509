"""Outages: when an asset was down because it failed, as its tickets tell it."""

from collections.abc import Iterable

from domain.instants import Instant
from domain.ticket import ENDED, LedgerEvent, Ticket, TicketState
from maintenance.availability import Outage

UP = ENDED | {TicketState.RESOLVED}
"""States of a ticket whose asset works again."""
TELLS = frozenset({"moved", "reopened", "withdrawn"})
"""Kinds of lines that say where a ticket stands."""


def outages_of(ticket: Ticket, lines: Iterable[LedgerEvent]) -> tuple[Outage, ...]:
    """Of one ticket, from its lines in order: down from its fault until it was resolved, and again where it came back.

    A cancelled ticket was no failure.
    """
    if ticket.state is TicketState.CANCELLED:
        return ()
    found: list[Outage] = []
    begin: Instant | None = ticket.fault_at
    for line in lines:
        if line.kind not in TELLS:
            continue
        is_up = TicketState(line.details.get("state", TicketState.TRIAGED)) in UP
        if is_up and begin is not None:
            found.append(Outage(begin, max(begin, line.at)))
            begin = None
        elif not is_up and begin is None:
            begin = line.at
    if begin is not None:
        found.append(Outage(begin, None if ticket.is_open else max(begin, ticket.closed_at or begin)))
    return tuple(found)
