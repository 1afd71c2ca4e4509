"""The planner: makes the orders of plans when they are called, follows what becomes of them, and takes back what has

lost its reason. The clock only says when to look: a look that is missed, doubled or late changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from time import perf_counter_ns

from adapters import ledger_log, ledger_orders, ledger_plans
from adapters.ledger_orders import OrdersWanted
from adapters.ledger_plans import Kept
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.instants import MINUTE, SECOND, Duration, Instant
from domain.plan import Plan, Track
from domain.ticket import LedgerEvent
from domain.work_order import OrderState, WorkOrder
from maintenance.catalogue_plans import GONE
from maintenance.plan_orders import Made, generate
from maintenance.plan_tracks import refused, worked
from maintenance.plan_undone import gone, is_done_already
from maintenance.plan_world import Dates, PlannedAsset, World
from ticketing.orders import Step, move
from truckroll.chores import Chore
from truckroll.plan_opening import DONE, PLANNER, meter_then, open_round, release_if_supplied, take_back
from truckroll.plan_world import Surroundings, assets_in, world_of

READER = PLANNER
CHANGED = "plans_changed"
"""The kind of line that says that plans were imported, paused or resumed."""
LOOKS_EVERY: Duration = MINUTE
MOST_LINES = 1_000
"""Lines of the log that one transaction deals with."""
MOST_MADE = 100
"""Orders that one transaction makes or takes back."""
MOST_AT_ONCE = 5_000
"""Of one plan; the rest is made by the next look."""
LONG, RESTS = 10 * SECOND, 9
"""After a look that took longer than this the next one waits so many times as long: others need the machine, too."""
MOST_APPROVED = 10_000
"""Approved orders that are looked through for those whose parts have come."""
REFUSED = frozenset({OrderState.REJECTED, OrderState.CANCELLED})
OVER = DONE | REFUSED | {OrderState.MERGED}


@dataclass(slots=True)
class Planner:
    """The chore. Everything it knows is in the ledger: killed anywhere, it goes on where it was."""

    ledger: SqlLedger
    around: Surroundings
    looked_at: Instant | None = None
    rests: Duration = 0
    """After the last look."""
    rests_since: Instant = 0
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
        if self.rests_since <= now < self.rests_since + self.rests:
            return
        if last is None or not last <= now < last + LOOKS_EVERY:
            began, is_all = perf_counter_ns(), self.look(now)
            took = perf_counter_ns() - began
            self.rests, self.rests_since = RESTS * took if took > LONG else 0, now
            self.looked_at = now if is_all else None

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

    def look(self, now: Instant) -> bool:
        """Make every order that is called by now, and take back those whose reason has vanished; False: there is more.

        One plan after the other, so that never more than one plan's tracks are in the memory.
        """
        with self.ledger.reading() as connection:
            plans, assets = ledger_plans.plans(connection), assets_in(connection)
            tracks = ledger_plans.tracks(connection, is_open=True)
            lost = reasonless(plans, tracks, assets, world_of(connection, self.around, plans, (), self.dates))
        is_all = True
        for name, kept in plans.items():
            with self.ledger.reading() as connection:
                world = world_of(connection, self.around, {name: kept}, assets, self.dates)
                mine = ledger_plans.tracks(connection, name)
                made = list(islice(generate(now, [kept.plan], assets, mine, world), MOST_AT_ONCE))
            if not self.record(plans, made, now):
                return False
            is_all &= len(made) < MOST_AT_ONCE
        if not self.take_back(plans, lost, now):
            return False
        self.release(plans, tracks, now)
        return is_all

    def record(self, plans: Mapping[str, Kept], made: Sequence[Made], now: Instant) -> bool:
        """Record rounds; False where the plans have changed since they were called."""
        for begin in range(0, len(made), MOST_MADE):
            with self.ledger.begin() as transaction:
                if ledger_plans.plans(transaction.connection) != plans:
                    return False
                for each in made[begin : begin + MOST_MADE]:
                    open_round(transaction, plans[each.before.plan].plan, each, now)
        return True

    def take_back(self, plans: Mapping[str, Kept], lost: Sequence[tuple[Track, str]], now: Instant) -> bool:
        """Take back the rounds whose reason has vanished; False where the plans have changed since."""
        for begin in range(0, len(lost), MOST_MADE):
            with self.ledger.begin() as transaction:
                if ledger_plans.plans(transaction.connection) != plans:
                    return False
                for track, why in lost[begin : begin + MOST_MADE]:
                    if ledger_plans.track(transaction.connection, track.plan, track.asset) == track:
                        take_back(transaction, track, why, now)
        return True

    def release(self, plans: Mapping[str, Kept], tracks: Mapping[tuple[str, str], Track], now: Instant) -> None:
        """Orders of automatic plans that waited for their parts go out once these are there."""
        automatic = {name for name, kept in plans.items() if kept.plan.automatic}
        opened = {track.order for track in tracks.values() if track.plan in automatic} - {""}
        if not opened:
            return
        with self.ledger.reading() as connection:
            asked = OrdersWanted(states=[OrderState.APPROVED.value])
            approved = ledger_orders.orders(connection, asked, most=MOST_APPROVED)
        for number in (order.number for order in approved if order.number in opened):
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
