"""Keeping stock: what becomes of orders becomes of their parts, exactly once, however often the service is killed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from adapters import ledger_log, ledger_orders, ledger_parts
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.instants import SECOND, Instant
from domain.part import MovementKind
from domain.sla import Notice
from domain.ticket import LedgerEvent
from domain.work_order import OrderResponse, OrderState, WorkOrder
from maintenance import catalogue_stock as catalogue
from maintenance.stock_kits import STOCK, consuming, lacking, missing, releasing, too_much
from maintenance.stock_words import filled, sentence, together
from ticketing.orders import order_line
from truckroll.chores import Chore
from truckroll.stock import MOVED, book, reserve_kit, shelves_of

READER = STOCK
MOST = 500
"""Lines of the log that one transaction deals with."""
SHORT, UNBOOKED = "parts_short", "parts_unbooked"
WANTS_KIT = frozenset({OrderState.RELEASED, OrderState.DISPATCHED, OrderState.IN_PROGRESS, OrderState.ON_HOLD})
GIVES_BACK = frozenset({OrderState.CANCELLED, OrderState.REJECTED, OrderState.MERGED, OrderState.DEFERRED})
BRINGS = frozenset({"receipt", "count", "release", "transfer"})
"""Movements after which an order that lacks parts may get them."""


@dataclass(slots=True)
class StockKeeper:
    """The chore. It follows the event log with a bookmark of its own; everything it knows is in the ledger."""

    ledger: SqlLedger

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
        if lines and ledger_parts.has_parts(transaction.connection):
            for line in lines:
                self.take_in(transaction, line, now)
        if lines:
            transaction.move_bookmark(READER, lines[-1].position)

    def take_in(self, transaction: SqlTransaction, line: LedgerEvent, now: Instant) -> None:
        """One line: an order that changed, or stock that others have waited for."""
        key = f"{READER}/{line.position}"
        if line.kind == MOVED:
            self.give_out(transaction, line, key, now)
        elif line.kind == "order_moved" and line.details.get("state") == OrderState.WORK_DONE.value:
            self.consume(transaction, str(line.details["order"]), key, now)
        elif line.kind.startswith("order_") and line.details.get("order"):
            self.settle(transaction, str(line.details["order"]), key, now)

    def settle(self, transaction: SqlTransaction, number: str, key: str, now: Instant) -> None:
        """The order's reservations are as it stands."""
        order = ledger_orders.order(transaction.connection, number)
        if order.state in GIVES_BACK:
            self.give_back(transaction, order, f"{key}/{number}", now)
            if order.merged_into:
                self.settle(transaction, order.merged_into, key, now)
        elif order.state in WANTS_KIT:
            self.supply(transaction, order, f"{key}/{number}", now)
        elif order.done_at is None:
            self.spare(transaction, order, f"{key}/{number}", now)

    def give_back(self, transaction: SqlTransaction, order: WorkOrder, key: str, now: Instant) -> None:
        """It needs nothing any more."""
        held = ledger_parts.reservations_of(transaction.connection, order.number)
        book(transaction, releasing(held, now=now, key=key, by=STOCK, why=f"{order.number} is {order.state}"))
        ledger_parts.save_short(transaction.connection, order.number, {}, None)

    def spare(self, transaction: SqlTransaction, order: WorkOrder, key: str, now: Instant) -> None:
        """It gives back what it has beyond its kit."""
        surplus = list(too_much(order, shelves_of(transaction.connection, order)))
        book(transaction, releasing(surplus, now=now, key=key, by=STOCK, why="the kit is smaller"))

    def supply(self, transaction: SqlTransaction, order: WorkOrder, key: str, now: Instant) -> None:
        """It gets what its kit lacks, and gives back what it has too much; a person hears of what stays missing."""
        connection = transaction.connection
        shelves = shelves_of(connection, order)
        self.spare(transaction, order, key, now)
        for other in self.ahead(connection, order, lacking(order, shelves)):
            reserve_kit(transaction, other, now, key=f"{key}/{other.number}", by=STOCK, why="its turn comes first")
        known = ledger_parts.shorts(connection, order=order.number).get(order.number, {})
        after = reserve_kit(transaction, order, now, key=key, by=STOCK, why=f"{order.number} is {order.state}")
        lacks = lacking(order, after)
        if any(pieces > known.get(part, 0) for part, pieces in lacks.items()):
            ledger_orders.record(transaction, self.short(connection, order, lacks, key, now))

    def ahead(self, connection: Connection, order: WorkOrder, lacks: Mapping[str, int]) -> Iterator[WorkOrder]:
        """Where an order waits for parts: those that wait for the same ones and come before it."""
        queue = list(ledger_parts.shorts(connection, parts=list(lacks))) if lacks else []
        for number in queue[: queue.index(order.number)] if order.number in queue else []:
            other = ledger_orders.order(connection, number)
            if other.state in WANTS_KIT:
                yield other

    def short(
        self, connection: Connection, order: WorkOrder, lacks: Mapping[str, int], key: str, now: Instant
    ) -> OrderResponse:
        """The line and the notice that say that an order is released without its kit."""
        shelves = shelves_of(connection, order)
        said = together(sentence(each, shelves.parts[each.part]) for each in missing(order, shelves, now))
        tickets = ledger_orders.tickets_of(connection, order.tickets[:1])
        owner = next((each.owner for each in tickets.values()), "")
        notice = Notice(
            id=f"{key}/{SHORT}",
            at=now,
            channel="in_app",
            to=owner or STOCK,
            ticket=order.tickets[0] if order.tickets else "",
            subject=filled(catalogue.SHORT_SUBJECT, order=order.number),
            body=said,
        )
        line = order_line(SHORT, order, now, STOCK, said["en"], lacks=dict(lacks))
        return OrderResponse(events=(line,), notices=(notice,))

    def consume(self, transaction: SqlTransaction, number: str, key: str, now: Instant) -> None:
        """The work is done: its parts are used up; what the books did not have is told."""
        connection = transaction.connection
        order = ledger_orders.order(connection, number)
        after = reserve_kit(transaction, order, now, key=key, by=STOCK, why="the work is done")
        book(transaction, consuming(order, after, now=now, key=key))
        ledger_parts.save_short(connection, number, {}, None)
        if lacks := lacking(order, after):
            why = "work was done with parts that the books do not have; count them"
            line = order_line(UNBOOKED, order, now, STOCK, why, lacks=dict(lacks))
            ledger_orders.record(transaction, OrderResponse(events=(line,)))

    def give_out(self, transaction: SqlTransaction, line: LedgerEvent, key: str, now: Instant) -> None:
        """Stock that has come goes to those who lack it, who is due first first; who lost theirs to a count hears."""
        said = line.details
        if said["kind"] == MovementKind.RELEASE.value and line.actor != STOCK:
            self.settle(transaction, str(said["stock_order"]), key, now)
        if said["kind"] in BRINGS:
            for number in ledger_parts.shorts(transaction.connection, parts=[str(said["part"])]):
                self.settle(transaction, number, key, now)
