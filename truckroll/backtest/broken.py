"""Broken: which promises the past would have broken, had each ticket been worked on until its trouble was over."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.finding import Severity
from domain.instants import Instant
from domain.sla import Clock, ClockKind, SlaBook
from domain.ticket import LedgerEvent, TicketState
from ticketing.business_time import BusinessTime
from ticketing.clocks import Clockmaker
from truckroll.backtest.run import Outcome
from truckroll.backtest.weekly import share

ENDS = "closed"
"""The line that a backtest writes once all in a ticket is over."""


@dataclass(frozen=True, slots=True)
class Promised:
    """Tickets for which a time to resolve was promised, by severity, and for how many of them it broke."""

    tickets: Counter[Severity]
    broken: Counter[Severity]

    def as_dict(self) -> dict[str, Any]:
        """By name, ready for JSON."""
        tickets, broken = self.tickets.total(), self.broken.total()
        return {
            "tickets": tickets,
            "broken": broken,
            "share": broken / tickets if tickets else None,
            "share_interval": share(broken, tickets),
            "by_severity": {
                severity.value: {"tickets": self.tickets[severity], "broken": self.broken[severity]}
                for severity in sorted(self.tickets)
            },
        }


def promised(outcome: Outcome, book: SlaBook) -> Promised:
    """Every ticket that was not taken back, by the severity that it had last.

    A ticket is taken as resolved when the last of its findings is over: sooner where somebody sees it before, later
    where nobody looks. When people would have answered cannot be known, so response times are not judged.
    """
    maker = Clockmaker(book, BusinessTime(book.calendars))
    tickets, broken = Counter[Severity](), Counter[Severity]()
    told: dict[str, list[LedgerEvent]] = {}
    for event in outcome.events:
        if event.ticket:
            told.setdefault(event.ticket, []).append(event)
    for events in told.values():
        clock, is_broken = followed(maker, events, outcome.ends)
        if clock is not None and not is_withdrawn(clock):
            tickets[clock.severity] += 1
            broken[clock.severity] += is_broken
    return Promised(tickets, broken)


def followed(maker: Clockmaker, events: Sequence[LedgerEvent], ends: Instant) -> tuple[Clock | None, bool]:
    """The clock of a ticket's resolution at the end, and whether its promise broke at any time."""
    clocks: Sequence[Clock] = ()
    is_broken = False
    for event in events:
        clocks = maker.fold(clocks, resolved(event) if event.kind == ENDS else event)
        is_broken |= any(clock.kept is False for clock in of_resolution(clocks))
    last = next(iter(of_resolution(clocks)), None)
    return last, is_broken or (last is not None and last.due_at is not None and last.due_at < ends)


def of_resolution(clocks: Sequence[Clock]) -> list[Clock]:
    """The clocks that measure how long a ticket takes."""
    return [clock for clock in clocks if clock.kind is ClockKind.RESOLUTION]


def is_withdrawn(clock: Clock) -> bool:
    """The ticket was taken back, so that nothing was promised."""
    return clock.stopped_at is not None and clock.kept is None


def resolved(event: LedgerEvent) -> LedgerEvent:
    """The end of a ticket as the clocks know it."""
    return replace(event, kind="moved", details={**event.details, "state": TicketState.RESOLVED.value})
