"""Rounds in the ledger: their orders are recorded, released where the plan is automatic, and taken back."""

from dataclasses import replace

from adapters import ledger_orders, ledger_plans
from adapters.ledger_write import SqlTransaction
from domain.errors import PartsMissing
from domain.instants import Instant
from domain.plan import Plan, Strategy, Track
from domain.work_order import OrderResponse, OrderState, WorkOrder
from maintenance.plan_orders import Made
from maintenance.plan_tracks import withdrawn
from ticketing.orders import Step, in_state, move, order_line, told
from truckroll.plan_world import meter_at
from truckroll.stock import release_kit

PLANNER = "planner"
DONE = frozenset({OrderState.WORK_DONE, OrderState.CLOSED})
TAKEN_BACK = frozenset({OrderState.DRAFT, OrderState.IN_REVIEW, OrderState.DEFERRED})
"""Nobody has approved it."""


def open_round(transaction: SqlTransaction, plan: Plan, made: Made, now: Instant) -> None:
    """Record a round's order, unless somebody else has been there; one that is there already is taken up."""
    connection, empty = transaction.connection, Track(plan=made.before.plan, asset=made.before.asset)
    if (ledger_plans.track(connection, made.before.plan, made.before.asset) or empty) != made.before:
        return
    there = ledger_plans.orders_of_cycle(connection, made.order)
    if there is None:
        (there,) = ledger_orders.record(transaction, opening(plan, made.order, now))
        if plan.automatic:
            release_if_supplied(transaction, there, now)
    elif not there.is_open or there.state in DONE:
        ledger_plans.save_tracks(connection, [replace(made.before, cycle=made.after.cycle)])
        return
    ledger_plans.save_tracks(connection, [replace(made.after, order=there.number)])


def opening(plan: Plan, order: WorkOrder, now: Instant) -> OrderResponse:
    """A new order with its lines: people review it, unless the plan is automatic."""
    said = {"state": order.state.value, "kind": order.kind.value, "asset": order.asset}
    lines = [order_line("order_made", order, now, PLANNER, plan=order.plan, cycle=order.cycle, **said)]
    steps = [Step(to=OrderState.IN_REVIEW, by=PLANNER)]
    steps += [Step(to=OrderState.APPROVED, by=PLANNER, why="the plan is automatic")] if plan.automatic else []
    for step in steps:
        after = in_state(order, step, now)
        lines.append(told(order, after, step, now))
        order = after
    return OrderResponse(orders=(replace(order, revision=0),), events=tuple(lines))


def release_if_supplied(transaction: SqlTransaction, order: WorkOrder, now: Instant) -> None:
    """An approved order goes out with its kit; where parts are missing it waits for them."""
    if order.state is not OrderState.APPROVED:
        return
    step = Step(to=OrderState.RELEASED, by=PLANNER, why="the plan is automatic")
    try:
        release_kit(transaction, order, step, now)
    except PartsMissing:
        return
    tickets = [transaction.ticket(number) for number in order.tickets]
    ledger_orders.record(transaction, move(order, step, tickets, now, revision=order.revision))


def take_back(transaction: SqlTransaction, track: Track, why: str, now: Instant) -> None:
    """Cancel a round's order that nobody has approved; it is made again, under another number, once it has a reason."""
    order = ledger_orders.order(transaction.connection, track.order)
    if order.state not in TAKEN_BACK or order.tickets or order.plan != track.plan:
        return
    step = Step(to=OrderState.CANCELLED, by=PLANNER, why=why)
    ledger_plans.save_tracks(transaction.connection, [withdrawn(track)])
    ledger_orders.record(transaction, move(order, step, (), now, revision=order.revision))


def meter_then(transaction: SqlTransaction, plan: Plan, order: WorkOrder) -> float | None:
    """What the plan's meter stood at when the order's work was done."""
    if plan.strategy is not Strategy.METER or order.done_at is None:
        return None
    return meter_at(transaction.connection, order.asset, plan.meter, order.done_at)
