"""What the demo shows: how it stands at a moment, and how it ended, for people and as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from domain.instants import Instant, instant_text
from domain.sla import Clock
from domain.ticket import Ticket, TicketState
from firmware_sim.score import Score
from truckroll.demo_tomorrow import Tomorrow
from truckroll.demo_upkeep import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """How it stands at one moment."""

    now: Instant
    elapsed_seconds: float
    published: int
    journaled: int
    stored: int
    quarantined: int
    findings: int
    tickets: Sequence[Ticket]
    delays_ms: dict[str, float]
    """By ticket number: from the publishing of the deciding fault to the ticket."""
    clocks: Mapping[str, Sequence[Clock]] = field(default_factory=dict)
    """SLA clocks by ticket number."""
    troubles: dict[str, str] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)
    """The upkeep."""
    doing: str = ""
    """What is done once nothing is sent any more."""

    @property
    def confirmed(self) -> int:
        """Repairs that the device itself has confirmed."""
        return sum(ticket.state is TicketState.CLOSED for ticket in self.tickets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How it ended."""

    glance: Glance
    score: Score
    broker: str
    promises: str
    tomorrow: Tomorrow

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        g = self.glance
        told = self.score.as_dict()
        return {
            "published": g.published,
            "journaled": g.journaled,
            "stored": g.stored,
            "quarantined": g.quarantined,
            "findings": g.findings,
            "tickets": len(g.tickets),
            "expected_tickets": told["expected"],
            "missing": len(told["missing"]),
            "extra": len(told["extra"]) + len(told["doubled"]),
            "assigned": sum(bool(ticket.owner) for ticket in g.tickets),
            "confirmed": g.confirmed,
            "delay_ms": told["delay_ms"],
            "broker": self.broker,
            **upkeep_told(g.kept),
            "tomorrow": tomorrow_told(self.tomorrow),
        }

    @property
    def is_right(self) -> bool:
        """Every expected ticket, no other."""
        return self.score.is_perfect


def upkeep_told(kept: Kept) -> dict[str, Any]:
    """The orders that wear has raised, their parts, and what to buy, ready for JSON."""
    return {
        "meters": kept.meters,
        "orders": [
            {
                "order": order.number,
                "asset": order.asset,
                "state": order.state.value,
                "why": order.why,
                "waiting": msgspec.to_builtins(order.waiting),
                "kit": dict(order.kit),
                "reserved": msgspec.to_builtins(kept.kits[order.number].reserved),
                "missing": list(kept.kits[order.number].sentences),
            }
            for order in kept.orders
        ],
        "supplied": kept.supplied,
        "short": kept.short,
        "purchases": msgspec.to_builtins(kept.purchases),
    }


def tomorrow_told(tomorrow: Tomorrow) -> dict[str, Any]:
    """The crew plan, ready for JSON."""
    made = tomorrow.proposal
    return {
        "day": tomorrow.day,
        "plan": made.id,
        "calls": [
            {
                "technician": call.technician,
                "begins": instant_text(call.begins),
                "ends": instant_text(call.ends),
                "order": call.order,
                "asset": call.asset,
                "parts": dict(call.parts),
            }
            for call in tomorrow.calls
        ],
        "unassigned": msgspec.to_builtins(made.left),
        "cost": round(made.cost.total, 2),
    }
