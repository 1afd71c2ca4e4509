"""The chore of campaigns: makes each unit's order once, wave by wave, hears what became of it, and pauses what harms.

The clock only says when to look: a look that is missed, doubled or late changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from sqlalchemy import Connection

from adapters import ledger_campaigns, ledger_log, ledger_orders, ledger_plans
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain import actors
from domain.campaign import Campaign, CampaignState, Unit, UnitState
from domain.errors import PartsMissing
from domain.instants import MINUTE, SECOND, Duration, Instant
from domain.registry import Facts
from domain.sla import Notice
from domain.ticket import LedgerEvent
from domain.ticket_class import JobPlan
from domain.work_order import OrderResponse, OrderState, WorkOrder
from maintenance import catalogue_campaigns as catalogue
from maintenance.campaigns import filled, is_back, is_finished, members, next_units, order_for, stop_reason
from ticketing.orders import Step, in_state, move, order_line, told
from truckroll.asset_values import failure_costs
from truckroll.chores import Chore
from truckroll.plan_world import Surroundings
from truckroll.stock import release_kit

READER = CAMPAIGNS = actors.CAMPAIGNS
CHANGED = "campaign_changed"
"""The kind of line that says that a campaign was started, paused, resumed, stopped or finished."""
FAILED = "campaign_failed"
"""The kind of line that says that a unit's trouble is back."""
LOOKS_EVERY: Duration = MINUTE
MOST_LINES = 1_000
"""Lines of the log that one transaction deals with."""
MOST_MADE = 50
"""Orders that one transaction makes or takes back."""
S = OrderState
DONE = frozenset({S.WORK_DONE, S.CLOSED})
REFUSED = frozenset({S.REJECTED, S.CANCELLED})
OVER = DONE | REFUSED | {S.MERGED}
UNAPPROVED = frozenset({S.DRAFT, S.IN_REVIEW, S.DEFERRED})
IN_A_WAVE = frozenset({S.DRAFT, S.IN_REVIEW, S.APPROVED, S.RELEASED, S.DISPATCHED, S.IN_PROGRESS, S.ON_HOLD})
"""Orders that take a place in the wave; one that was deferred leaves it to another."""
BUSY = (CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.STOPPED)
"""States in which there may be something to do."""
AUTOMATIC = "the campaign is automatic"
TELLS = frozenset({"opened", "reopened"})
"""Lines by which trouble may be back."""


