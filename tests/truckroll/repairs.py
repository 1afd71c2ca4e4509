"""Repairs for tests: a ledger with tickets of a class that has gates, telemetry, and a clock that tests move."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from adapters import ledger_closing, ledger_log
from adapters.ledger_sql import SqlLedger
from adapters.telemetry_sqlite import SqliteTelemetry
from domain.closing import Codes, Quality
from domain.instants import HOUR, SECOND, Instant
from domain.registry import unclaimed
from domain.ticket import LedgerEvent, Response, Ticket, TicketState
from tests.batches import batch_of
from tests.ticketing.cases import finding
from tests.ticketing.promises import BOOK, MONDAY, TICKET
from ticketing import people
from ticketing.classes import Classes, read_classes
from ticketing.desk import ServiceDesk
from truckroll.closing import ready_for, write_down
from truckroll.promises import Promises
from truckroll.quality import QualityKeeper
from truckroll.verification import Verification

CLASSES: Classes = read_classes(
    [
        (
            "classes.toml",
            """
            [[class]]
            id = "tv-crash"
            gates = ["codes"]
            problems = { hangs = "Hangs" }
            causes = { worn = "Worn out" }
            remedies = { replaced = "true", none_found = "nff" }
            soak = "24h"
            ask_after = "72h"
            relapse = "7d"
            """,
        )
    ]
)
CODES = Codes(problem="hangs", cause="worn", remedy="replaced")
EPOCH = "11111111-1111-1111-1111-111111111111"


@dataclass
class Shop:
    """Everything around one ledger."""

    ledger: SqlLedger
    telemetry: SqliteTelemetry
    now: Instant = MONDAY
    position: int = 0
    verification: Verification = field(init=False)
    quality: QualityKeeper = field(init=False)
    promises: Promises = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Chores that know nothing but what is in the ledger."""
        self.verification = Verification(self.ledger, CLASSES, self.telemetry)
        self.quality = QualityKeeper(self.ledger, CLASSES)
        self.promises = Promises(self.ledger, BOOK)

    def opens(self, asset: str = "tv-1", ticket_class: str = "tv-crash", **changes: Any) -> str:
        """A new ticket's number; the device of the same name hangs on the asset."""
        ticket = replace(TICKET, number="", asset=asset, ticket_class=ticket_class, opened_at=self.now, **changes)
        event = LedgerEvent(at=self.now, kind="opened", actor="desk", details={"severity": "S1", "class": ticket_class})
        with self.ledger.begin() as transaction:
            transaction.install([unclaimed(asset)], self.now)
            return transaction.record(Response(tickets=(ticket,), events=(event,)))[0].number

    def repaired(self, number: str, codes: Codes | None = CODES) -> None:
        """Somebody has worked on it, with codes, and says that it is repaired."""
        if codes:
            with self.ledger.begin() as transaction:
                wanted: Any = {"codes": codes, "fields": {}, "by": "anna", "now": self.now}
                transaction.record(write_down(transaction, CLASSES, transaction.ticket(number), **wanted))
        self.does(number, people.acknowledge)
        for state in (TicketState.ASSIGNED, TicketState.IN_PROGRESS, TicketState.RESOLVED):
            self.does(number, people.move, to=state, gated=True)

    def does(self, number: str, act: Any, *, gated: bool = False, **words: Any) -> None:
        """What a person does."""
        with self.ledger.begin() as transaction:
            ticket = transaction.ticket(number)
            if gated:
                words["ready"] = ready_for(transaction.connection, CLASSES, ticket)
            transaction.record(act(ticket, by="anna", now=self.now, revision=ticket.revision, **words))

    def strikes(self, nth: int, asset: str = "tv-1") -> None:
        """The device's fault is found again."""
        state = replace(
            finding(asset=asset), ticket_class="tv-crash", position=10 + nth, id=f"F-{nth:016x}",
            started_at=self.now, last_at=self.now, changed_at=self.now, component="panel", failure_mode="crash-loop",
        )  # fmt: skip
        desk = ServiceDesk(relapses={kind.id: kind.relapse for kind in CLASSES.classes.values()})
        with self.ledger.begin() as transaction:
            response = desk.respond(state, transaction.situation(state), self.now)
            transaction.save_finding(state, [])
            transaction.record(response)

    def talks(self, hours: float, *, device: str = "tv-1", every: int = 2 * HOUR) -> None:
        """The device says something from time to time; chores look meanwhile."""
        until = self.now + int(hours * HOUR)
        while self.now < until:
            self.now = min(until, self.now + every)
            self.says(device)
            self.looks()

    def says(self, device: str, event: str = "") -> None:
        """The device sends a reading, or tells an event."""
        self.position += 1
        rows = [(device, self.now - SECOND, {"temp": 20.0})]
        events = [(device, self.now - SECOND, event)]
        batch = batch_of(() if event else rows, events if event else (), after=self.position - 1)
        self.telemetry.write(batch, EPOCH)

    def passes(self, hours: float) -> None:
        """Time passes, and chores look every so often."""
        until = self.now + int(hours * HOUR)
        while self.now < until:
            self.now = min(until, self.now + 4 * HOUR)
            self.looks()

    def looks(self) -> None:
        """Every chore has its turn."""
        self.promises.keep(self.now)
        self.verification.keep(self.now)
        self.promises.keep(self.now)
        self.quality.keep(self.now)

    def ticket(self, number: str) -> Ticket:
        """The ticket as it stands."""
        return self.ledger.ticket(number)

    def lines(self, number: str) -> list[LedgerEvent]:
        """The ticket's history."""
        with self.ledger.reading() as connection:
            return [line for line in ledger_log.lines_after(connection, 0, 10_000) if line.ticket == number]

    def kinds(self, number: str, kind: str) -> list[LedgerEvent]:
        """Lines of one kind."""
        return [line for line in self.lines(number) if line.kind == kind]

    def score(self, number: str) -> Quality:
        """How good its closing was."""
        with self.ledger.reading() as connection:
            return ledger_closing.quality_of(connection, [number])[number]


def shop_in(place: str | Path, folder: Path) -> Shop:
    """A shop over a ledger at a place."""
    return Shop(SqlLedger(place), SqliteTelemetry(folder / "telemetry"))
