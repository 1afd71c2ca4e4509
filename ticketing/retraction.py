"""Retraction: a rule version takes back the tickets that it alone opened and that nobody has touched."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from domain.instants import Instant
from domain.ticket import MOVES, Response, Ticket, TicketState, TicketWithFindings
from ticketing.moves import line, moved

TOUCHED = "somebody has acted on it"
SHARED = "it also rests on what other rules found"
REPAIRED = "it is thought repaired"


@dataclass(frozen=True, slots=True)
class Retraction:
    """What a retraction did, by the tickets' numbers."""

    cancelled: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why each of the kept was kept."""


def retract(
    tickets: Iterable[TicketWithFindings], rule: str, version: str, *, by: str, now: Instant
) -> tuple[Response, Retraction]:
    """Cancel the open tickets that only this rule version's findings opened and nobody touched; list the others.

    A person's deed: the findings are silent until they resolve.
    """
    reasons: dict[str, str] = {}
    gone: list[Ticket] = []
    for each in tickets:
        if why := reason_to_keep(each, rule, version):
            reasons[each.ticket.number] = why
        else:
            gone.append(replace(moved(each.ticket, TicketState.CANCELLED, now, reason="withdrawn"), touched=True))
    name = f"{rule}@{version}"
    events = tuple(line("retracted", ticket, now, by, f"{name} was retracted", rule=name) for ticket in gone)
    done = Retraction(tuple(ticket.number for ticket in gone), tuple(reasons), reasons)
    return Response(tickets=tuple(gone), events=events), done


def reason_to_keep(each: TicketWithFindings, rule: str, version: str) -> str:
    """Why the ticket stays; empty = it goes."""
    if each.ticket.touched:
        return TOUCHED
    if any((finding.rule, finding.version) != (rule, version) for finding in each.findings):
        return SHARED
    return "" if TicketState.CANCELLED in MOVES[each.ticket.state] else REPAIRED