@dataclass(slots=True)
class Campaigns:
    """The chore. Everything it knows is in the ledger: killed anywhere, it goes on where it was."""

    ledger: SqlLedger
    around: Surroundings
    looked_at: Instant | None = None

    def chore(self) -> Chore:
        """Followed every second, looked at the campaigns every minute and after every change."""
        return Chore(READER, SECOND, self.keep)

    def keep(self, now: Instant) -> None:
        """Follow the log, then make what comes next. Raises TryLater."""
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
            touched = {name for line in lines for name in self.hear(transaction, line)}
            for name in sorted(touched):
                judge(transaction, name, now)
            if touched or any(line.kind == CHANGED for line in lines):
                self.looked_at = None
            if lines:
                transaction.move_bookmark(READER, lines[-1].position)
        return bool(lines)

    def hear(self, transaction: SqlTransaction, line: LedgerEvent) -> Sequence[str]:
        """An order that is over, or a ticket that says that trouble is back; the campaigns that a line concerns."""
        if line.kind == "order_moved" and line.details.get("state") in OVER:
            return self.order_over(transaction, str(line.details["order"]))
        if line.kind in TELLS and line.ticket and ledger_campaigns.has_any(transaction.connection):
            return self.trouble(transaction, line)
        return ()

    def order_over(self, transaction: SqlTransaction, number: str) -> Sequence[str]:
        """The order's units are done or refused, or another order's."""
        connection = transaction.connection
        mine = [unit for unit in ledger_campaigns.units_of_order(connection, number) if unit.state is UnitState.OPEN]
        if not mine:
            return ()
        order = final(connection, number)
        ledger_campaigns.change(connection, [after(unit, order) for unit in mine])
        return [unit.campaign for unit in mine]

    def trouble(self, transaction: SqlTransaction, line: LedgerEvent) -> Sequence[str]:
        """Units of the ticket's asset whose trouble it says is back."""
        connection, ticket = transaction.connection, transaction.ticket(line.ticket)
        found = []
        for unit in ledger_campaigns.units_of_asset(connection, ticket.asset):
            if is_back(ledger_campaigns.campaign(connection, unit.campaign), unit, ticket, line.at):
                failed = replace(unit, state=UnitState.FAILED, ticket=ticket.number)
                ledger_campaigns.change(connection, [failed])
                details = {"campaign": unit.campaign, "asset": unit.asset, "order": unit.order, "by": ticket.number}
                say = LedgerEvent(at=line.at, kind=FAILED, actor=CAMPAIGNS, details=details)
                ledger_orders.record(transaction, OrderResponse(events=(say,)))
                found.append(unit.campaign)
        return found

    # -- what comes next

    def look(self, now: Instant) -> None:
        """Make the orders that have their turn, take back those that lost their reason, and see what is finished."""
        with self.ledger.reading() as connection:
            some = [one for one in ledger_campaigns.campaigns(connection, BUSY) if has_work(connection, one)]
            if not some:
                return
            facts = ledger_campaigns.assets_of(connection)
            jobs = {**self.around.jobs, **ledger_plans.job_plans(connection)}
        for one in some:
            self.take_back(one, facts, now)
            while one.state is CampaignState.RUNNING and self.make(one, facts, jobs, now):
                pass
            if one.state is CampaignState.RUNNING:
                self.release(one, now)
                self.finish(one, facts, now)

    def make(self, one: Campaign, facts: Sequence[Facts], jobs: dict[str, JobPlan], now: Instant) -> bool:
        """One transaction's worth of orders; False when there are no more for now."""
        with self.ledger.begin() as transaction:
            connection = transaction.connection
            campaign = ledger_campaigns.campaign(connection, one.id)
            assets = [each.asset for each in members_of(connection, campaign, facts)]
            occupied = len(ledger_campaigns.orders_by_state(connection, campaign.id, IN_A_WAVE))
            units = ledger_campaigns.units(connection, campaign.id)
            wanted = next_units(campaign, assets, units, occupied)[:MOST_MADE]
            job = jobs.get(campaign.job_plan) or JobPlan(id=campaign.job_plan, name=campaign.name)
            costs = failure_costs(connection, wanted, self.around.settings.failure_costs)
            for asset in wanted:
                hour_cost = self.around.settings.hour_cost
                order = order_for(campaign, asset, job, costs[asset], hour_cost=hour_cost, now=now)
                open_unit(transaction, campaign, order, now)
        return len(wanted) == MOST_MADE

    def take_back(self, campaign: Campaign, facts: Sequence[Facts], now: Instant) -> None:
        """Orders that nobody has approved are cancelled when the campaign is stopped or the asset is gone."""
        known = {each.asset: each for each in facts}
        with self.ledger.reading() as connection:
            numbers = ledger_campaigns.orders_by_state(connection, campaign.id, UNAPPROVED)
            having = {each.asset for each in members_of(connection, campaign, facts, states=("active", "stored"))}
        for begin in range(0, len(numbers), MOST_MADE):
            with self.ledger.begin() as transaction:
                for number in numbers[begin : begin + MOST_MADE]:
                    order = ledger_orders.order(transaction.connection, number)
                    why = gone(campaign, order, known.get(order.asset), is_member=order.asset in having)
                    if why and order.state in UNAPPROVED and order.campaign == campaign.id and not order.tickets:
                        step = Step(to=S.CANCELLED, by=CAMPAIGNS, why=why)
                        response = move(order, step, (), now, revision=order.revision)
                        ledger_orders.record(transaction, response)
                        if campaign.state is not CampaignState.STOPPED:
                            ledger_campaigns.forget(transaction.connection, campaign.id, order.asset)

    def release(self, campaign: Campaign, now: Instant) -> None:
        """Orders of an automatic campaign that waited for their parts go out once these are there."""
        if not campaign.automatic:
            return
        with self.ledger.reading() as connection:
            numbers = ledger_campaigns.orders_by_state(connection, campaign.id, {S.APPROVED})
        for number in numbers:
            with self.ledger.begin() as transaction:
                release_if_supplied(transaction, ledger_orders.order(transaction.connection, number), now)

    def finish(self, one: Campaign, facts: Sequence[Facts], now: Instant) -> None:
        """The campaign is over once nothing is left and the last unit was watched long enough."""
        with self.ledger.begin() as transaction:
            connection = transaction.connection
            campaign, units = ledger_campaigns.campaign(connection, one.id), ledger_campaigns.units(connection, one.id)
            assets = [each.asset for each in members_of(connection, campaign, facts)]
            if is_finished(campaign, units, assets, now):
                over = replace(campaign, state=CampaignState.FINISHED, ended_at=now)
                record(transaction, over, now, by=CAMPAIGNS, why="every unit had its order")


def has_work(connection: Connection, campaign: Campaign) -> bool:
    """There may be something to do for it: a stopped one has none once its orders are taken back."""
    is_stopped = campaign.state is CampaignState.STOPPED
    return not is_stopped or bool(ledger_campaigns.orders_by_state(connection, campaign.id, UNAPPROVED))


