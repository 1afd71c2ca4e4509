"""Evidence: what a finding that changed does to the ticket that lists it, or will."""

from dataclasses import replace
from typing import Any

from domain.finding import Finding, FindingState
from domain.instants import Instant
from domain.ticket import LedgerEvent, Response, Ticket, TicketState
from ticketing.moves import line, moved, revised
from ticketing.opening import dossier_of
from ticketing.priority import severity_now, weighed
from ticketing.words import summary_of

THOUGHT_REPAIRED = frozenset({TicketState.RESOLVED, TicketState.VERIFYING})


def struck_again(finding: Finding, before: Finding | None) -> bool:
    """The fault showed itself anew: first seen, back after its end, or with evidence younger than any before."""
    return before is None or not before.is_active or finding.last_at > before.last_at


def is_news(finding: Finding, before: Finding | None) -> bool:
    """A person would see a difference."""
    return before is None or (finding.count, finding.last_at, finding.state) != (
        before.count,
        before.last_at,
        before.state,
    )


def told(finding: Finding) -> dict[str, Any]:
    """What the event log says of a finding."""
    return {
        "finding": finding.id,
        "rule": f"{finding.rule}@{finding.version}",
        "state": finding.state.value,
        "count": finding.count,
        "position": finding.position,
    }


def grow(ticket: Ticket, finding: Finding, before: Finding | None, now: Instant) -> Response:
    """An open ticket takes in a finding that holds; one thought repaired is reopened by a new strike."""
    joins = finding.id not in ticket.findings
    grown = absorbed(ticket, finding, before)
    events: list[LedgerEvent] = []
    if ticket.state in THOUGHT_REPAIRED and struck_again(finding, before):
        grown = moved(grown, TicketState.TRIAGED, now)
        events.append(line("reopened", ticket, now, why="relapse", was=ticket.state.value, **told(finding)))
    elif joins:
        events.append(line("joined", ticket, now, **told(finding)))
    elif is_news(finding, before):
        events.append(line("evidence", ticket, now, **told(finding)))
    grown, valued = with_severity(grown, now)
    return Response(tickets=(grown,), events=(*events, *valued)) if grown != ticket or events else Response()


def clear(ticket: Ticket, finding: Finding, before: Finding | None, now: Instant) -> Response:
    """A finding's condition is over; the ticket stays, because people end tickets."""
    held = finding.id in ticket.active
    if not held and not (ticket.is_open and is_news(finding, before)):
        return Response()
    calm = absorbed(ticket, finding, before)
    kind = "cleared" if held and not calm.active else "evidence"
    calm, valued = with_severity(calm, now)
    return Response(tickets=(calm,), events=(line(kind, ticket, now, **told(finding)), *valued))


def withdraw(ticket: Ticket, finding: Finding, before: Finding | None, now: Instant) -> Response:
    """Late data took a finding back: an untouched ticket that rests on nothing else is cancelled.

    The only finding of a ticket stays listed, so that the ticket is found again if the finding comes back.
    """
    if before is not None and before.state is FindingState.WITHDRAWN:
        return Response()
    alone = is_alone(ticket, finding)
    left = replace(
        ticket,
        findings=ticket.findings if alone else without(ticket.findings, finding.id),
        active=without(ticket.active, finding.id),
        evidence_count=evidence_beside(ticket, finding, before),
    )
    if alone and not ticket.touched and ticket.state in (TicketState.NEW, TicketState.TRIAGED, TicketState.ASSIGNED):
        left = moved(left, TicketState.CANCELLED, now, reason="withdrawn")
    left, valued = with_severity(left, now)
    details = {"ticket_state": left.state.value, **told(finding)}
    return Response(tickets=(left,), events=(line("withdrawn", ticket, now, why="late data", **details), *valued))


def absorbed(ticket: Ticket, finding: Finding, before: Finding | None) -> Ticket:
    """The ticket with the finding as it is now among its evidence; nothing that people own is changed."""
    findings = ticket.findings if finding.id in ticket.findings else (*ticket.findings, finding.id)
    others = without(ticket.active, finding.id)
    still = ticket.active if finding.id in ticket.active else (*ticket.active, finding.id)
    is_first = findings[0] == finding.id and not ticket.dossier.get("reports")
    dossier = ticket.dossier or dossier_of(finding, ())
    severities = {**dossier.get("severities", {}), finding.id: finding.severity.value}
    return replace(
        ticket,
        findings=findings,
        active=still if finding.is_active else others,
        evidence_count=evidence_beside(ticket, finding, before) + counting(finding),
        last_evidence_at=max(ticket.last_evidence_at, finding.last_at),
        fault_at=min(ticket.fault_at, finding.started_at),
        summary=summary_of(finding, dossier) if is_first else ticket.summary,
        dossier={**dossier, "severities": severities},
    )


def evidence_beside(ticket: Ticket, finding: Finding, before: Finding | None) -> int:
    """How many pieces of evidence the ticket has from its other findings."""
    if is_alone(ticket, finding):
        return 0
    counted = counting(before) if before is not None and finding.id in ticket.findings else 0
    return max(0, ticket.evidence_count - counted)


def counting(finding: Finding) -> int:
    """How many pieces of evidence the finding brings; none once withdrawn."""
    return 0 if finding.state is FindingState.WITHDRAWN else finding.count


def is_alone(ticket: Ticket, finding: Finding) -> bool:
    """The ticket rests on no other finding."""
    return not without(ticket.findings, finding.id)


def with_severity(ticket: Ticket, now: Instant) -> tuple[Ticket, list[LedgerEvent]]:
    """Severity follows the worst of what still holds, up and down, unless a person holds it; priority follows."""
    if not ticket.is_open or "severity" in ticket.held or severity_now(ticket) is ticket.severity:
        return ticket, []
    valued = weighed(revised(ticket, now), severity_now(ticket))
    details = {"was": ticket.severity.value, "severity": valued.severity.value, "priority": valued.priority.value}
    return valued, [line("severity", ticket, now, terms=valued.dossier["priority"], **details)]


def without(names: tuple[str, ...], gone: str) -> tuple[str, ...]:
    """The names but one."""
    return tuple(name for name in names if name != gone)
