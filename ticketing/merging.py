"""Merging: duplicates become one ticket, related ones are linked, and many are changed at once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.errors import Conflict, GatesOpen, IllegalMove, WrongFormat
from domain.finding import Finding
from domain.instants import Instant
from domain.ticket import LedgerEvent, Response, Ticket, TicketState
from ticketing.apart import with_findings
from ticketing.evidence import with_severity
from ticketing.moves import line, moved, revised
from ticketing.people import check_seen

MOST_AT_ONCE = 200
"""More tickets than that are not changed by one command."""


def merge(
    ticket: Ticket,
    duplicates: Sequence[Ticket],
    findings: Sequence[Finding],
    *,
    by: str,
    now: Instant,
    revision: int,
    why: str = "",
    answered: Collection[str] = (),
) -> Response:
    """The ticket takes in its duplicates: their findings and reports are its own, they are cancelled and linked to it.

    `findings` are those of the duplicates. Reports keep their response clocks, as old as they are: each is `reported`
    anew on the ticket, except those that a person has answered.
    Raises Conflict; IllegalMove where a ticket has ended or is to be merged with itself.
    """
    check_seen(ticket, revision)
    check_open(ticket, "merged")
    if not duplicates or any(each.number == ticket.number for each in duplicates):
        raise IllegalMove(f"Ticket {ticket.number}", ticket.state, "merged with itself", ["merged with others"])
    whole = replace(with_findings(ticket, findings), dossier=ticket.dossier)
    gone, events, reports = [], [], list(ticket.dossier.get("reports", ()))
    for each in duplicates:
        check_open(each, "merged")
        ended = moved(each, TicketState.CANCELLED, now, reason="duplicate")
        gone.append(replace(ended, active=(), findings=(), evidence_count=0, linked_to=ticket.number, touched=True))
        details = {"was": each.state.value, "state": "cancelled", "reason": "duplicate", "to": ticket.number}
        events.append(line("moved", each, now, by, why, **details))
        reports += each.dossier.get("reports", ())
    known = {**ticket.dossier.get("severities", {}), **{found.id: found.severity.value for found in findings}}
    dossier = {**ticket.dossier, "severities": known, **({"reports": reports} if reports else {})}
    whole = revised(replace(whole, dossier=dossier), now, touched=True)
    names = [each.number for each in duplicates]
    events.append(line("merged", ticket, now, by, why, tickets=names, findings=[found.id for found in findings]))
    moved_here = [(each, report) for each in duplicates for report in each.dossier.get("reports", ())]
    events += [reported_anew(whole, each, told, now) for each, told in moved_here if told["id"] not in answered]
    whole, valued = with_severity(whole, now)
    return Response(tickets=(whole, *gone), events=(*events, *valued))


def reported_anew(ticket: Ticket, before: Ticket, report: Mapping[str, Any], now: Instant) -> LedgerEvent:
    """The report waits for its answer at the ticket from now on, as long as it waited at the one before.

    What was told of an earlier day is no older than the ticket it came to.
    """
    since = max(before.opened_at, report.get("at", now))
    said = {"report": report["id"], "severity": report["severity"], "since": since}
    return line("reported", ticket, now, **said, **{"class": ticket.ticket_class})


def link(ticket: Ticket, other: Ticket, *, by: str, now: Instant, revision: int, why: str = "") -> Response:
    """The ticket is related to the other one; both stay as they are. Raises Conflict, IllegalMove for itself."""
    check_seen(ticket, revision)
    if ticket.number == other.number:
        raise IllegalMove(f"Ticket {ticket.number}", ticket.state, "linked to itself", ["linked to another ticket"])
    joined = revised(ticket, now, linked_to=other.number, touched=True)
    events = (
        line("linked", ticket, now, by, why, to=other.number),
        line("linked", other, now, by, why, to=ticket.number),
    )
    return Response(tickets=(joined, other), events=events)


def check_open(ticket: Ticket, wanted: str) -> None:
    """Nothing, or IllegalMove for a ticket that has ended."""
    if not ticket.is_open:
        raise IllegalMove(f"Ticket {ticket.number}", ticket.state, wanted, [f"{wanted} while open"])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a mass update makes of one ticket."""

    number: str
    response: Response
    trouble: str = ""
    """Why it is left as it is; empty: it is changed."""


def mass_update(tickets: Sequence[Ticket], act: Callable[[Ticket], Response]) -> Sequence[Outcome]:
    """The same act on each ticket; one that does not allow it is left as it is and says why.

    Raises WrongFormat for more than `MOST_AT_ONCE`.
    """
    if len(tickets) > MOST_AT_ONCE:
        raise WrongFormat([f"{len(tickets)} tickets are too many for one command; name at most {MOST_AT_ONCE}."])
    return [outcome(ticket, act) for ticket in tickets]


def outcome(ticket: Ticket, act: Callable[[Ticket], Response]) -> Outcome:
    """What the act makes of one ticket."""
    try:
        return Outcome(ticket.number, act(ticket))
    except (IllegalMove, Conflict, GatesOpen) as trouble:
        return Outcome(ticket.number, Response(), str(trouble))
