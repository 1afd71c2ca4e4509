"""Parts, depots and stock come from files: what a file changes is planned, and taken in as a whole, or not at all."""

from enum import StrEnum

from sqlalchemy import Connection

from adapters import ledger_parts
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.instants import Instant
from domain.part import Location, Part
from domain.ticket import LedgerEvent, Response
from maintenance.part_csv import Counting, PartsImport, plan_locations, plan_parts, plan_stock
from truckroll.stock import book, made_room

CHANGED = "parts"
"""The kind of line that says that parts or locations changed."""


class FileOf(StrEnum):
    """What a file is about."""

    PARTS = "parts"
    DEPOTS = "depots"
    STOCK = "stock"


def import_parts(
    ledger: SqlLedger, what: FileOf, content: str, name: str, *, by: str, now: Instant, dry_run: bool
) -> PartsImport:
    """Plan what a file changes, and take it in unless it is a dry run. Raises WrongFormat with every mistake."""
    if dry_run:
        with ledger.reading() as connection:
            return planned(connection, what, content, name, by=by, now=now)
    with ledger.begin() as transaction:
        plan = planned(transaction.connection, what, content, name, by=by, now=now)
        take_in(transaction, plan, by=by, now=now)
        return plan


def planned(connection: Connection, what: FileOf, content: str, name: str, *, by: str, now: Instant) -> PartsImport:
    """What it changes in the ledger as it is."""
    parts, locations = ledger_parts.parts(connection), ledger_parts.locations(connection)
    match what:
        case FileOf.PARTS:
            return plan_parts(content, name, parts)
        case FileOf.DEPOTS:
            return plan_locations(content, name, locations)
        case FileOf.STOCK:
            levels = ledger_parts.levels(connection)
            return plan_stock(content, name, Counting(parts=parts, locations=locations, levels=levels, now=now, by=by))


def take_in(transaction: SqlTransaction, plan: PartsImport, *, by: str, now: Instant) -> None:
    """Record what is new or different, with a line in the event log, and book what was counted."""
    new = [*plan.added, *plan.changed]
    if new:
        ledger_parts.save_parts(transaction.connection, [one for one in new if isinstance(one, Part)])
        ledger_parts.save_locations(transaction.connection, [one for one in new if isinstance(one, Location)])
        line = LedgerEvent(at=now, kind=CHANGED, actor=by, details=dict(plan.said))
        transaction.record(Response(events=(line,)))
    book(transaction, [each for count in plan.counts for each in made_room(transaction.connection, count)])
