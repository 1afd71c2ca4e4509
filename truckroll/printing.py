"""Printing: the pages of orders, with what the ledger knows of their assets and parts."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from adapters import ledger_fitted, ledger_orders, ledger_parts, ledger_review
from adapters.ledger_sql import SqlLedger
from domain.instants import Instant
from domain.work_order import OrderState, WorkOrder
from maintenance.plan_dates import day_of
from maintenance.printed import Printed
from maintenance.review import stands_at
from maintenance.sheet_page import sheet_page
from maintenance.stock_kits import missing
from maintenance.week_page import monday_of, week_page
from truckroll.maintenance_settings import MaintenanceSettings
from truckroll.review import zones
from truckroll.stock import shelves_of

S = OrderState
TO_DO = frozenset({S.DRAFT, S.IN_REVIEW, S.APPROVED, S.RELEASED, S.DISPATCHED, S.IN_PROGRESS, S.ON_HOLD, S.DEFERRED})
"""Their work is not done."""


def week(
    ledger: SqlLedger, name: str, settings: MaintenanceSettings, now: Instant, *, language: str, site: str = ""
) -> str:
    """The page of a week, of all sites or one. Raises WrongFormat."""
    monday, today = monday_of(name), day_of(now, settings.zone)
    with ledger.reading() as connection:
        zone_of = zones(connection, settings.zone)
        found = [each for each in ledger_review.orders_in(connection, TO_DO) if is_before(each, zone_of(each), monday)]
        shown = [one for one in printed(connection, found, settings.zone, now) if site in ("", one.site)]
    return week_page(name, shown, today, language)


def is_before(order: WorkOrder, zone: str, monday: date) -> bool:
    """The order stands in the week that begins so, or before it."""
    at = stands_at(order)
    return at is not None and (day_of(at, zone) - monday).days < 7


def sheet(ledger: SqlLedger, number: str, settings: MaintenanceSettings, now: Instant, *, language: str) -> str:
    """The sheet of one order. Raises Unknown."""
    with ledger.reading() as connection:
        order = ledger_orders.order(connection, number)
        (one,) = printed(connection, [order], settings.zone, now)
    return sheet_page(one, language, settings.currency)


def printed(connection: Connection, orders: Sequence[WorkOrder], zone: str, now: Instant) -> list[Printed]:
    """Orders with what is known of their assets and parts."""
    zone_of = zones(connection, zone)
    facts = ledger_fitted.facts_by_asset(connection, {order.asset for order in orders})
    parts = ledger_parts.parts(connection, {part for order in orders for part in order.kit})
    found = []
    for order in orders:
        shelves = shelves_of(connection, order) if order.kit else None
        found.append(
            Printed(
                order=order,
                zone=zone_of(order),
                facts=facts.get(order.asset),
                reservations=shelves.reservations if shelves else (),
                missing={each.part: each.pieces for each in missing(order, shelves, now)} if shelves else {},
                names={part: parts[part].name for part in order.kit if part in parts},
            )
        )
    return found
