"""Visits: a member of an incident gets a ticket of its own when somebody has to go there or its owner reports."""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from domain.finding import Finding
from domain.incident import Incident, Member
from domain.instants import Instant
from domain.ticket import Response, Ticket, TicketState
from ticketing.apart import with_findings
from ticketing.moves import birth, line, revised
from ticketing.opening import opened


class Need(StrEnum):
    """Why a member gets a ticket of its own."""

    NEEDS_VISIT = "needs_visit"
    """A person decided that somebody has to go there."""
    REPORTED = "reported"
    """Its owner complained."""


def ticket_for_member(
    incident: Incident,
    template: Ticket,
    asset: str,
    findings: Sequence[Finding],
    occupant: Ticket | None,
    *,
    need: Need,
    by: str,
    now: Instant,
    why: str = "",
) -> Response:
    """The asset's own ticket, linked to the incident's (`template`); it stays a member.

    `findings` are those of the asset that the incident holds back, all of one component; they are the ticket's from
    now on. `occupant` is the open ticket on their key, which then takes them in.
    """
    told = {"need": need.value, "incident": incident.id, "findings": [finding.id for finding in findings]}
    member = Member(incident=incident.id, asset=asset, joined_at=now, why=need.value)
    freed = tuple(finding.id for finding in findings)
    if occupant is not None:
        link = occupant.linked_to or template.number
        ticket = revised(with_findings(occupant, findings), now, linked_to=link, touched=True)
        events = (line("linked", ticket, now, by, why, to=template.number, **told),)
    else:
        ticket = replace(fresh(template, asset, findings, now), linked_to=template.number, touched=True)
        events = (birth(ticket, now, by, why, **told),)
    return Response(tickets=(ticket,), events=events, members=(member,), freed=freed)


def fresh(template: Ticket, asset: str, findings: Sequence[Finding], now: Instant) -> Ticket:
    """A new ticket on what the asset's findings say; where there are none, on what the incident's ticket says."""
    if findings:
        key = (asset, findings[0].component, findings[0].failure_mode)
        return with_findings(opened(findings[0], key, now, recent=(), follows=template), findings[1:])
    return Ticket(
        asset=asset,
        component="",
        failure_mode=template.failure_mode,
        state=TicketState.NEW,
        severity=template.severity,
        priority=template.priority,
        title=template.title,
        summary=template.summary,
        ticket_class=template.ticket_class,
        opened_at=now,
        fault_at=template.fault_at,
        changed_at=now,
    )
