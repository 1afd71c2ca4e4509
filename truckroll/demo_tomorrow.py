"""The demo's tomorrow: who goes to which order, when, and which parts they fetch on the way; as the planner says."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from adapters.ledger_sql import SqlLedger
from domain.crew import StopKind
from domain.crew_proposal import Proposal
from domain.instants import Instant
from maintenance.crew_live import RESERVED
from maintenance.crew_shifts import day_in, instant_at
from truckroll.settings import Settings

SECONDS = 2.0
"""So long the planner looks for something better."""
SWITCH = "TRUCKROLL_UNCOMPILED"
"""A search of seconds is over before it is compiled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Where somebody goes: to an order, or to the depot for parts."""

    technician: str
    begins: Instant
    ends: Instant
    order: str = ""
    """Empty: the depot."""
    asset: str = ""
    parts: Mapping[str, int] = field(default_factory=dict)
    """At an order: what it needs; at the depot: what is fetched there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tomorrow:
    """The plan of a day."""

    day: str
    proposal: Proposal
    calls: tuple[Call, ...]


def planned(ledger: SqlLedger, settings: Settings, now: Instant) -> Tomorrow:
    """Plan the day after `now` as `truckroll orders schedule` does, and keep it as a proposal.

    Raises TryLater, GiveUp.
    """
    with uncompiled():
        from truckroll.crew_deeds import propose
        from truckroll.crew_schedule import Wanted, schedule

        zone = settings.maintenance.zone
        day = day_in(now, zone) + timedelta(days=1)
        making = schedule(ledger, settings, Wanted(days=1, seconds=SECONDS), instant_at(day, 0, zone))
        (made,) = (step for step in making.steps() if isinstance(step, Proposal))
    kits = {visit.order: visit.parts for visit in making.crew.visits}
    assets = {number: order.asset for number, order in making.looked.world.orders.items()}
    return Tomorrow(day=day.isoformat(), proposal=propose(ledger, made), calls=tuple(calls(made, kits, assets)))


@contextmanager
def uncompiled() -> Iterator[None]:
    """The planning process that begins in here does not compile its search."""
    before = os.environ.get(SWITCH)
    os.environ[SWITCH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[SWITCH]
        else:
            os.environ[SWITCH] = before


def calls(made: Proposal, kits: Mapping[str, Mapping[str, int]], assets: Mapping[str, str]) -> Iterator[Call]:
    """Every stop of every tour but the breaks, by technician and time."""
    for route in sorted(made.plan.routes, key=lambda one: (one.technician, one.leaves_at)):
        found: list[Call] = []
        wanted = Counter[str]()
        for stop in reversed(route.stops):
            parts: Mapping[str, int] = {}
            if stop.kind is StopKind.VISIT:
                parts = plain(kits.get(stop.order, {}))
                wanted.update(parts)
            elif stop.kind is StopKind.DEPOT:
                parts, wanted = dict(wanted), Counter()
            else:
                continue
            found.append(
                Call(
                    technician=route.technician,
                    begins=stop.starts_at,
                    ends=stop.ends_at,
                    order=stop.order,
                    asset=assets.get(stop.order, ""),
                    parts=parts,
                )
            )
        yield from reversed(found)


def plain(parts: Mapping[str, int]) -> Mapping[str, int]:
    """Pieces by part, whether they were reserved or not."""
    found = Counter[str]()
    for part, pieces in parts.items():
        found[part.removesuffix(RESERVED)] += pieces
    return dict(found)
