"""Opening: a new ticket for a finding, with the device as it was."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.finding import Finding
from domain.instants import Instant
from domain.ticket import OpenKey, Ticket, TicketState
from ticketing.priority import priority_of, weighed
from ticketing.words import summary_of, title_of


def opened(finding: Finding, key: OpenKey, now: Instant, *, recent: Sequence[Ticket], follows: Ticket | None) -> Ticket:
    """A new ticket on the key; `recent` are the asset's last tickets, `follows` is the key's last one."""
    asset, component, failure_mode = key
    dossier = dossier_of(finding, recent)
    ticket = Ticket(
        asset=asset,
        component=component,
        failure_mode=failure_mode,
        state=TicketState.NEW,
        severity=finding.severity,
        priority=priority_of(finding.severity, finding.facts),
        title=title_of(finding.title, asset, component, failure_mode),
        summary=summary_of(finding, dossier),
        ticket_class=finding.ticket_class,
        opened_at=now,
        fault_at=finding.started_at,
        changed_at=now,
        findings=(finding.id,),
        active=(finding.id,) if finding.is_active else (),
        evidence_count=finding.count,
        last_evidence_at=finding.last_at,
        dossier=dossier,
        linked_to=follows.number if follows else "",
        rule=finding.rule,
    )
    return weighed(ticket)


def dossier_of(finding: Finding, recent: Sequence[Ticket]) -> Mapping[str, Any]:
    """The device as it was: what the registry and the firing said of it, and the asset's last tickets."""
    return {
        "facts": dict(finding.facts),
        "firmware": str(finding.facts.get("firmware", "")),
        "evidence": {"first": finding.started_at, "last": finding.last_at, "count": finding.count},
        "recent": [glimpse(ticket) for ticket in recent],
        "severities": {finding.id: finding.severity.value},
    }


def glimpse(ticket: Ticket) -> Mapping[str, Any]:
    """What a dossier says of an earlier ticket."""
    return {
        "number": ticket.number,
        "component": ticket.component,
        "failure_mode": ticket.failure_mode,
        "state": ticket.state.value,
        "reason": ticket.reason,
        "opened_at": ticket.opened_at,
        "closed_at": ticket.closed_at,
    }
