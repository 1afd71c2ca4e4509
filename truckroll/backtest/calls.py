"""Calls: each opening or reopening of a ticket asks for somebody's work; what that is, the class's job plan says."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from domain.finding import Finding, FindingState
from domain.instants import Duration, Instant
from domain.ticket import LedgerEvent, Response, Situation, Ticket, TicketState
from ticketing.classes import Classes
from ticketing.desk import ServiceDesk
from ticketing.moves import line, revised
from truckroll.backtest.run import Outcome

CALLING = ("opened", "reopened")
NO_VISIT = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Somebody is called: a ticket was opened, or a closed one came back."""

    at: Instant
    ticket: str
    asset: str
    component: str
    failure_mode: str
    ticket_class: str
    rule: str
    """`id@version` of the finding that brought it."""
    finding: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is about."""
        return self.asset, self.component, self.failure_mode


@dataclass(frozen=True)
class Attended(ServiceDesk):
    """The desk as a backtest needs it: somebody closes each ticket as soon as everything in it is over.

    In the past nobody closed these tickets, and a ticket that stayed open for ever would swallow every later fault.
    A fault that comes back within its class's `relapse` reopens the ticket, which is a call of its own.
    """

    relapses: Mapping[str, Duration] = field(default_factory=dict)
    """By class."""

    def respond(self, finding: Finding, situation: Situation, now: Instant) -> Response:
        """As the port says."""
        relapse = self.relapses.get(finding.ticket_class, self.relapse)
        response = ServiceDesk.respond(replace(self, relapse=relapse), finding, situation, now)
        if finding.state is not FindingState.RESOLVED:
            return response
        closed = [over(ticket, now) for ticket in response.tickets]
        ended = [ticket for ticket, was in zip(closed, response.tickets, strict=True) if ticket is not was]
        lines = [line("closed", ticket, now, actor="backtest", why="over") for ticket in ended]
        return replace(response, tickets=tuple(closed), events=(*response.events, *lines))


def over(ticket: Ticket, now: Instant) -> Ticket:
    """The ticket, closed where nothing in it lasts."""
    if ticket.active or not ticket.is_open:
        return ticket
    return revised(ticket, now, state=TicketState.CLOSED, closed_at=now)


def attended(classes: Classes) -> Attended:
    """The desk for a backtest with these classes."""
    return Attended(relapses={name: known.relapse for name, known in classes.classes.items()})


def calls_of(outcome: Outcome) -> list[Call]:
    """Every call in order of time; those that late data took back are left out."""
    tickets = {ticket.number: ticket for ticket in outcome.tickets}
    standing: dict[str, list[LedgerEvent]] = {}
    for event in outcome.events:
        if event.kind in CALLING:
            standing.setdefault(event.ticket, []).append(event)
        elif event.kind == "withdrawn" and event.details.get("ticket_state") == TicketState.CANCELLED:
            standing[event.ticket].pop()
    events = [event for listed in standing.values() for event in listed]
    return sorted((call_of(event, tickets[event.ticket]) for event in events), key=lambda call: (call.at, call.ticket))


def call_of(event: LedgerEvent, ticket: Ticket) -> Call:
    """The call that an event of the log is."""
    return Call(
        at=event.at,
        ticket=ticket.number,
        asset=ticket.asset,
        component=ticket.component,
        failure_mode=ticket.failure_mode,
        ticket_class=ticket.ticket_class,
        rule=str(event.details.get("rule", "")),
        finding=str(event.details.get("finding", "")),
    )


def hours_of(call: Call, classes: Classes) -> float:
    """Working hours of the whole crew; 0 where the class needs no visit or names no job plan."""
    plan, kind = classes.plan_of(call.ticket_class), classes.classes.get(call.ticket_class)
    return plan.hours if plan is not None and kind is not None and kind.visit != NO_VISIT else 0.0


def parts_of(calls: Iterable[Call], classes: Classes) -> dict[str, int]:
    """Pieces by part that the calls' job plans ask for."""
    total: Counter[str] = Counter()
    for call in calls:
        plan = classes.plan_of(call.ticket_class)
        if plan is not None and hours_of(call, classes):
            total.update(plan.kit)
    return dict(sorted(total.items()))


def unplanned(calls: Iterable[Call], classes: Classes) -> Sequence[str]:
    """Classes for which no job plan says what a visit costs, though one may be needed."""
    names = {call.ticket_class for call in calls}
    return sorted(
        name or "(no class)"
        for name in names
        if not (name in classes.classes and classes.classes[name].visit == NO_VISIT) and classes.plan_of(name) is None
    )
