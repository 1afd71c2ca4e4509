"""A work order: authorised work on one asset, at a place and a time: a visit; why it exists, by when, and with what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from domain.errors import IllegalMove
from domain.instants import Instant
from domain.sla import Notice
from domain.text import Text
from domain.ticket import LedgerEvent, Priority, Ticket


class OrderState(StrEnum):
    """Where a work order stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    RELEASED = "released"
    DISPATCHED = "dispatched"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    DEFERRED = "deferred"
    WORK_DONE = "work_done"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    MERGED = "merged"


class OrderKind(StrEnum):
    """Kinds of maintenance, as in EN 13306."""

    CORRECTIVE = "corrective"
    PREVENTIVE = "preventive"
    CONDITION_BASED = "condition_based"
    PREDICTIVE = "predictive"


S = OrderState
ORDER_MOVES: Mapping[OrderState, frozenset[OrderState]] = {
    S.DRAFT: frozenset({S.IN_REVIEW, S.DEFERRED, S.MERGED, S.CANCELLED}),
    S.IN_REVIEW: frozenset({S.DRAFT, S.APPROVED, S.REJECTED, S.DEFERRED, S.MERGED, S.CANCELLED}),
    S.APPROVED: frozenset({S.IN_REVIEW, S.RELEASED, S.DEFERRED, S.MERGED, S.CANCELLED}),
    S.RELEASED: frozenset({S.DISPATCHED, S.ON_HOLD, S.DEFERRED, S.MERGED, S.CANCELLED}),
    S.DISPATCHED: frozenset({S.RELEASED, S.IN_PROGRESS, S.ON_HOLD, S.CANCELLED}),
    S.IN_PROGRESS: frozenset({S.ON_HOLD, S.WORK_DONE}),
    S.ON_HOLD: frozenset({S.RELEASED, S.IN_PROGRESS, S.DEFERRED, S.CANCELLED}),
    S.DEFERRED: frozenset({S.IN_REVIEW, S.MERGED, S.CANCELLED}),
    S.WORK_DONE: frozenset({S.CLOSED}),
    S.CLOSED: frozenset(),
    S.REJECTED: frozenset(),
    S.CANCELLED: frozenset(),
    S.MERGED: frozenset(),
}
ORDER_ENDED = frozenset({S.CLOSED, S.REJECTED, S.CANCELLED, S.MERGED})
NOT_DISPATCHED = frozenset({S.DRAFT, S.IN_REVIEW, S.APPROVED, S.RELEASED, S.DEFERRED, S.ON_HOLD})
"""Nobody is on the way: its window may still move."""
HOLDS = ("part", "access", "weather")
NEW_ORDER = "(new order)"
"""In a response: the number of the order that is made with it."""


def check_order_move(number: str, before: OrderState, after: OrderState) -> None:
    """Nothing, or IllegalMove with the moves that are possible."""
    if after not in ORDER_MOVES[before]:
        raise IllegalMove(f"Work order {number}", before, after, sorted(ORDER_MOVES[before]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What it is expected to cost if the work waits so long."""

    days: int
    cost: float
    is_assumed: bool = True
    """By our own assumption of what a failure costs, until somebody says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """One order as it stands. Changed only through `ticketing.orders` and the planner."""

    number: str = ""
    """`W-2026-000123`; given by the ledger when first recorded, never used again."""
    kind: OrderKind
    asset: str
    title: Text
    state: OrderState = OrderState.DRAFT
    reason: str = ""
    """Why it is on hold (one of HOLDS) or was rejected."""
    until: Instant | None = None
    """Deferred so long; then it is reviewed again."""
    merged_into: str = ""
    """The number of the order that its work went to."""
    priority: Priority = Priority.MEDIUM

    why: Text
    """Why it exists, in a sentence."""
    grounds: Mapping[str, Any] = field(default_factory=dict)
    """What that rests on: readings, limits, forecasts, decisions."""
    ticket: str = ""
    """The number of the ticket it was made for; empty for planned work."""
    also: tuple[str, ...] = ()
    """Tickets whose orders were merged into it."""
    follows: str = ""
    """The number of the order whose work did not last."""
    plan: str = ""
    """The maintenance plan that made it."""
    cycle: str = ""
    """The round of that plan on this asset: there is one order for each."""
    campaign: str = ""

    ready_at: Instant | None = None
    """Not sooner."""
    ideal_at: Instant | None = None
    due_at: Instant | None = None
    """For a ticket's order: when the ticket's resolution is due."""
    waiting: tuple[Waiting, ...] = ()

    job_plan: str = ""
    tasks: tuple[Text, ...] = ()
    hours: float = 1.0
    """Working time on site, of the whole crew together."""
    crew: int = 1
    """Technicians at the same time."""
    skills: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()
    kit: Mapping[str, int] = field(default_factory=dict)
    """Parts by number of pieces."""
    tools: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    """Evidence without which the work does not count as done."""

    pins: tuple[str, ...] = ()
    """These people and nobody else, as somebody decided; empty: whoever can."""
    technicians: tuple[str, ...] = ()
    """Who goes, as the crew plan says."""
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    promised_from: Instant | None = None
    """The window that the customer was told and accepted."""
    promised_until: Instant | None = None

    question: str = ""
    """What a person is asked: `ticket_over` while it is worked on for tickets that have ended; empty: nothing."""
    made_at: Instant
    changed_at: Instant
    dispatched_at: Instant | None = None
    started_at: Instant | None = None
    """When work began first."""
    done_at: Instant | None = None
    ended_at: Instant | None = None
    revision: int = 0
    """Grows with every change; the `ETag`."""

    @property
    def is_open(self) -> bool:
        """It has not ended."""
        return self.state not in ORDER_ENDED

    @property
    def tickets(self) -> tuple[str, ...]:
        """All tickets that it serves."""
        return (self.ticket, *self.also) if self.ticket else self.also

    @property
    def cycle_key(self) -> tuple[str, str, str] | None:
        """What there is one order for, whatever becomes of it; None where no plan made it."""
        return (self.plan, self.asset, self.cycle) if self.plan else None

    @property
    def takes_asset_out(self) -> bool:
        """Its asset is out of service: detection goes on, tickets are not opened."""
        return self.state is OrderState.IN_PROGRESS


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderResponse:
    """What shall be recorded, all or nothing: orders, their tickets, lines of the event log, and who is told.

    Lines name their order as `order` in their details; NEW_ORDER is the one that is made with it. Nothing in it =
    nothing to do.
    """

    orders: tuple[WorkOrder, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    events: tuple[LedgerEvent, ...] = ()
    notices: tuple[Notice, ...] = ()
