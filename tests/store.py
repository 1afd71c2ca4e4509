"""A store for tests: a depot, a van and another site's depot around a real ledger, and the keeper of their stock."""

from dataclasses import dataclass, field
from typing import Any

from adapters import ledger_orders, ledger_parts
from domain.instants import DAY
from domain.part import Level, Location, LocationKind, Movement, MovementKind, Part
from domain.work_order import OrderKind, OrderResponse, OrderState, WorkOrder
from tests.orders import Office, an_order
from tests.ticketing.promises import MONDAY
from ticketing.orders import order_line
from truckroll.stock import Kit, kit_of, move_stock
from truckroll.stock_keeping import StockKeeper

BOARD = Part(id="board", name={"en": "Board", "zh": "主板"}, cost=80.0, lead_days=10, substitutes=("board-b",))
BOARD_B = Part(id="board-b", name={"en": "Board B"}, cost=95.0, lead_days=20)
FAN = Part(id="fan", name={"en": "Fan"}, cost=5.0, lead_days=3)
CENTRAL = Location(id="central", name={"en": "Central"})
NORTH = Location(id="north", name={"en": "North"}, sites=("oslo",))
VAN = Location(id="van-1", kind=LocationKind.VAN, name={"en": "Van 1"}, technician="anna")
K = MovementKind


@dataclass
class Store:
    """Parts, places and the keeper around an office's ledger."""

    office: Office
    keeper: StockKeeper = field(init=False)
    told: int = 0

    def __post_init__(self) -> None:
        self.keeper = StockKeeper(self.office.ledger)
        with self.office.ledger.begin() as transaction:
            ledger_parts.save_parts(transaction.connection, [BOARD, BOARD_B, FAN])
            ledger_parts.save_locations(transaction.connection, [CENTRAL, NORTH, VAN])

    def movement(self, kind: MovementKind, part: str, pieces: int, location: str = "central", **said: Any) -> Movement:
        """Something that happens now, and is told at once."""
        self.told += 1
        now = self.office.now
        words = {"id": f"m-{self.told}", "at": now, "recorded_at": now, "by": "bo"} | said
        return Movement(kind=kind, part=part, location=location, pieces=pieces, **words)

    def moves(self, kind: MovementKind, part: str, pieces: int, location: str = "central", **said: Any) -> Movement:
        """It happens; what was booked."""
        return move_stock(self.office.ledger, [self.movement(kind, part, pieces, location, **said)])[-1]

    def has(self, part: str, pieces: int, location: str = "central") -> None:
        """So many arrive."""
        self.moves(K.RECEIPT, part, pieces, location)

    def plans(self, state: OrderState = OrderState.APPROVED, *, due_days: int = 7, **changes: Any) -> str:
        """A planned order's number."""
        words = {"number": "", "ticket": "", "kind": OrderKind.PREVENTIVE, "kit": {"board": 1}} | changes
        order: WorkOrder = an_order(state, due_at=MONDAY + due_days * DAY, **words)
        with self.office.ledger.begin() as transaction:
            line = order_line("order_made", order, self.office.now, "planner", state=order.state.value)
            return ledger_orders.record(transaction, OrderResponse(orders=(order,), events=(line,)))[0].number

    def keeps(self) -> None:
        """The keeper takes in all that is in the log."""
        self.keeper.keep(self.office.now)

    def level(self, part: str, location: str = "central") -> tuple[int, int]:
        """On hand and reserved."""
        with self.office.ledger.reading() as connection:
            found = ledger_parts.levels(connection, [part]).get((part, location)) or Level(part=part, location=location)
        return found.on_hand, found.reserved

    def kit(self, order: str) -> Kit:
        """How an order's kit stands."""
        with self.office.ledger.reading() as connection:
            return kit_of(connection, order, self.office.now)

    def history(self, **asked: Any) -> list[Movement]:
        """Movements, oldest first."""
        with self.office.ledger.reading() as connection:
            return list(reversed(ledger_parts.movements(connection, most=1000, **asked)))

    def lines(self, kind: str) -> list[Any]:
        """Lines of the event log of one kind."""
        return [line for line in self.office.ledger.events(0, 100_000) if line.kind == kind]
