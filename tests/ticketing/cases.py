"""Findings and tickets to test with, spoken briefly."""

from dataclasses import dataclass, replace
from typing import Any

from domain.errors import Conflict
from domain.finding import Evidence, Finding, FindingState, Severity, finding_id
from domain.instants import HOUR, Instant, parse_instant
from domain.ticket import Response, Situation, Ticket
from ticketing.desk import ServiceDesk

START: Instant = parse_instant("2026-11-22T08:00:00Z")
KEY = (("asset", "TV-17"), ("component", "panel"))


def finding(position: int = 10, state: str = "open", count: int = 3, **changes: Any) -> Finding:
    """A crash loop of TV-17's panel as entry `position` left it; its evidence is as young as the entry."""
    last_at = START + position * HOUR
    evidence = tuple(Evidence(i, "tv-17", START + i * HOUR, "crash", "0xDEAD") for i in (1, 2, position))
    said: dict[str, Any] = {
        "id": finding_id("tv-crash-loop", "v1", KEY, 10),
        "rule": "tv-crash-loop",
        "version": "v1",
        "key": KEY,
        "asset": "TV-17",
        "component": "panel",
        "failure_mode": "crash-loop",
        "title": {"en": "TV keeps crashing", "zh": "电视反复死机"},
        "ticket_class": "tv-crash",
        "facts": {"model": "TV-55", "site": "berlin", "firmware": "2.4.1", "tags": {"region": "eu"}},
        "state": FindingState(state),
        "severity": Severity.S2,
        "started_at": START + HOUR,
        "last_at": last_at,
        "fired_position": 10,
        "position": position,
        "changed_at": last_at,
        "count": count,
        "evidence": evidence,
    }
    return Finding(**said | changes)


@dataclass
class OneKey:
    """A ledger of one finding's key, in memory: what the desk answered is what it finds the next time."""

    desk: ServiceDesk
    tickets: dict[str, Ticket]
    known: dict[str, Finding]
    last: Response

    def hear(self, *states: Finding, now: Instant | None = None) -> Response:
        """The desk's answer to the last of these findings, each recorded before the next."""
        for state in states:
            self.last = self.desk.respond(state, self.situation(state), now or state.changed_at)
            if state.id not in self.known or self.known[state.id].position < state.position:
                self.known[state.id] = state
            self.record(self.last)
        return self.last

    def record(self, response: Response) -> None:
        """Take it in, as the ledger does."""
        for ticket in response.tickets:
            number = ticket.number or f"T-2026-{len(self.tickets) + 1:06d}"
            self.tickets[number] = replace(ticket, number=number)
        keys = [ticket.open_key for ticket in self.tickets.values() if ticket.is_open]
        if len(keys) != len(set(keys)):
            raise Conflict("The open ticket of a key")

    def situation(self, state: Finding) -> Situation:
        """What the ledger would say."""
        tickets = list(reversed(self.tickets.values()))
        owners = sorted((t for t in tickets if state.id in t.findings), key=lambda t: not t.is_open)
        subject = owners[0] if owners else state
        same = [t for t in tickets if (t.component, t.failure_mode) == (subject.component, subject.failure_mode)]
        ended = sorted((t for t in same if not t.is_open), key=lambda t: t.closed_at or 0)
        return Situation(
            finding=self.known.get(state.id),
            open_ticket=next((t for t in same if t.is_open), None),
            owner=owners[0] if owners else None,
            latest=ended[-1] if ended else None,
            recent=tickets[:5],
        )

    @property
    def ticket(self) -> Ticket:
        """The newest one."""
        return self.tickets[max(self.tickets)]


def one_key(desk: ServiceDesk | None = None) -> OneKey:
    """Nothing recorded yet."""
    return OneKey(desk or ServiceDesk(), {}, {}, Response())


def kinds(response: Response) -> list[str]:
    """The kinds of the events in a response."""
    return [event.kind for event in response.events]
