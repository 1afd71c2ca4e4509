"""Orders: visits follow the ledger's event log, and what people decide about them is one change of the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from adapters import ledger_log, ledger_orders, ledger_sla
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.instants import SECOND, Instant
from domain.sla import Clock, ClockKind
from domain.ticket import LedgerEvent, Ticket
from domain.work_order import OrderResponse, OrderState, WorkOrder
from ticketing.business_time import BusinessTime
from ticketing.classes import Classes
from ticketing.clocks import Clockmaker
from ticketing.order_driving import ORDERS
from ticketing.order_making import make_order
from ticketing.order_settling import handed_on, is_handed_on, settle, with_due
from ticketing.order_wanting import SILENT, says_state, wanted_visit
from ticketing.orders import Step, move
from truckroll.chores import Chore
from truckroll.promises import READER as PROMISES

READER = ORDERS
KEY, REQUEST = "idempotency_key", "request"
MOST = 1_000
"""Lines of the log, or deferred orders, that one transaction deals with."""


@dataclass(slots=True)
class Orders:
    """The chore. Everything it knows is in the ledger: killed anywhere, it goes on where it was."""

    ledger: SqlLedger
    classes: Classes

    def chore(self) -> Chore:
        """Looked after every second."""
        return Chore("orders", SECOND, self.keep)

    def keep(self, now: Instant) -> None:
        """Take in what the log says, as far as the clocks have; then take up what was deferred. Raises TryLater."""
        while self.has_work(now):
            with self.ledger.begin() as transaction:
                self.work(transaction, now)

    def has_work(self, now: Instant) -> bool:
        """There are lines to read, or orders whose time has come."""
        with self.ledger.reading() as connection:
            return readable(connection) > ledger_log.bookmark(connection, READER) or bool(
                ledger_orders.deferred_until(connection, now, 1)
            )

    def work(self, transaction: SqlTransaction, now: Instant) -> None:
        """One transaction's worth."""
        connection = transaction.connection
        begin, end = transaction.bookmark(READER), readable(connection)
        if lines := ledger_log.lines_after(connection, begin, min(MOST, max(0, end - begin))):
            self.take_in(transaction, lines, now)
            transaction.move_bookmark(READER, lines[-1].position)
            return
        for order in ledger_orders.deferred_until(connection, now, MOST):
            step = Step(to=OrderState.IN_REVIEW, why="the time that it was deferred until has come")
            ledger_orders.record(transaction, moved(connection, order, step, now))

    def take_in(self, transaction: SqlTransaction, lines: Sequence[LedgerEvent], now: Instant) -> None:
        """Deal with the tickets that lines are about, each once, in order of their first line."""
        about: dict[str, list[LedgerEvent]] = {}
        for line in lines:
            if line.ticket and line.kind not in SILENT:
                about.setdefault(line.ticket, []).append(line)
        tickets = ledger_orders.tickets_of(transaction.connection, about)
        ordered = ledger_orders.open_orders_of(transaction.connection, about)
        for number in (each for each in about if each in tickets):
            if number in ordered:
                self.settle(transaction, number, about[number], now)
                tickets[number] = transaction.ticket(number)
            self.make(transaction, tickets[number], about[number], now)

    def settle(self, transaction: SqlTransaction, number: str, lines: Sequence[LedgerEvent], now: Instant) -> None:
        """Order and tickets agree again; two steps where it takes two, such as off one hold and onto another."""
        connection = transaction.connection
        self.hand_on(transaction, number, now)
        line = next((each for each in reversed(lines) if says_state(each)), lines[-1])
        for _ in range(2):
            if (order := open_order(connection, number)) is not None:
                ledger_orders.record(transaction, settle(order, served(connection, order), now, line))
        if (order := open_order(connection, number)) is not None:
            ledger_orders.record(transaction, with_due(order, first_due(connection, order), now))

    def hand_on(self, transaction: SqlTransaction, number: str, now: Instant) -> None:
        """The visit for a ticket that was taken in goes to the one that stays, where that has none of its own."""
        order, gone = open_order(transaction.connection, number), transaction.ticket(number)
        if order is None or not gone.linked_to or open_order(transaction.connection, gone.linked_to) is not None:
            return
        stays = transaction.ticket(gone.linked_to)
        if is_handed_on(order, gone, stays):
            ledger_orders.record(transaction, handed_on(order, gone, stays, now))

    def make(self, transaction: SqlTransaction, ticket: Ticket, lines: Sequence[LedgerEvent], now: Instant) -> None:
        """The order that a line asks for, unless somebody has seen to it since."""
        connection = transaction.connection
        for line in lines:
            last = ledger_orders.last_order_of(connection, ticket.number) if line.kind == "reopened" else None
            why = wanted_visit(line, ticket, self.classes, last)
            if why is None or open_order(connection, ticket.number) is not None:
                continue
            if ledger_orders.seen_to_since(connection, ticket.number, line.position):
                continue
            due, follows = due_at(connection, ticket.number, now), followed(connection, ticket)
            made = make_order(ticket, self.classes, why=why, due_at=due, now=now, follows=follows)
            ledger_orders.record(transaction, made)
            return


def readable(connection: Connection) -> int:
    """The last line that the clocks have taken in: only they know when something is due."""
    return ledger_log.bookmark(connection, PROMISES)


def open_order(connection: Connection, ticket: str) -> WorkOrder | None:
    """The ticket's open order."""
    return ledger_orders.open_orders_of(connection, [ticket]).get(ticket)


def served(connection: Connection, order: WorkOrder) -> Sequence[Ticket]:
    """The tickets that an order serves, its own first."""
    found: Mapping[str, Ticket] = ledger_orders.tickets_of(connection, order.tickets)
    return [found[number] for number in order.tickets if number in found]


def followed(connection: Connection, ticket: Ticket) -> str:
    """The number of the order whose work on this ticket, or on the one that it came out of, did not last."""
    for number in (ticket.number, ticket.linked_to):
        last = ledger_orders.last_order_of(connection, number) if number else None
        if last is not None and last.done_at is not None and last.asset == ticket.asset:
            return last.number
    return ""


def due_at(connection: Connection, ticket: str, now: Instant | None = None) -> Instant | None:
    """When the ticket's resolution is due; while its clock is paused, as if it ran on from `now`."""
    clocks: Sequence[Clock] = ledger_sla.clocks_of(connection, [ticket]).get(ticket, ())
    clock = next((each for each in clocks if each.kind is ClockKind.RESOLUTION), None)
    if clock is None or clock.due_at is not None or clock.stopped_at is not None or now is None:
        return clock.due_at if clock else None
    book = ledger_sla.book_in_force(connection)
    return Clockmaker(book, BusinessTime(book.calendars)).run(clock, now).due_at if book else None


def first_due(connection: Connection, order: WorkOrder) -> Instant | None:
    """When the first of the order's tickets is due; None while no clock of theirs runs. A plan's own due stands too."""
    dues = [due_at(connection, number) for number in order.tickets]
    known = [at for at in (*dues, order.due_at if order.plan else None) if at is not None]
    return min(known) if any(at is not None for at in dues) else None


def moved(connection: Connection, order: WorkOrder, step: Step, now: Instant) -> OrderResponse:
    """The order moved, with the tickets that it drives. Raises IllegalMove, WrongFormat."""
    return move(order, step, served(connection, order), now, revision=order.revision)
