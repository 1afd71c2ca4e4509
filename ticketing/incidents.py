"""Incidents: one trouble of many devices has one ticket; its members have none until a visit is needed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.finding import Finding
from domain.incident import Hold, HoldKind, Incident, IncidentState, Member, code_of, is_in_scope
from domain.instants import Instant
from domain.ticket import MOVES, NEW, Response, Situation, Ticket, TicketState, TicketWithFindings
from ticketing.moves import line, moved

FOUND_BY_THE_FLEET = "found by the fleet's rule"
SAME_FAILURE = "the same failure mode in the incident's scope"
HAS_A_TICKET = "has a ticket of its own"
RECOVERED = "recovered"
DIFFERS = "differs"


def with_incident(response: Response, finding: Finding, situation: Situation, now: Instant) -> Response:
    """A fleet finding's response, and with it the incident, who joined it, and the tickets that it takes in."""
    known = own(finding, situation)
    ticket = ticket_of(response, finding, situation)
    if response.holds or (known is None and (ticket is None or not finding.is_active)):
        return response
    number = ticket.number if ticket is not None else known.ticket if known else NEW
    incident = incident_of(finding, known, number or NEW)
    if not finding.is_active:
        over = (incident.id,) if known is not None and known.is_open else ()
        return replace(response, incidents=(incident,), ended=over)
    taken = taken_in(incident, finding, situation.nearby, now)
    return replace(
        response,
        tickets=(*response.tickets, *taken.tickets),
        events=(*response.events, *taken.events),
        incidents=(incident,),
        members=(*members_of(incident, finding), *taken.members),
        holds=taken.holds,
    )


def own(finding: Finding, situation: Situation) -> Incident | None:
    """The incident that the finding began."""
    return next((incident for incident in situation.incidents if incident.id == finding.id), None)


def ticket_of(response: Response, finding: Finding, situation: Situation) -> Ticket | None:
    """The ticket that lists the finding after the response."""
    listing = [ticket for ticket in response.tickets if finding.id in ticket.findings]
    return listing[-1] if listing else situation.owner


def incident_of(finding: Finding, known: Incident | None, number: str) -> Incident:
    """The incident as the fleet's finding leaves it."""
    return Incident(
        id=finding.id,
        ticket=number,
        rule=finding.rule,
        scope=dict(finding.scope),
        failure_mode=finding.failure_mode,
        code=code_of(finding),
        state=IncidentState.OPEN if finding.is_active else IncidentState.RESOLVED,
        suspect=str(finding.details.get("suspect", finding.scope.get("firmware", ""))),
        opened_at=known.opened_at if known is not None else finding.changed_at,
        resolved_at=None if finding.is_active else finding.changed_at,
        details=dict(finding.details),
    )


def members_of(incident: Incident, finding: Finding) -> Iterator[Member]:
    """Whom this state of the fleet's finding adds and takes away."""
    at = finding.changed_at
    for asset in finding.joined:
        yield Member(incident=incident.id, asset=asset, joined_at=at, why=FOUND_BY_THE_FLEET)
    for asset in finding.left:
        yield Member(incident=incident.id, asset=asset, joined_at=at, left_at=at, why=RECOVERED)


def taken_in(incident: Incident, finding: Finding, nearby: Sequence[TicketWithFindings], now: Instant) -> Response:
    """Tickets that were opened before the incident was known: untouched ones become its members, others are linked."""
    named = frozenset(finding.joined)
    tickets, events, members, holds = [], [], [], []
    for each in nearby:
        ticket = each.ticket
        if (ticket.touched and ticket.linked_to) or not belongs(incident, each, named):
            continue
        is_free = not ticket.touched and TicketState.CANCELLED in MOVES[ticket.state]
        tickets.append(cancelled(ticket, incident, now) if is_free else linked(ticket, incident))
        kind = "taken_in" if is_free else "linked"
        events.append(line(kind, ticket, now, why="incident", to=incident.ticket, incident=incident.id))
        why = SAME_FAILURE if is_free else HAS_A_TICKET
        members.append(Member(incident=incident.id, asset=ticket.asset, joined_at=finding.changed_at, why=why))
        if is_free:
            held = (found for found in each.findings if found.is_active)
            holds += [hold_of(found, incident, finding.changed_at) for found in held]
    return Response(tickets=tuple(tickets), events=tuple(events), members=tuple(members), holds=tuple(holds))


