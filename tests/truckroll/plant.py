"""A plant for tests: a real ledger with plans, assets and a planner, in which the test moves the clock."""

from dataclasses import replace
from typing import Any

from adapters import ledger_orders, ledger_plans
from adapters.ledger_orders import OrdersWanted
from adapters.ledger_plans import Kept
from adapters.ledger_sql import SqlLedger
from domain.instants import DAY, Instant
from domain.plan import Plan, Track
from domain.registry import Facts
from domain.ticket import LedgerEvent, Response
from domain.ticket_class import JobPlan
from domain.work_order import NEW_ORDER, OrderKind, OrderResponse, OrderState, WorkOrder
from tests.maintenance.plans import at
from ticketing.classes import NO_CLASSES
from ticketing.orders import Step, order_line
from truckroll.maintenance_settings import MaintenanceSettings
from truckroll.order_deeds import move_order
from truckroll.plan_world import Surroundings
from truckroll.planner import CHANGED, Planner

OIL = JobPlan(id="oil", name={"en": "Oil"}, tasks=({"en": "Oil it"},), hours=2.0, skills=("oil",))
AROUND = Surroundings({"oil": OIL}, {}, MaintenanceSettings())
S = OrderState


class Plant:
    """One ledger, one planner."""

    def __init__(self, ledger: SqlLedger, *plans: Plan, assets: int = 1, since: str = "2026-01-01") -> None:
        self.ledger, self.now = ledger, at(since)
        self.planner = Planner(ledger, AROUND)
        self.plans(*plans)
        for nth in range(assets):
            self.registers(f"P-{nth + 1}")

    def plans(self, *plans: Plan) -> None:
        """These plans are in force."""
        with self.ledger.begin() as transaction:
            known = ledger_plans.plans(transaction.connection)
            kept = [Kept(plan, known[plan.id].taken_in if plan.id in known else self.now) for plan in plans]
            ledger_plans.save_plans(transaction.connection, kept)
            transaction.record(Response(events=(LedgerEvent(at=self.now, kind=CHANGED, actor="lee"),)))

    def registers(self, name: str, **facts: Any) -> None:
        """What the registry says of an asset from now on."""
        with self.ledger.begin() as transaction:
            transaction.install([Facts(device=f"d-{name}", asset=name, **facts)], self.now)

    def comes(self, day: str) -> list[WorkOrder]:
        """It is that day, and the planner has looked; the orders, oldest first."""
        self.now = at(day)
        self.planner.keep(self.now)
        return self.orders()

    def orders(self, *states: OrderState) -> list[WorkOrder]:
        """The orders that there are, oldest first."""
        with self.ledger.reading() as connection:
            return list(reversed(ledger_orders.orders(connection, OrdersWanted(states=states), most=10_000)))

    def moves(self, number: str, *states: OrderState, into: str = "", **said: Any) -> WorkOrder:
        """A person moves an order through states; what is said goes with the last."""
        for state in states:
            more = said if state is states[-1] else {}
            moved = move_order(self.ledger, NO_CLASSES, number, Step(to=state, by="lee", **more), self.now, into=into)
        self.planner.keep(self.now)
        return moved

    def does(self, number: str, done: str = "") -> None:
        """The work is done, told now; `done` is when."""
        said = {"done_at": at(done) + DAY // 2} if done else {}
        self.moves(number, S.APPROVED, S.RELEASED, S.DISPATCHED, S.IN_PROGRESS, S.WORK_DONE, **said)

    def repairs(self, job: str, asset: str = "P-1", now: Instant | None = None) -> str:
        """A repair with a job plan is done; its order's number."""
        said = replace(
            WorkOrder(
                number=NEW_ORDER,
                kind=OrderKind.CORRECTIVE,
                asset=asset,
                title={"en": "Repair"},
                why={"en": "broken"},
                made_at=self.now,
                changed_at=self.now,
                job_plan=job,
            ),
            state=S.IN_REVIEW,
        )
        with self.ledger.begin() as transaction:
            line = order_line("order_made", said, self.now, "orders")
            (order,) = ledger_orders.record(transaction, OrderResponse(orders=(said,), events=(line,)))
        self.does(order.number)
        return order.number

    def track(self, plan: str = "oil", asset: str = "P-1") -> Track | None:
        """Where an asset stands."""
        with self.ledger.reading() as connection:
            return ledger_plans.track(connection, plan, asset)
