"""Routes: what each line of the event log says of a ticket's owners. Pure: the log alone says how they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain import actors
from domain.person import POOL, Record, Route
from domain.ticket import LedgerEvent, Ticket, TicketState
from ticketing.clocks import state_after

ROUTING = actors.ROUTING
"""The machine actor that gives tickets to people."""
GIVEN = ("assigned", "taken", "transferred")
"""Lines that name a new owner: `to`, and `group`, the team that `to` belonged to then."""
ENDED_BY = frozenset({"taken_in", "retracted"})
"""Lines that cancel a ticket without saying its state."""
CONCERNS = frozenset({*GIVEN, *ENDED_BY, "refused", "edited", "suggested", "moved", "reopened", "withdrawn"})
"""Kinds of lines that say something of owners or repairs."""
MOST_TRANSFERS = 3

Grown = Sequence[tuple[Route, Record]]
"""Routes, and by how much the records of those who fixed them grow."""


def followed(route: Route, event: LedgerEvent) -> Route:
    """A ticket's route after one line of the log about it; the same one where it changes nothing."""
    match event.kind:
        case "assigned" | "taken" | "transferred":
            return given(route, event)
        case "refused":
            refused = (*route.refused, *({str(event.details["who"])} - set(route.refused)))
            return replace(route, owner="", refused=refused)
        case "edited" if "assignee" in event.details.get("set", {}):
            return replace(route, owner=str(event.details["set"]["assignee"]))
        case "suggested":
            return replace(route, is_suggested=True)
        case "moved" | "reopened" | "withdrawn":
            return moved(route, event)
    return route


def given(route: Route, event: LedgerEvent) -> Route:
    """Somebody else has it now, or a team's pool."""
    group = str(event.details.get("group", ""))
    is_new = bool(group) and group != (route.groups[-1] if route.groups else "")
    return replace(
        route,
        owner=str(event.details["to"]),
        groups=(*route.groups, group) if is_new else route.groups,
        transfers=route.transfers + (event.kind == "transferred"),
        has_returned=route.has_returned or (is_new and group in route.groups),
    )


def moved(route: Route, event: LedgerEvent) -> Route:
    """Who resolved it first, and whether that held: a reopening says no, whenever it comes."""
    state, _ = state_after(event)
    if state is TicketState.RESOLVED and not route.fixer and route.owner and not route.owner.startswith(POOL):
        return replace(route, fixer=route.owner)
    if state is TicketState.CLOSED and route.fixer and route.fixed is None:
        return replace(route, fixed=True)
    if state is TicketState.TRIAGED and event.kind == "reopened" and route.fixer:
        return replace(route, fixed=False)
    return route


def counted(before: Route, after: Route) -> Record:
    """By how much a fixer's record grows with a line of the log."""
    if before.fixed is after.fixed:
        return Record()
    return Record(int(before.fixed is None), int(after.fixed is True) - int(before.fixed is True))


def asks_for_experts(route: Route) -> bool:
    """It was handed on too often, or came back to where it was."""
    return not route.is_suggested and (route.transfers >= MOST_TRANSFERS or route.has_returned)


def frees(event: LedgerEvent) -> bool:
    """A line after which somebody may have room for one ticket more."""
    if event.actor == ROUTING:
        return False
    if event.kind in ("moved", "reopened", "withdrawn"):
        return state_after(event)[0] not in (None, TicketState.ASSIGNED, TicketState.IN_PROGRESS)
    return event.kind in ("refused", "transferred", "taken", "people", *ENDED_BY) or "assignee" in event.details.get(
        "set", {}
    )


def wants_owner(ticket: Ticket) -> bool:
    """It is for routing to find one: nobody works on it or has it, and no person has decided about its owner."""
    is_nobodys = ticket.state is TicketState.ASSIGNED and not ticket.assignee
    is_unassigned = ticket.state in (TicketState.NEW, TicketState.TRIAGED)
    return (is_unassigned or is_nobodys) and "assignee" not in ticket.held


def may_want_owner(events: Sequence[LedgerEvent]) -> set[str]:
    """Tickets that may need one after these lines."""
    kinds = ("opened", "reopened", "edited", "released", "refused", "moved", "acknowledged")
    return {event.ticket for event in events if event.ticket and event.actor != ROUTING and event.kind in kinds}


def folded(routes: Mapping[str, Route], lines: Sequence[LedgerEvent]) -> tuple[dict[str, Route], Grown]:
    """The routes that lines change, and by how much the records of those who fixed them grow."""
    changed: dict[str, Route] = {}
    grown = []
    for line in lines:
        before = changed.get(line.ticket, routes[line.ticket])
        after = followed(before, line)
        if after is not before:
            changed[line.ticket] = after
            grown.append((after, counted(before, after)))
    return changed, grown


def by_mode(grown: Grown, tickets: Mapping[str, Ticket]) -> Mapping[tuple[str, str], Record]:
    """How records grow, by person and failure mode."""
    found: dict[tuple[str, str], Record] = {}
    for route, record in grown:
        key = (route.fixer, tickets[route.ticket].failure_mode)
        found[key] = found.get(key, Record()) + record
    return found
