"""Quality kept: every closing gets its score, and a task where somebody has to learn from it, exactly once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from adapters import ledger_closing, ledger_log, ledger_sla
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.closing import REPEAT_WITHIN, Improvement, Quality
from domain.instants import SECOND, Instant
from domain.ticket import LedgerEvent, Response, Ticket
from ticketing.classes import Classes
from ticketing.gates import missing
from ticketing.moves import DESK
from ticketing.quality import came_back, closed, closes, first_outcome, rated, stayed_away, task_for
from truckroll.chores import Chore
from truckroll.closing import shown_for
from truckroll.promises import READER as CLOCKS

READER = "quality"
MOST = 500
"""Lines of the log, or closings that settle, that one transaction deals with."""


@dataclass(slots=True)
class QualityKeeper:
    """The chore. It follows the log behind the SLA clocks, so that it knows which promises were kept."""

    ledger: SqlLedger
    classes: Classes

    def chore(self) -> Chore:
        """Looked after every five seconds."""
        return Chore(READER, 5 * SECOND, self.keep)

    def keep(self, now: Instant) -> None:
        """Take in what the log says, then settle what did not come back. Raises TryLater."""
        while self.has_work(now):
            with self.ledger.begin() as transaction:
                self.work(transaction, now)

    def has_work(self, now: Instant) -> bool:
        """There are lines that the clocks know, or closings that settle."""
        with self.ledger.reading() as connection:
            reached = ledger_log.bookmark(connection, CLOCKS)
            return reached > ledger_log.bookmark(connection, READER) or (
                reached == ledger_log.last_line(connection) and bool(ledger_closing.settling(connection, now, 1))
            )

    def work(self, transaction: SqlTransaction, now: Instant) -> None:
        """One transaction's worth. A closing settles only when the whole log is taken in."""
        connection = transaction.connection
        reached = transaction.bookmark(CLOCKS)
        lines = ledger_log.lines_after(connection, transaction.bookmark(READER), MOST)
        if known := [line for line in lines if line.position <= reached]:
            self.keep_changed(transaction, self.taken_in(connection, known), now)
            transaction.move_bookmark(READER, known[-1].position)
        elif not lines:
            self.keep_changed(transaction, map(stayed_away, ledger_closing.settling(connection, now, MOST)), now)

    def taken_in(self, connection: Connection, lines: Sequence[LedgerEvent]) -> Iterable[Quality]:
        """Closings that lines of the log begin or change."""
        numbers = {line.ticket for line in lines if line.ticket}
        books = Folding(connection, self.classes, ledger_closing.tickets_by_number(connection, numbers))
        books.known = ledger_closing.quality_of(connection, numbers)
        for line in lines:
            books.fold(line)
        return [books.known[number] for number in sorted(books.changed)]

    def keep_changed(self, transaction: SqlTransaction, qualities: Iterable[Quality], now: Instant) -> None:
        """Keep how closings stand, and open the tasks that they ask for; one a closing."""
        found = list(qualities)
        connection = transaction.connection
        ledger_closing.save_quality(connection, found)
        wanted = [task for quality in found if (task := task_for(quality, now)) is not None]
        fresh = [task for task in wanted if not ledger_closing.has_task(connection, task.ticket, task.closing)]
        ledger_closing.open_tasks(connection, fresh)
        transaction.record(Response(events=tuple(told(task, now) for task in fresh)))


@dataclass(slots=True)
class Folding:
    """Closings while lines of the log are taken in."""

    connection: Connection
    classes: Classes
    tickets: dict[str, Ticket]
    known: dict[str, Quality] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def fold(self, line: LedgerEvent) -> None:
        """One line."""
        ticket = self.tickets.get(line.ticket)
        if ticket is None:
            return
        if closes(line):
            self.put(self.first(ticket, line))
        elif line.kind == "reopened":
            self.change(came_back(self.known[ticket.number], line.at) if ticket.number in self.known else None)
        elif line.kind == "rated":
            rating = int(line.details["rating"])
            self.change(rated(self.known[ticket.number], rating) if ticket.number in self.known else None)
        elif line.kind == "opened":
            self.opened(ticket, line)

    def opened(self, ticket: Ticket, line: LedgerEvent) -> None:
        """A new ticket says that those of the same key that were closed lately did not last."""
        key = (ticket.asset, ticket.component, ticket.failure_mode)
        numbers = ledger_closing.closed_before(self.connection, key, ticket.number, line.at - REPEAT_WITHIN)
        unknown = [number for number in numbers if number not in self.known]
        self.known |= ledger_closing.quality_of(self.connection, unknown)
        for number in numbers:
            self.change(came_back(self.known[number], line.at) if number in self.known else None)

    def first(self, ticket: Ticket, line: LedgerEvent) -> Quality:
        """What is known at the closing."""
        kind = self.classes.classes.get(ticket.ticket_class)
        clocks = ledger_sla.clocks_of(self.connection, [ticket.number]).get(ticket.number, [])
        is_complete = not missing(kind, shown_for(self.connection, ticket))
        label = str(line.details.get("label", ""))
        return closed(ticket.number, line, first_outcome(ticket, kind, clocks, label=label, is_complete=is_complete))

    def change(self, quality: Quality | None) -> None:
        """Another state of a closing; none where it is as it was."""
        if quality is not None and self.known.get(quality.ticket) != quality:
            self.put(quality)

    def put(self, quality: Quality) -> None:
        """A closing as it stands now."""
        self.known[quality.ticket] = quality
        self.changed.add(quality.ticket)


def told(task: Improvement, now: Instant) -> LedgerEvent:
    """The line that says that a task was opened."""
    details = {"closing": task.closing, "tenths": task.tenths, "weak": list(task.weak)}
    return LedgerEvent(at=now, kind="improvement", ticket=task.ticket, actor=DESK, details=details)