def members_of(
    connection: Connection, campaign: Campaign, facts: Sequence[Facts], states: Sequence[str] = ("active",)
) -> Sequence[Facts]:
    """The assets that a campaign is for now, the most critical first."""
    fitted = None
    if campaign.part:
        found = ledger_campaigns.fitted_with(connection, campaign.part)
        fitted = {asset for asset, lot in found if not campaign.lot or fnmatchcase(lot, campaign.lot)}
    return members(campaign, facts, fitted, states)


def final(connection: Connection, number: str) -> WorkOrder:
    """The order, or the one that took its work in at last."""
    order = ledger_orders.order(connection, number)
    while order.merged_into:
        order = ledger_orders.order(connection, order.merged_into)
    return order


def after(unit: Unit, order: WorkOrder) -> Unit:
    """The unit when its order, or the one that took it in, stands so."""
    if order.state in DONE:
        return replace(unit, order=order.number, state=UnitState.DONE, done_at=order.done_at)
    state = UnitState.REFUSED if order.state in REFUSED else UnitState.OPEN
    return replace(unit, order=order.number, state=state)


def gone(campaign: Campaign, order: WorkOrder, facts: Facts | None, *, is_member: bool) -> str:
    """Why an order has no reason any more; empty: it has."""
    if campaign.state is CampaignState.STOPPED:
        return catalogue.GONE["stopped"].format(campaign=campaign.id)
    if facts is None or facts.expected_state == "retired":
        return catalogue.GONE["retired"]
    return "" if is_member else catalogue.GONE["other"]


def judge(transaction: SqlTransaction, name: str, now: Instant) -> None:
    """Pause a campaign after which too much trouble is back; whoever started it hears."""
    connection = transaction.connection
    campaign = ledger_campaigns.campaign(connection, name)
    reason = stop_reason(campaign, ledger_campaigns.units(connection, name))
    if reason is None:
        return
    paused = replace(campaign, state=CampaignState.PAUSED, reason=reason)
    position = ledger_log.last_line(connection)
    notice = Notice(
        id=f"campaign/{name}/{position}",
        at=now,
        channel="in_app",
        to=campaign.by,
        ticket="",
        subject=filled(catalogue.PAUSED_SUBJECT, campaign=campaign.name),
        body=reason,
    )
    record(transaction, paused, now, by=CAMPAIGNS, why=reason["en"], notices=(notice,))


def record(
    transaction: SqlTransaction,
    campaign: Campaign,
    now: Instant,
    *,
    by: str,
    why: str = "",
    notices: tuple[Notice, ...] = (),
) -> None:
    """The campaign as it is from now on, with its line."""
    ledger_campaigns.save(transaction.connection, campaign)
    details = {"campaign": campaign.id, "state": campaign.state.value}
    line = LedgerEvent(at=now, kind=CHANGED, actor=by, why=why, details=details)
    ledger_orders.record(transaction, OrderResponse(events=(line,), notices=notices))


def open_unit(transaction: SqlTransaction, campaign: Campaign, order: WorkOrder, now: Instant) -> None:
    """Record a unit with its order, in one change of the ledger. Raises Conflict where it has one."""
    (made,) = ledger_orders.record(transaction, opening(campaign, order, now))
    ledger_campaigns.add(transaction.connection, Unit(campaign=campaign.id, asset=order.asset, order=made.number))
    if campaign.automatic:
        release_if_supplied(transaction, made, now)


def opening(campaign: Campaign, order: WorkOrder, now: Instant) -> OrderResponse:
    """A new order with its lines: people review it, unless the campaign is automatic."""
    said = {"state": order.state.value, "kind": order.kind.value, "asset": order.asset, "campaign": campaign.id}
    lines = [order_line("order_made", order, now, CAMPAIGNS, **said)]
    steps = [Step(to=S.IN_REVIEW, by=CAMPAIGNS)]
    steps += [Step(to=S.APPROVED, by=CAMPAIGNS, why=AUTOMATIC)] if campaign.automatic else []
    for step in steps:
        moved = in_state(order, step, now)
        lines.append(told(order, moved, step, now))
        order = moved
    return OrderResponse(orders=(replace(order, revision=0),), events=tuple(lines))


def release_if_supplied(transaction: SqlTransaction, order: WorkOrder, now: Instant) -> None:
    """An approved order goes out with its kit; where parts are missing it waits for them."""
    if order.state is not S.APPROVED:
        return
    step = Step(to=S.RELEASED, by=CAMPAIGNS, why=AUTOMATIC)
    try:
        release_kit(transaction, order, step, now)
    except PartsMissing:
        return
    tickets = [transaction.ticket(number) for number in order.tickets]
    ledger_orders.record(transaction, move(order, step, tickets, now, revision=order.revision))
