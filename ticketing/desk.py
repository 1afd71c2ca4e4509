"""The desk: every fault that lasts has exactly one open ticket, however often it is found."""

from dataclasses import dataclass, replace

from domain.finding import Finding, FindingState
from domain.instants import DAY, Duration, Instant
from domain.ticket import OpenKey, Response, Situation, Ticket, TicketState
from ticketing.evidence import absorbed, clear, grow, struck_again, told, with_severity, withdraw, without
from ticketing.moves import key_of, line, moved
from ticketing.opening import opened


@dataclass(frozen=True, slots=True)
class ServiceDesk:
    """The port `domain.ports.Desk`."""

    relapse: Duration = 30 * DAY
    """A fault that comes back so soon after its ticket was closed reopens it; later, a new ticket is linked to it."""

    def respond(self, finding: Finding, situation: Situation, now: Instant) -> Response:
        """What to record for a finding that changed; nothing for one in shadow, pending, or recorded already."""
        before, owner = situation.finding, situation.owner
        if finding.shadow or finding.state is FindingState.PENDING:
            return Response()
        if before is not None and before.position >= finding.position:
            return Response()
        if finding.is_active:
            return self.strike(finding, situation, now)
        if owner is None:
            return Response()
        end = withdraw if finding.state is FindingState.WITHDRAWN else clear
        return end(owner, finding, before, now)

    def strike(self, finding: Finding, situation: Situation, now: Instant) -> Response:
        """The condition holds: the open ticket grows, else the right one is reopened or made."""
        before, owner, open_ticket = situation.finding, situation.owner, situation.open_ticket
        if owner is not None and owner.is_open:
            return grow(owner, finding, before, now)
        if owner is not None and (is_silent(owner, before) or not struck_again(finding, before)):
            return Response()
        if open_ticket is not None:
            return handed_over(owner, finding, grow(open_ticket, finding, before, now))
        if situation.latest is not None and self.comes_back(situation.latest, finding, now):
            return handed_over(owner, finding, reopen(situation.latest, finding, before, now))
        return handed_over(owner, finding, open_new(finding, situation, now))

    def comes_back(self, ended: Ticket, finding: Finding, now: Instant) -> bool:
        """It is the right ticket again: closed a short while ago, or cancelled when this finding was withdrawn.

        What a person cancelled is never reopened by the desk.
        """
        if ended.state is TicketState.CLOSED:
            return ended.closed_at is not None and now - ended.closed_at <= self.relapse
        return not by_a_person(ended) and finding.id in ended.findings


def is_silent(cancelled: Ticket, before: Finding | None) -> bool:
    """A person cancelled the finding's ticket, as noise say, and the finding has not resolved since."""
    resolved = before is not None and before.state is FindingState.RESOLVED
    return cancelled.state is TicketState.CANCELLED and by_a_person(cancelled) and not resolved


def by_a_person(cancelled: Ticket) -> bool:
    """Only the desk cancels what nobody touched, and only because its finding was withdrawn."""
    return cancelled.touched or cancelled.reason != "withdrawn"


def open_new(finding: Finding, situation: Situation, now: Instant) -> Response:
    """A new ticket, linked to the key's last one."""
    key: OpenKey = (finding.asset, finding.component, finding.failure_mode)
    if situation.owner is not None:
        key = key_of(situation.owner)
    ticket = opened(finding, key, now, recent=situation.recent, follows=situation.latest)
    return Response(tickets=(ticket,), events=(line("opened", ticket, now, **told(finding)),))


def reopen(ended: Ticket, finding: Finding, before: Finding | None, now: Instant) -> Response:
    """The ticket that ended lives again."""
    ticket = moved(absorbed(ended, finding, before), TicketState.TRIAGED, now)
    ticket, raised = with_severity(ticket, finding.severity, now)
    why = "relapse" if ended.state is TicketState.CLOSED else "found again"
    return Response(tickets=(ticket,), events=(line("reopened", ended, now, why=why, **told(finding)), *raised))


def handed_over(owner: Ticket | None, finding: Finding, response: Response) -> Response:
    """The response, in which an ended ticket no longer counts as active what another one has taken over."""
    if owner is None or finding.id not in owner.active or any(t.number == owner.number for t in response.tickets):
        return response
    left = replace(owner, active=without(owner.active, finding.id))
    return replace(response, tickets=(left, *response.tickets))