def belongs(incident: Incident, each: TicketWithFindings, named: frozenset[str]) -> bool:
    """The ticket is about one of the incident's devices, and about nothing else."""
    is_meant = each.ticket.asset in named or any(is_in_scope(incident.scope, found) for found in each.findings)
    return is_meant and not any(differs(found, incident) for found in each.findings)


def cancelled(ticket: Ticket, incident: Incident, now: Instant) -> Ticket:
    """The ticket, which the incident's stands for from now on."""
    gone = moved(ticket, TicketState.CANCELLED, now, reason="duplicate")
    return replace(gone, active=(), linked_to=incident.ticket)


def linked(ticket: Ticket, incident: Incident) -> Ticket:
    """The ticket that stays; people's view of it is not disturbed."""
    return replace(ticket, linked_to=ticket.linked_to or incident.ticket)


def hold_of(finding: Finding, incident: Incident, at: Instant) -> Hold:
    """The incident holds the finding back."""
    return Hold(
        finding=finding.id, asset=finding.asset, kind=HoldKind.INCIDENT, by=incident.id, since=at, why=SAME_FAILURE
    )


# -- one device


def home_of(finding: Finding, situation: Situation) -> Incident | None:
    """The open fleet incident whose scope the finding is in."""
    fleets = (i for i in situation.incidents if i.is_open and not i.is_flood and i.id != finding.id)
    return next((incident for incident in fleets if is_in_scope(incident.scope, finding)), None)


def differs(finding: Finding, incident: Incident) -> bool:
    """The finding bears another code than the incident."""
    code = code_of(finding)
    return bool(incident.code and code and code != incident.code)


def joins(finding: Finding, situation: Situation, incident: Incident) -> Response:
    """The finding's asset is a member; nothing to record where it is one already."""
    part = next((member for member in situation.members if member.incident == incident.id), None)
    member = Member(incident=incident.id, asset=finding.asset, joined_at=finding.changed_at, why=SAME_FAILURE)
    hold = hold_of(finding, incident, finding.changed_at)
    is_member = part is not None and part.left_at is None
    is_held = situation.hold is not None and situation.hold.by == incident.id
    return Response(members=() if is_member else (member,), holds=() if is_held else (hold,))


def set_apart(response: Response, finding: Finding, situation: Situation) -> Response:
    """The response that creates a ticket; a member, or who was meant to be one, is let out with the reason."""
    home = home_of(finding, situation)
    if home is not None and differs(finding, home):
        return let_out(response, finding, home, f"code {code_of(finding)} instead of {home.code}")
    former = former_home(situation)
    return response if former is None else let_out(response, finding, former, "it still holds after the incident")


def let_out(response: Response, finding: Finding, incident: Incident, why: str) -> Response:
    """The finding's asset has a trouble of its own, and a ticket for it."""
    at = finding.changed_at
    member = Member(incident=incident.id, asset=finding.asset, joined_at=at, left_at=at, why=f"{DIFFERS}: {why}")
    first, *rest = response.events
    told = replace(first, why=f"{DIFFERS}: {why}", details={**first.details, "incident": incident.id})
    return replace(response, events=(told, *rest), members=(*response.members, member))


def former_home(situation: Situation) -> Incident | None:
    """The incident that held the finding back and is over."""
    hold = situation.hold
    if hold is None or hold.kind is not HoldKind.INCIDENT:
        return None
    return next((i for i in situation.incidents if i.id == hold.by and not i.is_open), None)


def recovered(finding: Finding, situation: Situation) -> tuple[Member, ...]:
    """The finding's asset leaves its incident, because the condition is over."""
    hold = situation.hold
    if hold is None or hold.kind is not HoldKind.INCIDENT:
        return ()
    at = finding.changed_at
    return (Member(incident=hold.by, asset=finding.asset, joined_at=at, left_at=at, why=RECOVERED),)


def ended(incident: Incident, now: Instant, *, why: str) -> Response:
    """The incident is over, and nobody is a member any more."""
    over = replace(incident, state=IncidentState.RESOLVED, resolved_at=now, details={**incident.details, "ended": why})
    return Response(incidents=(over,), ended=(incident.id,))
