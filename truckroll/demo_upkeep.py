"""The demo's upkeep: wear raises work orders, orders reserve their parts, and what is short is proposed to be bought.

All of it is done by the service's own chores; the demo only has no time to wait for their next minute.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from adapters import ledger_meters, ledger_orders
from adapters.ledger_orders import OrdersWanted
from adapters.ledger_sql import SqlLedger
from domain.errors import TryLater
from domain.instants import Instant
from domain.part import Proposal
from domain.ports import Clock
from domain.work_order import WorkOrder
from truckroll.demo_supplies import METER, PLAN
from truckroll.meters import Meters
from truckroll.planner import Planner
from truckroll.stock import Kit, kit_of
from truckroll.supply import proposed
from truckroll.wiring import Service, metering, planner_of

LOOK_SECONDS = 1.0
MOST = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How the upkeep stands."""

    meters: int = 0
    """Fans whose use is counted."""
    orders: Sequence[WorkOrder] = ()
    """That wear has raised, in order of number."""
    kits: Mapping[str, Kit] = field(default_factory=dict)
    """By order."""
    purchases: Sequence[Proposal] = ()

    @property
    def supplied(self) -> int:
        """Orders whose whole kit is reserved."""
        return sum(not self.kits[order.number].missing for order in self.orders)

    @property
    def short(self) -> int:
        """Orders that lack parts."""
        return len(self.orders) - self.supplied


@dataclass(slots=True)
class Upkeep:
    """Meters and plans, looked after every second instead of every minute; another scheduler does nothing twice."""

    ledger: SqlLedger
    meters: Meters
    planner: Planner
    kept: Kept = field(default_factory=Kept)

    @classmethod
    def of(cls, running: Service, now: Instant) -> "Upkeep":
        """The chores of a running service. Raises WrongFormat, OSError."""
        return cls(
            running.ledger, metering(running.settings, running), planner_of(running.settings, running.ledger, now)
        )

    async def keep(self, clock: Clock, sending: "asyncio.Task[None]") -> None:
        """Look every second until everything is sent."""
        while not sending.done():
            await asyncio.to_thread(self.look, clock.now())
            await asyncio.wait((sending,), timeout=LOOK_SECONDS)

    async def settle(self, clock: Clock) -> Kept:
        """Look until it could be done, for what came last."""
        while not await asyncio.to_thread(self.look, clock.now()):
            await asyncio.sleep(LOOK_SECONDS)
        return self.kept

    def look(self, now: Instant) -> bool:
        """Count what has come, make what is due by it, and see how it stands. False = it has to be done later."""
        try:
            self.meters.keep(now)
            self.planner.looked_at = None
            self.planner.keep(now)
        except TryLater:
            return False
        with self.ledger.reading() as connection:
            self.kept = kept(connection, now)
        return True


def kept(connection: Connection, now: Instant) -> Kept:
    """How the upkeep stands."""
    found = ledger_orders.orders(connection, OrdersWanted(), most=MOST)
    orders = sorted((order for order in found if order.plan == PLAN), key=lambda each: each.number)
    return Kept(
        meters=len(ledger_meters.metered(connection, meter=METER, most=MOST)),
        orders=orders,
        kits={order.number: kit_of(connection, order.number, now) for order in orders},
        purchases=proposed(connection, now),
    )
