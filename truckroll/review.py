"""Review: people decide about orders, one or many at a time, by hand or by a file; a rehearsal changes nothing."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import Connection

from adapters import ledger_fitted, ledger_orders, ledger_parts, ledger_plans, ledger_review
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.errors import Conflict, TruckrollError, TryLater, Unknown, WrongFormat
from domain.instants import Instant
from domain.work_order import OrderState, WorkOrder
from maintenance.plan_dates import day_of, midnight
from maintenance.review import First, in_order
from maintenance.review_csv import Row, Verdict, Zone
from ticketing.class_lines import meant
from ticketing.classes import Classes
from ticketing.order_review import Changes, change, window_on
from ticketing.orders import Step
from truckroll.order_deeds import ANY, Request, is_repeated, keyed, move_in
from truckroll.orders import MOST

MOST_AT_ONCE = 200
NOTHING = Changes()
S = OrderState
TO_REVIEW = frozenset({S.IN_REVIEW})


class Act(StrEnum):
    """What may be decided about an order."""

    APPROVE = "approve"
    RELEASE = "release"
    """Approve it where that is still to be done, and release it with its kit reserved."""
    CHANGE = "change"
    REFUSE = "refuse"
    DEFER = "defer"
    MERGE = "merge"


class Fate(StrEnum):
    """What became of a decision."""

    DONE = "done"
    SAME = "same"
    """It was done before, or the order is so already."""
    LEFT = "left"
    """The order is as it was; `said` is why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody wants of one order."""

    order: str
    act: Act
    by: str
    why: str = ""
    reason: str = ""
    """Of `refuse`."""
    until: Instant | None = None
    """Of `defer`."""
    into: str = ""
    """Of `merge`."""
    changes: Changes = NOTHING
    """Of `change`."""
    day: date | None = None
    """Of `change`: the new ideal day; the whole window moves with it. Of `defer`: until it begins."""
    without_parts: bool = False
    """Of `release`: also where its kit is not there; `why` says why."""
    revision: int | None = None
    """As the order was seen; None = whatever it is."""
    request: Request = ANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of it."""

    order: str
    fate: Fate
    state: str = ""
    """Of the order afterwards; empty where there is none."""
    said: str = ""
    revision: int = 0


class Outdated(Conflict):
    """An order is not the one that was decided about."""

    def __init__(self, order: WorkOrder) -> None:
        RuntimeError.__init__(
            self,
            f"Work order {order.number} was changed since you saw it and is {order.state} now; "
            "look at it again, and repeat your decision.",
        )


# -- looking


def to_review(
    connection: Connection,
    first: First,
    *,
    states: Collection[OrderState] = TO_REVIEW,
    plan: str = "",
    campaign: str = "",
    asset: str = "",
    site: str = "",
    due_before: Instant | None = None,
) -> list[WorkOrder]:
    """Orders of plans, campaigns and tickets that somebody should look at, the most pressing first."""
    found = [
        order
        for order in ledger_review.orders_in(connection, states)
        if plan in ("", order.plan)
        and campaign in ("", order.campaign)
        and asset in ("", order.asset)
        and (due_before is None or (order.due_at is not None and order.due_at < due_before))
    ]
    if site:
        facts = ledger_fitted.facts_by_asset(connection, {order.asset for order in found})
        found = [order for order in found if order.asset in facts and facts[order.asset].site == site]
    return in_order(found, first)


def zones(connection: Connection, default: str) -> Zone:
    """In whose days an order's dates are said: those of its plan, else of the installation."""
    known = {name: kept.plan.zone for name, kept in ledger_plans.plans(connection).items()}
    return lambda order: known.get(order.plan, default)


# -- deciding


def decide_many(
    ledger: SqlLedger,
    classes: Classes,
    decisions: Iterable[Decision],
    now: Instant,
    *,
    zone: str,
    dry_run: bool = False,
    seen: Callable[[], object] = lambda: None,
) -> list[Outcome]:
    """Each decision is one change of the ledger; one that cannot be leaves its order as it is. `seen` after each."""
    found = []
    for each in decisions:
        found.append(decided(ledger, classes, each, now, zone=zone, dry_run=dry_run))
        seen()
    return found


def check_many(many: int) -> None:
    """Nothing, or WrongFormat where more are meant than anybody can mean."""
    if many > MOST_AT_ONCE:
        raise WrongFormat(
            [f"{many} orders are meant, and {MOST_AT_ONCE} are the most at once; choose fewer, such as by plan or due."]
        )


def decided(
    ledger: SqlLedger, classes: Classes, decision: Decision, now: Instant, *, zone: str, dry_run: bool
) -> Outcome:
    """One of many: what cannot be is said. Raises TryLater."""
    try:
        return decide(ledger, classes, decision, now, zone=zone, dry_run=dry_run)
    except TryLater:
        raise
    except TruckrollError as error:
        with ledger.reading() as connection:
            try:
                state = ledger_orders.order(connection, decision.order).state.value
            except Unknown:
                state = ""
        return Outcome(order=decision.order, fate=Fate.LEFT, state=state, said=" ".join(str(error).splitlines()))


