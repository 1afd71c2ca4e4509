"""A ticket: the desk's record of one problem, keyed by (asset, component, failure mode)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from domain.entries import Position
from domain.errors import IllegalMove
from domain.finding import Finding, Severity
from domain.incident import Hold, Incident, Member
from domain.instants import Instant
from domain.text import Text


class TicketState(StrEnum):
    """Where a ticket stands."""

    NEW = "new"
    TRIAGED = "triaged"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    RESOLVED = "resolved"
    VERIFYING = "verifying"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """In which order."""

    URGENT = "urgent"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


S = TicketState
MOVES: Mapping[TicketState, frozenset[TicketState]] = {
    S.NEW: frozenset({S.TRIAGED, S.CANCELLED}),
    S.TRIAGED: frozenset({S.ASSIGNED, S.CANCELLED}),
    S.ASSIGNED: frozenset({S.TRIAGED, S.IN_PROGRESS, S.CANCELLED}),
    S.IN_PROGRESS: frozenset({S.WAITING, S.RESOLVED, S.CANCELLED}),
    S.WAITING: frozenset({S.IN_PROGRESS, S.CANCELLED}),
    S.RESOLVED: frozenset({S.VERIFYING, S.TRIAGED}),
    S.VERIFYING: frozenset({S.CLOSED, S.TRIAGED}),
    S.CLOSED: frozenset({S.TRIAGED}),
    S.CANCELLED: frozenset({S.TRIAGED}),
}
"""Moves to `triaged` from resolved, verifying, closed and cancelled are reopenings and count as such."""
ENDED = frozenset({S.CLOSED, S.CANCELLED})
REOPENABLE = frozenset({S.RESOLVED, S.VERIFYING, S.CLOSED, S.CANCELLED})
WAITING_REASONS = ("customer", "part", "approval", "access", "weather", "visit")
CANCEL_REASONS = ("duplicate", "noise", "withdrawn")
NEW = "(new)"
"""In a response: the number of the ticket that is opened with it."""

OpenKey = tuple[str, str, str]
"""(asset, component, failure mode): at most one open ticket a key."""

FIELDS_OF_PEOPLE = ("title", "priority", "severity", "assignee", "note", "ticket_class")
"""What a person may set; what a person set stays theirs until released."""


def check_move(number: str, before: TicketState, after: TicketState) -> None:
    """Nothing, or IllegalMove with the moves that are possible."""
    if after not in MOVES[before]:
        raise IllegalMove(f"Ticket {number}", before, after, sorted(MOVES[before]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One ticket as it stands. Changed only through what the desk answers."""

    number: str = ""
    """`T-2026-000123`; given by the ledger when first recorded, never used again."""
    asset: str
    component: str
    failure_mode: str
    state: TicketState
    reason: str = ""
    """Why it waits or was cancelled."""
    severity: Severity
    priority: Priority
    title: Text
    summary: Text
    ticket_class: str = ""
    assignee: str = ""
    note: str = ""
    opened_at: Instant
    """When it was committed."""
    fault_at: Instant
    """Event time of the first evidence: how old the fault is."""
    changed_at: Instant
    closed_at: Instant | None = None
    findings: tuple[str, ...] = ()
    """Ids of the findings it rests on."""
    active: tuple[str, ...] = ()
    """Those of them whose condition still holds."""
    evidence_count: int = 0
    last_evidence_at: Instant = 0
    dossier: Mapping[str, Any] = field(default_factory=dict)
    """The device as it was at the opening: model, firmware, site, owner, last tickets and faults."""
    held: frozenset[str] = frozenset()
    """Names of the fields that a person set."""
    touched: bool = False
    """A person has acted on it."""
    revision: int = 0
    """Grows when a person's fields or the state change; the `ETag`. Growing evidence leaves it alone."""
    reopened: int = 0
    linked_to: str = ""
    """The number of the ticket it follows or came out of."""
    rule: str = ""
    """The rule whose finding opened it."""

    @property
    def is_open(self) -> bool:
        """Occupies its key."""
        return self.state not in ENDED

    @property
    def owner(self) -> str:
        """The person who has it; empty in a team's pool, where `assignee` is the team behind an `@`."""
        return "" if self.assignee.startswith("@") else self.assignee

    @property
    def open_key(self) -> OpenKey | None:
        """The key it occupies; none once ended."""
        return (self.asset, self.component, self.failure_mode) if self.is_open else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEvent:
    """One line of the append-only event log: who did what to which ticket, when and why."""

    position: int = 0
    """Given by the ledger, without a gap, in order of commit."""
    at: Instant
    kind: str
    """`opened`, `evidence`, `severity`, `moved`, `edited`, `reopened`, `withdrawn`, `cleared`, `split`, `linked` …"""
    ticket: str = ""
    """The ticket's number; empty = the ticket of the same response (its number is not known yet)."""
    actor: str
    """`desk`, or a person's name."""
    why: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the ledger knows of a finding's subject, read under the ledger's lock."""

    finding: Finding | None = None
    """The finding as it was recorded last."""
    open_ticket: Ticket | None = None
    """The ticket that occupies the key: the owner's, which a split may have changed; else the finding's."""
    owner: Ticket | None = None
    """The ticket that lists this finding already: the open one, else the newest of the ended."""
    latest: Ticket | None = None
    """The ticket of this key that ended last."""
    recent: Sequence[Ticket] = ()
    """The asset's last tickets, newest first, for the dossier."""
    hold: Hold | None = None
    """What holds the finding back, as it was recorded last."""
    suppressed: Hold | None = None
    """What holds the finding back now, by the decisions of people or because of its parent; not recorded yet."""
    incidents: Sequence[Incident] = ()
    """The finding's own incident; open ones of the same failure mode; the one that holds it back."""
    members: Sequence[Member] = ()
    """The asset's part in those."""
    nearby: Sequence["TicketWithFindings"] = ()
    """Of a fleet's finding: open tickets of its failure mode that it may take in."""
    flood: "Flood | None" = None
    """The rule has opened as many tickets as it may for now."""


@dataclass(frozen=True, slots=True)
class Flood:
    """What is recorded of a rule's flood: its open ticket, and the newest incident of that."""

    ticket: Ticket | None = None
    incident: Incident | None = None


@dataclass(frozen=True, slots=True)
class TicketWithFindings:
    """A ticket and the findings that it rests on."""

    ticket: Ticket
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What shall be recorded, all or nothing, in this order. Nothing in it = nothing to do."""

    tickets: tuple[Ticket, ...] = ()
    events: tuple[LedgerEvent, ...] = ()
    incidents: tuple[Incident, ...] = ()
    members: tuple[Member, ...] = ()
    """Assets that join, or that leave (`left_at`); a member that is known keeps its `joined_at`."""
    ended: tuple[str, ...] = ()
    """Incidents whose members all leave."""
    holds: tuple[Hold, ...] = ()
    freed: tuple[str, ...] = ()
    """Findings that nothing holds back any more."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A raw journal entry kept with a finding, so that its proof outlives the journal; a tick has no topic."""

    finding: str
    position: Position
    received_at: Instant
    topic: str
    payload: bytes
    retained: bool = False
    sources: str = ""
    """Version of the sources that were in force for it; empty: as for the finding."""
