"""The planner: makes the orders of plans when they are called, follows what becomes of them, and takes back what has

lost its reason. The clock only says when to look: a look that is missed, doubled or late changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from adapters import ledger_log, ledger_orders, ledger_plans
from adapters.ledger_plans import Kept
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.errors import PartsMissing
from domain.instants import MINUTE, SECOND, Duration, Instant
from domain.plan import Plan, Strategy, Track
from domain.ticket import LedgerEvent
from domain.work_order import OrderResponse, OrderState, WorkOrder
from maintenance.catalogue_plans import GONE
from maintenance.plan_orders import Dates, Made, PlannedAsset, World, generate, gone, is_done_already
from maintenance.plan_rounds import refused, withdrawn, worked
from ticketing.orders import Step, in_state, move, order_line, told
from truckroll.chores import Chore
from truckroll.plan_world import Surroundings, assets_in, meter_at, world_of
from truckroll.stock import release_kit

READER = PLANNER = "planner"
CHANGED = "plans_changed"
"""The kind of line that says that plans were imported, paused or resumed."""
LOOKS_EVERY: Duration = MINUTE
MOST_LINES = 1_000
"""Lines of the log that one transaction deals with."""
MOST_MADE = 100
"""Orders that one transaction makes or takes back."""
DONE = frozenset({OrderState.WORK_DONE, OrderState.CLOSED})
REFUSED = frozenset({OrderState.REJECTED, OrderState.CANCELLED})
OVER = DONE | REFUSED | {OrderState.MERGED}
TAKEN_BACK = frozenset({OrderState.DRAFT, OrderState.IN_REVIEW, OrderState.DEFERRED})
"""Nobody has approved it."""


@dataclass(slots=True)
class Planner:
    """The chore. Everything it knows is in the ledger: killed anywhere, it goes on where it was."""

    ledger: SqlLedger
    around: Surroundings
    looked_at: Instant | None = None
    dates: Dates = field(default_factory=dict)
    begin: Callable[[Instant], object] | None = None
    """Done once, before the first look: takes in the file of plans."""

    def chore(self) -> Chore:
        """Followed every second, looked at the plans every minute and after every change."""
        return Chore(READER, SECOND, self.keep)

    def keep(self, now: Instant) -> None:
        """Follow the log, then make what is called. Raises TryLater."""
        if self.begin is not None:
            self.begin(now)
            self.begin = None
        while self.follow(now):
            pass
        last = self.looked_at
        if last is None or not last <= now < last + LOOKS_EVERY:
            self.look(now)
            self.looked_at = now

    # -- what became of orders

    def follow(self, now: Instant) -> bool:
        """One transaction's worth of the log; False when there is nothing new."""
        with self.ledger.reading() as connection:
            if ledger_log.last_line(connection) <= ledger_log.bookmark(connection, READER):
                return False
        with self.ledger.begin() as transaction:
            lines = ledger_log.lines_after(transaction.connection, transaction.bookmark(READER), MOST_LINES)
            for line in lines:
                if line.kind == "order_moved" and line.details.get("state") in OVER:
                    self.hear(transaction, line, now)
                    self.looked_at = None
                elif line.kind == CHANGED:
                    self.looked_at = None
            if lines:
                transaction.move_bookmark(READER, lines[-1].position)
        return bool(lines)

    def hear(self, transaction: SqlTransaction, line: LedgerEvent, now: Instant) -> None:
        """An order is over: rounds that were open with it are, too, and plans of the same work count it."""
        connection, number = transaction.connection, str(line.details["order"])
        order = ledger_orders.order(connection, number)
        plans = ledger_plans.plans(connection)
        own = ledger_plans.tracks_of_order(connection, number)
        final = order
        while final.merged_into:
            final = ledger_orders.order(connection, final.merged_into)
        ledger_plans.save_tracks(connection, [self.ended(transaction, plans, track, final) for track in own])
        if line.details["state"] == OrderState.WORK_DONE:
            for plan in (kept.plan for kept in plans.values() if order.job_plan in kept.plan.jobs):
                if plan.id not in {track.plan for track in own}:
                    self.count_other(transaction, plan, plans, order, now)
            if order.state is OrderState.WORK_DONE and not order.tickets:
                closing = Step(to=OrderState.CLOSED, by=PLANNER, why="the planned work was done")
                ledger_orders.record(transaction, move(order, closing, (), now, revision=order.revision))

    def ended(self, transaction: SqlTransaction, plans: Mapping[str, Kept], track: Track, order: WorkOrder) -> Track:
        """The track of a round whose order, or the one that took it in, stands so."""
        kept = plans.get(track.plan)
        if kept is None:
            return replace(track, order="")
        if order.state in DONE and order.done_at is not None:
            value = meter_then(transaction, kept.plan, order)
            return worked(kept.plan, track, order.done_at, order.number, own=True, value=value)
        return refused(kept.plan, track) if order.state in REFUSED else replace(track, order=order.number)

    def count_other(
        self, transaction: SqlTransaction, plan: Plan, plans: Mapping[str, Kept], order: WorkOrder, now: Instant
    ) -> None:
        """Work that another order did stands for a round: the open one, where nobody has approved it, is taken back."""
        connection = transaction.connection
        assets = [each for each in assets_in(connection, [order.asset]) if plan.is_for(each.facts)]
        if not assets or order.done_at is None:
            return
        before = ledger_plans.track(connection, plan.id, order.asset) or Track(plan=plan.id, asset=order.asset)
        value = meter_then(transaction, plan, order)
        track = worked(plan, before, order.done_at, order.number, own=False, job=order.job_plan, value=value)
        ledger_plans.save_tracks(connection, [track])
        if track.order:
            world = world_of(connection, self.around, {plan.id: plans[plan.id]}, assets)
            if is_done_already(plan, assets[0], track, world):
                take_back(transaction, track, GONE["done"].format(order=order.number), now)

    # -- what is called

    def look(self, now: Instant) -> None:
        """Make every order that is called by now, and take back those whose reason has vanished."""
        with self.ledger.reading() as connection:
            plans, tracks, assets = (
                ledger_plans.plans(connection),
                ledger_plans.tracks(connection),
                assets_in(connection),
            )
            world = world_of(connection, self.around, plans, assets, self.dates)
            made = list(generate(now, [each.plan for each in plans.values()], assets, tracks, world))
        lost = reasonless(plans, tracks, assets, world)
        for begin in range(0, max(len(made), len(lost)), MOST_MADE):
            with self.ledger.begin() as transaction:
                if ledger_plans.plans(transaction.connection) != plans:
                    return
                for each in made[begin : begin + MOST_MADE]:
                    open_round(transaction, plans[each.before.plan].plan, each, now)
                for track, why in lost[begin : begin + MOST_MADE]:
                    if ledger_plans.track(transaction.connection, track.plan, track.asset) == track:
                        take_back(transaction, track, why, now)
        self.release(plans, tracks, now)

    def release(self, plans: Mapping[str, Kept], tracks: Mapping[tuple[str, str], Track], now: Instant) -> None:
        """Orders of automatic plans that waited for their parts go out once these are there."""
        waiting = [t.order for t in tracks.values() if t.order and t.plan in plans and plans[t.plan].plan.automatic]
        for number in waiting:
            with self.ledger.reading() as connection:
                if ledger_orders.order(connection, number).state is not OrderState.APPROVED:
                    continue
            with self.ledger.begin() as transaction:
                release_if_supplied(transaction, ledger_orders.order(transaction.connection, number), now)


def reasonless(
    plans: Mapping[str, Kept], tracks: Mapping[tuple[str, str], Track], assets: Sequence[PlannedAsset], world: World
) -> list[tuple[Track, str]]:
    """Open rounds that have lost their reason, with what became of it."""
    known = {asset.facts.asset: asset for asset in assets}
    found = []
    for track in tracks.values():
        kept = plans.get(track.plan)
        why = gone(kept.plan if kept else None, known.get(track.asset), track, world) if track.order else ""
        if why:
            found.append((track, why))
    return found


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
