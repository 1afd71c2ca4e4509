"""Orders for tests: classes that are always, maybe and never visited, and a small desk around a real ledger."""

from dataclasses import dataclass, field, replace
from typing import Any

from adapters import ledger_orders, ledger_sla
from adapters.ledger_sql import SqlLedger
from domain.finding import Severity
from domain.instants import SECOND, Instant
from domain.sla import Clock, ClockKind
from domain.ticket import Priority, Response, Ticket, TicketState
from domain.work_order import OrderKind, OrderState, WorkOrder
from tests.ticketing.promises import BOOK, MONDAY, TICKET
from ticketing import people
from ticketing.classes import Classes, read_classes
from ticketing.moves import birth
from ticketing.orders import Step
from truckroll.order_deeds import move_order, visit
from truckroll.orders import Orders
from truckroll.promises import Promises

CLASSES: Classes = read_classes(
    [
        (
            "classes.toml",
            """
            [[job_plan]]
            id = "board-swap"
            name = "Swap the board"
            tasks = ["Open the case", "Swap the board"]
            hours = 1.5
            crew = 2
            skills = ["electric"]
            certificates = ["height"]
            kit = { board = 1 }
            tools = ["ladder"]
            [[class]]
            id = "broken"
            visit = "always"
            job_plan = "board-swap"
            skills = ["display"]
            [[job_plan]]
            id = "proved-swap"
            name = "Swap the board, and show it"
            evidence = ["photo_after"]
            [[class]]
            id = "proved"
            visit = "always"
            job_plan = "proved-swap"
            gates = ["codes"]
            [[class]]
            id = "odd"
            visit = "maybe"
            job_plan = "board-swap"
            [[class]]
            id = "soft"
            visit = "never"
            """,
        )
    ]
)
WAY = (
    OrderState.IN_REVIEW,
    OrderState.APPROVED,
    OrderState.RELEASED,
    OrderState.DISPATCHED,
    OrderState.IN_PROGRESS,
    OrderState.WORK_DONE,
)


def an_order(state: OrderState = OrderState.RELEASED, **changes: Any) -> WorkOrder:
    """The order of the one ticket."""
    said: dict[str, Any] = {
        "number": "W-2026-000001",
        "kind": OrderKind.CORRECTIVE,
        "asset": TICKET.asset,
        "title": TICKET.title,
        "state": state,
        "why": {"en": "It is broken."},
        "ticket": TICKET.number,
        "made_at": MONDAY,
        "changed_at": MONDAY,
    }
    return WorkOrder(**said | changes)


@dataclass
class Office:
    """People, the desk's clocks and the orders around one ledger; every act takes a second."""

    ledger: SqlLedger
    now: Instant = MONDAY
    orders: Orders = field(init=False)
    promises: Promises = field(init=False)

    def __post_init__(self) -> None:
        self.orders = Orders(self.ledger, CLASSES)
        self.promises = Promises(self.ledger, BOOK)

    def opens(self, asset: str = "tv-1", ticket_class: str = "broken", **changes: Any) -> str:
        """A new ticket's number."""
        self.now += SECOND
        wanted = {"severity": Severity.S2, "priority": Priority.MEDIUM, "dossier": {}} | changes
        ticket = replace(TICKET, number="", asset=asset, ticket_class=ticket_class, opened_at=self.now, **wanted)
        with self.ledger.begin() as transaction:
            return transaction.record(Response(tickets=(ticket,), events=(birth(ticket, self.now),)))[0].number

    def settles(self) -> None:
        """Clocks and orders take in all that has been written, and what they write themselves."""
        with self.ledger.reading() as connection:
            before = connection.exec_driver_sql("SELECT max(position) FROM event").scalar_one()
        self.promises.keep(self.now)
        self.orders.keep(self.now)
        with self.ledger.reading() as connection:
            after = connection.exec_driver_sql("SELECT max(position) FROM event").scalar_one()
        if before != after:
            self.settles()

    def ticket(self, number: str) -> Ticket:
        """As it stands."""
        return self.ledger.ticket(number)

    def order_of(self, number: str) -> WorkOrder | None:
        """The ticket's open order."""
        with self.ledger.reading() as connection:
            return ledger_orders.open_orders_of(connection, [number]).get(number)

    def orders_of(self, number: str) -> list[WorkOrder]:
        """All orders of a ticket, oldest first."""
        with self.ledger.reading() as connection:
            wanted = ledger_orders.OrdersWanted(ticket=number)
            return list(reversed(ledger_orders.orders(connection, wanted, most=100)))

    def clock(self, number: str) -> Clock:
        """The clock of the ticket's resolution."""
        with self.ledger.reading() as connection:
            clocks = ledger_sla.clocks_of(connection, [number])[number]
        return next(clock for clock in clocks if clock.kind is ClockKind.RESOLUTION)

    def moves(self, number: str, to: TicketState, reason: str = "", by: str = "operator") -> None:
        """A person moves a ticket."""
        self.now += SECOND
        with self.ledger.begin() as transaction:
            ticket = transaction.ticket(number)
            said = {"by": by, "now": self.now, "revision": ticket.revision}
            transaction.record(people.move(ticket, to, reason=reason, **said))

    def moves_order(self, number: str, to: OrderState, **said: Any) -> WorkOrder:
        """A person moves an order."""
        self.now += SECOND
        into = said.pop("into", "")
        return move_order(self.ledger, CLASSES, number, Step(to=to, by="pat", **said), self.now, into=into)

    def brings(self, number: str, to: OrderState) -> WorkOrder:
        """People move an order all the way to a state."""
        with self.ledger.reading() as connection:
            order = ledger_orders.order(connection, number)
        for state in WAY[WAY.index(order.state) + 1 : WAY.index(to) + 1]:
            order = self.moves_order(number, state)
        return order

    def decides(self, number: str, decision: str) -> WorkOrder | None:
        """A person decides about a visit."""
        self.now += SECOND
        return visit(self.ledger, CLASSES, number, decision, self.now, by="operator", why="seen")
