"""The desk: every fault that lasts has exactly one open ticket, however often it is found."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.finding import Finding, FindingState
from domain.incident import Incident
from domain.instants import DAY, Duration, Instant
from domain.ticket import OpenKey, Response, Situation, Ticket, TicketState
from ticketing.evidence import absorbed, clear, grow, struck_again, told, with_severity, withdraw, without
from ticketing.floods import flooded
from ticketing.incidents import (
    differs,
    ended,
    former_home,
    home_of,
    joins,
    recovered,
    set_apart,
    with_incident,
)
from ticketing.moves import birth, key_of, line, moved
from ticketing.opening import opened


@dataclass(frozen=True, slots=True)
class ServiceDesk:
    """The port `domain.ports.Desk`."""

    relapse: Duration = 30 * DAY
    """A fault that comes back so soon after its ticket was closed reopens it; later, a new ticket is linked to it."""
    relapses: Mapping[str, Duration] = field(default_factory=dict)
    """By class of tickets, where that says something else."""

    def respond(self, finding: Finding, situation: Situation, now: Instant) -> Response:
        """What to record for a finding that changed; nothing for one in shadow, pending, or recorded already."""
        before = situation.finding
        if finding.shadow or finding.state is FindingState.PENDING:
            return Response()
        if before is not None and before.position >= finding.position:
            return Response()
        response = self.answer(finding, situation, now, anew=struck_again(finding, before))
        return unheld(response, finding, situation)

    def release(self, finding: Finding, situation: Situation, now: Instant) -> Response:
        """What to record for a finding as it was recorded, once nothing holds it back any more."""
        if finding.shadow or not finding.is_active:
            return Response(freed=(finding.id,), members=recovered(finding, situation))
        response = self.answer(finding, situation, now, anew=True)
        return response if response.holds else replace(response, freed=(finding.id,))

    def wind_up(self, incident: Incident, ticket: Ticket, now: Instant, *, has_members: bool) -> Response:
        """A flood is over when a person ended its ticket, or when nobody is a member any more; a fleet's incident

        with its finding.
        """
        if not incident.is_flood or (ticket.is_open and has_members):
            return Response()
        return ended(incident, now, why="nobody is a member" if ticket.is_open else "its ticket was ended")

    def answer(self, finding: Finding, situation: Situation, now: Instant, *, anew: bool) -> Response:
        """What a finding's state means for tickets and incidents; `anew`: the fault showed itself anew."""
        response = self.about_tickets(finding, situation, now, anew=anew)
        return with_incident(response, finding, situation, now) if finding.scope else response

    def about_tickets(self, finding: Finding, situation: Situation, now: Instant, *, anew: bool) -> Response:
        """What it means for tickets."""
        if finding.is_active:
            return self.strike(finding, situation, now, anew=anew)
        if situation.owner is None:
            return Response()
        end = withdraw if finding.state is FindingState.WITHDRAWN else clear
        return end(situation.owner, finding, situation.finding, now)

    def strike(self, finding: Finding, situation: Situation, now: Instant, *, anew: bool) -> Response:
        """The condition holds: the open ticket grows, else it is held back, else the right one is reopened or made."""
        before, owner, open_ticket = situation.finding, situation.owner, situation.open_ticket
        if owner is not None and owner.is_open:
            return grow(owner, finding, before, now)
        if not anew and (owner is not None or former_home(situation) is not None):
            return Response()
        if owner is not None and is_silent(owner, before):
            return Response()
        if open_ticket is not None:
            return handed_over(owner, finding, grow(open_ticket, finding, before, now))
        kept = held_back(finding, situation, now)
        return kept if kept is not None else self.create(finding, situation, now)

    def create(self, finding: Finding, situation: Situation, now: Instant) -> Response:
        """The right ticket is reopened or made; where the asset was meant to be a member, it says why it is none."""
        before, owner = situation.finding, situation.owner
        if situation.latest is not None and self.comes_back(situation.latest, finding, now):
            response = handed_over(owner, finding, reopen(situation.latest, finding, before, now))
        else:
            response = handed_over(owner, finding, open_new(finding, situation, now))
        return set_apart(response, finding, situation)

    def comes_back(self, ended: Ticket, finding: Finding, now: Instant) -> bool:
        """It is the right ticket again: closed a short while ago, or cancelled when this finding was withdrawn.

        What a person cancelled is never reopened by the desk.
        """
        if ended.state is TicketState.CLOSED:
            within = self.relapses.get(ended.ticket_class, self.relapse)
            return ended.closed_at is not None and now - ended.closed_at <= within
        return not by_a_person(ended) and finding.id in ended.findings


def is_silent(cancelled: Ticket, before: Finding | None) -> bool:
    """A person cancelled the finding's ticket, as noise say, and the finding has not resolved since."""
    resolved = before is not None and before.state is FindingState.RESOLVED
    return cancelled.state is TicketState.CANCELLED and by_a_person(cancelled) and not resolved


def by_a_person(cancelled: Ticket) -> bool:
    """Only the desk cancels what nobody touched: because its finding was withdrawn, or an incident took it in."""
    return cancelled.touched or cancelled.reason not in ("withdrawn", "duplicate")


def held_back(finding: Finding, situation: Situation, now: Instant) -> Response | None:
    """What to record where no ticket may be created; None where one may."""
    if situation.suppressed is not None:
        hold, known = situation.suppressed, situation.hold
        is_known = known is not None and (known.kind, known.by) == (hold.kind, hold.by)
        return Response(holds=() if is_known else (hold,))
    if finding.scope:
        return None
    home = home_of(finding, situation)
    if home is not None:
        return None if differs(finding, home) else joins(finding, situation, home)
    return flooded(finding, situation, now) if situation.flood is not None else None


def unheld(response: Response, finding: Finding, situation: Situation) -> Response:
    """The response, which frees a finding that is over or has a ticket now."""
    is_listed = any(ticket.is_open and finding.id in ticket.findings for ticket in response.tickets)
    if situation.hold is None or response.holds or (finding.is_active and not is_listed):
        return response
    gone = () if finding.is_active else recovered(finding, situation)
    return replace(response, freed=(finding.id,), members=(*response.members, *gone))


def open_new(finding: Finding, situation: Situation, now: Instant) -> Response:
    """A new ticket, linked to the key's last one."""
    key: OpenKey = (finding.asset, finding.component, finding.failure_mode)
    if situation.owner is not None:
        key = key_of(situation.owner)
    ticket = opened(finding, key, now, recent=situation.recent, follows=situation.latest)
    return Response(tickets=(ticket,), events=(birth(ticket, now, **told(finding)),))


def reopen(ended: Ticket, finding: Finding, before: Finding | None, now: Instant) -> Response:
    """The ticket that ended lives again."""
    ticket = moved(absorbed(ended, finding, before), TicketState.TRIAGED, now)
    ticket, raised = with_severity(ticket, now)
    why = "relapse" if ended.state is TicketState.CLOSED else "found again"
    return Response(tickets=(ticket,), events=(line("reopened", ended, now, why=why, **told(finding)), *raised))


def handed_over(owner: Ticket | None, finding: Finding, response: Response) -> Response:
    """The response, in which an ended ticket no longer counts as active what another one has taken over."""
    if owner is None or finding.id not in owner.active or any(t.number == owner.number for t in response.tickets):
        return response
    left = replace(owner, active=without(owner.active, finding.id))
    return replace(response, tickets=(left, *response.tickets))
