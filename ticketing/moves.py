"""Moves: how a ticket passes from state to state, and the line that the event log gets for it."""

from dataclasses import replace
from typing import Any

from domain import actors
from domain.instants import Instant
from domain.ticket import ENDED, REOPENABLE, LedgerEvent, OpenKey, Ticket, TicketState, check_move

DESK = actors.DESK


def key_of(ticket: Ticket) -> OpenKey:
    """The key that the ticket occupies while it is open, and had when it ended."""
    return (ticket.asset, ticket.component, ticket.failure_mode)


def revised(ticket: Ticket, now: Instant, **changes: Any) -> Ticket:
    """The ticket with changes that its readers must see before they change it themselves."""
    return replace(ticket, **changes, changed_at=now, revision=ticket.revision + 1)


def moved(ticket: Ticket, to: TicketState, now: Instant, *, reason: str = "") -> Ticket:
    """The ticket in its new state; a reopening counts. Raises IllegalMove."""
    check_move(ticket.number, ticket.state, to)
    again = to is TicketState.TRIAGED and ticket.state in REOPENABLE
    return revised(
        ticket,
        now,
        state=to,
        reason=reason,
        reopened=ticket.reopened + again,
        closed_at=now if to in ENDED else None,
    )


def birth(ticket: Ticket, now: Instant, actor: str = DESK, why: str = "", **details: Any) -> LedgerEvent:
    """The first line about a ticket: it says all that those who follow the log need to know of it."""
    first: dict[str, Any] = {
        "severity": ticket.severity.value,
        "priority": ticket.priority.value,
        "class": ticket.ticket_class,
    }
    if terms := ticket.dossier.get("priority"):
        first["terms"] = terms
    return line("opened", ticket, now, actor, why, **first, **details)


def line(kind: str, ticket: Ticket, now: Instant, actor: str = DESK, why: str = "", **details: Any) -> LedgerEvent:
    """What the event log says of it."""
    return LedgerEvent(at=now, kind=kind, ticket=ticket.number, actor=actor, why=why, details=details)
