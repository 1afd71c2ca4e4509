"""Fitted parts: what people fit and import, what closed orders have changed, and the lives that follow from it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from adapters import ledger_fitted, ledger_log, ledger_orders, ledger_parts
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.asset_value import Fitted, Removal
from domain.errors import Unknown
from domain.instants import SECOND, Instant, parse_instant
from domain.part import MovementKind
from domain.ticket import LedgerEvent, Response
from domain.work_order import OrderState, WorkOrder
from maintenance.fitting import FITTING, Refit, asset_lives, fit, fitted_by, identity, part_lives, take_out
from maintenance.life import Life
from ticketing.classes import Classes
from truckroll.chores import Chore
from truckroll.closing import ready_for

READER = FITTING
MOST = 500
"""Lines of the log that one transaction deals with."""


@dataclass(slots=True)
class Fitter:
    """The chore: an order that is closed has changed what is fitted. It follows the log with its own bookmark."""

    ledger: SqlLedger
    classes: Classes

    def chore(self) -> Chore:
        """Looked after every second."""
        return Chore(READER, SECOND, self.keep)

    def keep(self, now: Instant) -> None:
        """Take in what the log says. Raises TryLater."""
        while self.has_work():
            with self.ledger.begin() as transaction:
                self.work(transaction, now)

    def has_work(self) -> bool:
        """There are lines to read."""
        with self.ledger.reading() as connection:
            return ledger_log.last_line(connection) > ledger_log.bookmark(connection, READER)

    def work(self, transaction: SqlTransaction, now: Instant) -> None:
        """One transaction's worth."""
        lines = ledger_log.lines_after(transaction.connection, transaction.bookmark(READER), MOST)
        for line in lines:
            if line.kind == "order_moved" and line.details.get("state") == OrderState.CLOSED.value:
                self.closed(transaction, str(line.details["order"]), now)
        if lines:
            transaction.move_bookmark(READER, lines[-1].position)

    def closed(self, transaction: SqlTransaction, number: str, now: Instant) -> None:
        """What one order has changed."""
        connection = transaction.connection
        order = ledger_orders.order(connection, number)
        there = ledger_fitted.fitted_to(connection, [order.asset])
        label = label_of(connection, self.classes, order)
        for refit in fitted_by(order, used_for(connection, order), there, label):
            change(transaction, refit, by=FITTING, now=now, order=number)


def label_of(connection: Connection, classes: Classes, order: WorkOrder) -> str:
    """What the closing of its ticket says of the detection; empty: nothing."""
    tickets = ledger_orders.tickets_of(connection, [order.ticket]) if order.ticket else {}
    ticket = tickets.get(order.ticket)
    return ready_for(connection, classes, ticket).said.get("label", "") if ticket else ""


def used_for(connection: Connection, order: WorkOrder) -> dict[str, str]:
    """For parts of the kit, the substitute that was issued in their place."""
    issued = ledger_parts.movements(connection, order=order.number, most=1_000)
    return {
        each.need: each.part
        for each in issued
        if each.kind is MovementKind.ISSUE and each.need in order.kit and each.part != each.need
    }


def change(transaction: SqlTransaction, refit: Refit, *, by: str, now: Instant, order: str = "", why: str = "") -> None:
    """Write a change of a position, with its line in the log."""
    said: dict[str, object] = {"order": order} if order else {}
    if (out := refit.taken_out) is not None:
        ledger_fitted.take_out(transaction.connection, out)
        removal = out.removal.value if out.removal else ""
        said |= {"asset": out.asset, "position": out.position, "out": out.part, "removal": removal}
    if (new := refit.put_in) is not None:
        ledger_fitted.add_fitted(transaction.connection, [new])
        said |= {"asset": new.asset, "position": new.position, "part": new.part, "serial": new.serial}
    event = LedgerEvent(at=now, kind="part_fitted", actor=by, why=why, details=said)
    transaction.record(Response(events=(event,)))


# -- deeds of people


def fit_part(ledger: SqlLedger, wanted: Fitted, *, removal: Removal, now: Instant, why: str = "") -> Sequence[Fitted]:
    """Put a part in; an empty part leaves the position empty. The history of the asset. Raises Unknown, WrongFormat."""
    with ledger.begin() as transaction:
        connection = transaction.connection
        if wanted.asset not in ledger_fitted.facts_by_asset(connection, [wanted.asset]):
            raise Unknown("asset", wanted.asset)
        there = ledger_fitted.fitted_to(connection, [wanted.asset])
        act = fit if wanted.part else take_out
        refit = act(there, wanted, removal, now)
        if not refit.is_nothing:
            change(transaction, refit, by=wanted.by, now=now, order=wanted.order, why=why)
        return ledger_fitted.fitted_to(connection, [wanted.asset])


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedImport:
    """What a file of fitted parts changes."""

    added: int
    unchanged: int
    dry_run: bool


def import_fitted(
    ledger: SqlLedger, rows: Sequence[Fitted], *, by: str, now: Instant, dry_run: bool = False
) -> FittedImport:
    """Take in the history of positions, as it was before; what is there already stays. Raises Unknown."""
    with ledger.begin() as transaction:
        connection = transaction.connection
        assets = sorted({row.asset for row in rows})
        known = ledger_fitted.facts_by_asset(connection, assets)
        if missing := [name for name in assets if name not in known]:
            raise Unknown("asset", missing[0])
        there = {identity(each) for each in ledger_fitted.fitted_to(connection, assets)}
        fresh = [row for row in rows if identity(row) not in there]
        if fresh and not dry_run:
            ledger_fitted.add_fitted(connection, fresh)
            event = LedgerEvent(at=now, kind="parts_imported", actor=by, details={"fitted": len(fresh)})
            transaction.record(Response(events=(event,)))
    return FittedImport(added=len(fresh), unchanged=len(rows) - len(fresh), dry_run=dry_run)


# -- lives


def lives(connection: Connection, classes: Classes, family: str, now: Instant) -> list[Life]:
    """How long the members of a family have lived: of a part, where it was fitted; else of a model's assets.

    Without an installation date an asset's first life is not known, and left out.
    """
    if fitted := ledger_fitted.fitted_of_part(connection, family):
        return part_lives(fitted, now)
    assets = [(facts, since) for facts, since in ledger_fitted.assets_of_model(connection, family) if facts.installed]
    repairs: dict[str, list[Instant]] = {}
    for order in ledger_fitted.closed_repairs(connection, [facts.asset for facts, _ in assets]):
        if order.done_at is not None and label_of(connection, classes, order) in ("", "true"):
            repairs.setdefault(order.asset, []).append(order.started_at or order.done_at)
    return [
        life
        for facts, since in assets
        if facts.expected_state == "active"
        for life in asset_lives(parse_instant(facts.installed + "T00:00:00Z"), since, repairs.get(facts.asset, ()), now)
    ]
