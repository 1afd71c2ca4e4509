"""Apart and together: findings are split off a ticket, and an ended ticket comes back, without a second open one."""

from collections.abc import Sequence
from dataclasses import replace

from domain.errors import IllegalMove, Unknown
from domain.finding import Finding
from domain.instants import Instant
from domain.ticket import MOVES, REOPENABLE, OpenKey, Response, Ticket, TicketState
from ticketing.evidence import absorbed, counting, evidence_beside, with_severity, without
from ticketing.moves import birth, key_of, line, moved, revised
from ticketing.opening import opened
from ticketing.people import check_seen
from ticketing.priority import severity_now, weighed


def reopen(
    ticket: Ticket,
    occupant: Ticket | None,
    findings: Sequence[Finding],
    *,
    by: str,
    now: Instant,
    revision: int,
    why: str = "",
) -> Response:
    """A person takes an ended or repaired ticket up again.

    `occupant` is the open ticket on its key; where that is another one, it takes over the findings and the two are
    linked instead: there is never a second open one. `findings` are those of the ticket's own that no other open
    ticket lists, as they are recorded; the others stay where they are. Raises Conflict, IllegalMove.
    """
    check_seen(ticket, revision)
    if ticket.state not in REOPENABLE:
        raise IllegalMove(f"Ticket {ticket.number}", ticket.state, "reopened", sorted(MOVES[ticket.state]))
    if occupant is not None and occupant.number != ticket.number:
        return link(ticket, occupant, findings, by=by, now=now, why=why)
    again = replace(
        moved(ticket, TicketState.TRIAGED, now),
        findings=tuple(finding.id for finding in findings),
        active=tuple(finding.id for finding in findings if finding.is_active),
        evidence_count=sum(counting(finding) for finding in findings),
        touched=True,
    )
    again, valued = with_severity(again, now)
    told = line("reopened", ticket, now, by, why, was=ticket.state.value)
    return Response(tickets=(again,), events=(told, *valued))


def link(ended: Ticket, occupant: Ticket, findings: Sequence[Finding], *, by: str, now: Instant, why: str) -> Response:
    """The open ticket follows the ended one and takes over what it was about."""
    whole = with_findings(occupant, findings)
    follower = revised(whole, now, linked_to=occupant.linked_to or ended.number, touched=True)
    follower, valued = with_severity(follower, now)
    left = revised(ended, now, active=(), touched=True)
    events = (
        line("linked", ended, now, by, why, to=occupant.number),
        line("linked", occupant, now, by, why, to=ended.number, findings=[finding.id for finding in findings]),
        *valued,
    )
    return Response(tickets=(left, follower), events=events)


def split(
    ticket: Ticket,
    findings: Sequence[Finding],
    *,
    component: str,
    failure_mode: str,
    occupant: Ticket | None,
    by: str,
    now: Instant,
    revision: int,
    why: str = "",
) -> Response:
    """Some of an open ticket's findings are about something else: they get a ticket of another key.

    `occupant` is the open ticket on that key, which then takes them in. Later evidence of the findings follows them.
    Raises Conflict; IllegalMove for the same key or an ended ticket; Unknown for a finding that is not the ticket's.
    """
    check_seen(ticket, revision)
    key = (ticket.asset, component, failure_mode)
    check_split(ticket, findings, key)
    rest, valued = with_severity(replace(without_findings(ticket, findings, now), touched=True), now)
    ids = [finding.id for finding in findings]
    if occupant is not None:
        whole, its = with_severity(revised(with_findings(occupant, findings), now, touched=True), now)
        events = (
            line("split", ticket, now, by, why, findings=ids, to=occupant.number),
            line("linked", occupant, now, by, why, findings=ids, to=ticket.number),
            *valued,
            *its,
        )
        return Response(tickets=(rest, whole), events=events)
    fresh = with_findings(opened(findings[0], key, now, recent=(ticket,), follows=ticket), findings[1:])
    fresh = weighed(fresh, severity_now(fresh))
    events = (
        line("split", ticket, now, by, why, findings=ids, component=component, failure_mode=failure_mode),
        birth(fresh, now, by, why, findings=ids, split_from=ticket.number),
        *valued,
    )
    return Response(tickets=(rest, replace(fresh, touched=True)), events=events)


def check_split(ticket: Ticket, findings: Sequence[Finding], key: OpenKey) -> None:
    """Nothing, or the reason why these findings cannot be split off to that key."""
    for finding in findings:
        if finding.id not in ticket.findings:
            raise Unknown(f"finding of ticket {ticket.number} called", finding.id)
    if not ticket.is_open or not findings:
        raise IllegalMove(f"Ticket {ticket.number}", ticket.state, "split", ["split while open, with its findings"])
    if key == key_of(ticket):
        about = f"about {'/'.join(key)}"
        raise IllegalMove(f"Ticket {ticket.number}", about, about, ["another component or failure mode"])


def with_findings(ticket: Ticket, findings: Sequence[Finding]) -> Ticket:
    """The ticket with the findings among its evidence."""
    for finding in findings:
        ticket = absorbed(ticket, finding, finding)
    return ticket


def without_findings(ticket: Ticket, findings: Sequence[Finding], now: Instant) -> Ticket:
    """The ticket as if the findings had never been its own."""
    for finding in findings:
        ticket = replace(
            ticket,
            evidence_count=evidence_beside(ticket, finding, finding),
            findings=without(ticket.findings, finding.id),
            active=without(ticket.active, finding.id),
        )
    return revised(ticket, now)