def decide(
    ledger: SqlLedger,
    classes: Classes,
    decision: Decision,
    now: Instant,
    *,
    zone: str,
    dry_run: bool = False,
    check: Callable[[WorkOrder], object] = lambda _: None,
) -> Outcome:
    """Decide about one order, or rehearse it. The same request again changes nothing.

    Raises Unknown, IllegalMove, WrongFormat, PartsMissing, Conflict, and whatever `check` does.
    """
    with ledger.begin() as transaction:
        connection = transaction.connection
        order = ledger_orders.order(connection, decision.order)
        lines = ledger_orders.newest_lines(connection, order.number, MOST) if decision.request.key else ()
        if is_repeated(lines, decision.request):
            return outcome(order, Fate.SAME)
        if decision.revision not in (None, order.revision):
            raise Outdated(order)
        check(order)
        if not dry_run:
            return done(transaction, classes, order, decision, now, zone=zone)
        with connection.begin_nested() as rehearsal:
            found = done(transaction, classes, order, decision, now, zone=zone)
            rehearsal.rollback()
        return found


def done(
    transaction: SqlTransaction, classes: Classes, order: WorkOrder, decision: Decision, now: Instant, *, zone: str
) -> Outcome:
    """The decision written down."""
    if decision.act is Act.CHANGE:
        return changed(transaction, order, decision, now, zone)
    after = order
    for step in steps(transaction.connection, order, decision, zone):
        request = decision.request
        after = move_in(transaction, classes, after, step, now, into=decision.into, request=request)
    return outcome(after, Fate.DONE)


def steps(connection: Connection, order: WorkOrder, decision: Decision, zone: str) -> list[Step]:
    """The moves that a decision means."""
    said = Step(to=S.APPROVED, by=decision.by, why=decision.why)
    if decision.act is Act.APPROVE:
        return [said]
    if decision.act is Act.RELEASE:
        released = replace(said, to=S.RELEASED, without_parts=decision.without_parts)
        return [released] if order.state in (S.APPROVED, S.ON_HOLD) else [said, released]
    if decision.act is Act.REFUSE:
        return [replace(said, to=S.REJECTED, reason=decision.reason)]
    if decision.act is Act.MERGE:
        if not decision.into:
            raise WrongFormat(["Say into which order it is merged."])
        return [replace(said, to=S.MERGED)]
    until = decision.until
    if decision.day is not None:
        until = midnight(decision.day, zones(connection, zone)(order))
    return [replace(said, to=S.DEFERRED, until=until)]


def changed(transaction: SqlTransaction, order: WorkOrder, decision: Decision, now: Instant, zone: str) -> Outcome:
    """The order with the changes that were decided."""
    connection = transaction.connection
    wanted = decision.changes
    if decision.day is not None:
        wanted = window_on(order, on_day(order, decision.day, zones(connection, zone)(order)))
    if not wanted.said():
        raise WrongFormat(["Say what shall be different: a date, hours, crew, kit, tasks or skills."])
    check_parts(connection, order, wanted)
    said = {"by": decision.by, "why": decision.why}
    response = change(order, wanted, now, **said, revision=order.revision)
    if not response.orders:
        return outcome(order, Fate.SAME)
    return outcome(ledger_orders.record(transaction, keyed(response, decision.request))[0], Fate.DONE)


def on_day(order: WorkOrder, day: date, zone: str) -> Instant:
    """The time of day at which it is ideally done, on another day."""
    if order.ideal_at is None:
        return midnight(day, zone)
    return midnight(day, zone) + order.ideal_at - midnight(day_of(order.ideal_at, zone), zone)


def check_parts(connection: Connection, order: WorkOrder, wanted: Changes) -> None:
    """Nothing, or WrongFormat where a part is put into the kit that the stock ledger does not know."""
    new = sorted({*(wanted.kit or {})} - {*order.kit})
    if not new or not ledger_parts.has_parts(connection):
        return
    known = ledger_parts.parts(connection)
    lacks = [part for part in new if part not in known]
    if lacks:
        raise WrongFormat(f"There is no part {part}; {near(part, known)}" for part in lacks)


def near(part: str, known: Iterable[str]) -> str:
    """What to do about a part that nobody knows."""
    said = meant(part, known)
    return said if said.startswith("did you mean") else "import it first (docs/parts.md)."


def outcome(order: WorkOrder, fate: Fate) -> Outcome:
    """How an order stands after a decision."""
    return Outcome(order=order.number, fate=fate, state=order.state.value, revision=order.revision)


# -- by a file


def decisions_of(rows: Sequence[Row], by: str) -> list[Decision]:
    """What the rows of a file decide; the same row again is the same request."""
    return [decision_of(row, by) for row in rows]


def decision_of(row: Row, by: str) -> Decision:
    """What one of them decides."""
    reason = " ".join(row.reason.split())
    is_refusal = row.verdict is Verdict.REFUSE
    said = "|".join((row.order, row.verdict, reason, str(row.day or ""), str(row.revision)))
    digest = sha256(said.encode()).hexdigest()[:32]
    return Decision(
        order=row.order,
        act=Act(row.verdict.value),
        by=by,
        why="" if is_refusal else reason,
        reason=reason if is_refusal else "",
        day=row.day,
        revision=row.revision,
        request=Request(f"csv/{digest}", digest),
    )
