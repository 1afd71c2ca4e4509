"""Floods: a rule that would open more tickets than it may opens one incident instead."""

from dataclasses import replace

from domain.finding import Finding
from domain.incident import RULE, Incident, IncidentState, Member, flood_key
from domain.instants import Instant
from domain.text import Text
from domain.ticket import NEW, Response, Situation, Ticket
from ticketing import catalogue
from ticketing.incidents import hold_of, joins
from ticketing.moves import birth
from ticketing.opening import opened
from ticketing.words import called, fill, in_every_language


def flooded(finding: Finding, situation: Situation, now: Instant) -> Response:
    """The finding's asset is a member of its rule's flood, which begins with it where there is none."""
    flood = situation.flood
    known, ticket = (flood.incident, flood.ticket) if flood is not None else (None, None)
    if known is None or ticket is None:
        return begun(finding, ticket, now)
    again = replace(known, state=IncidentState.OPEN, resolved_at=None)
    joined = joins(finding, situation, again)
    return joined if known.is_open else replace(joined, incidents=(again,))


def begun(finding: Finding, ticket: Ticket | None, now: Instant) -> Response:
    """A flood of the finding's rule, on a ticket of its own."""
    incident = Incident(
        id=finding.id,
        ticket=ticket.number if ticket is not None else NEW,
        rule=finding.rule,
        scope={RULE: finding.rule},
        failure_mode=finding.failure_mode,
        opened_at=finding.changed_at,
    )
    at = finding.changed_at
    why = "its rule found too much at once"
    member = Member(incident=incident.id, asset=finding.asset, joined_at=at, why=why)
    response = Response(incidents=(incident,), members=(member,), holds=(hold_of(finding, incident, at),))
    if ticket is not None:
        return response
    fresh = ticket_of(finding, now)
    event = birth(fresh, now, why=why, rule=f"{finding.rule}@{finding.version}", incident=incident.id)
    return replace(response, tickets=(fresh,), events=(event,))


def ticket_of(finding: Finding, now: Instant) -> Ticket:
    """The flood's ticket; it rests on no finding, its members' findings are held back by the incident."""
    ticket = opened(finding, flood_key(finding), now, recent=(), follows=None)
    return replace(
        ticket,
        title=said(catalogue.FLOOD_TITLE, finding),
        summary=said(catalogue.FLOOD, finding),
        findings=(),
        active=(),
        evidence_count=0,
        dossier={},
        rule="",
    )


def said(pattern: Text, finding: Finding) -> Text:
    """A sentence about the finding's rule, in every language."""
    return in_every_language(
        lambda language: fill(
            pattern,
            language,
            what=called(finding.title, finding.failure_mode, language),
            rule=finding.rule,
            version=finding.version,
        )
    )
