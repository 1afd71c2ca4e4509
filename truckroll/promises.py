"""Promises kept: SLA clocks follow the ledger's event log, and people hear in time when one is about to break."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from sqlalchemy import Connection

from adapters import ledger_log, ledger_sla
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.instants import SECOND, Instant
from domain.sla import Clock, SlaBook
from domain.ticket import LedgerEvent, Response
from ticketing.business_time import BusinessTime
from ticketing.clocks import Clockmaker
from ticketing.ladder import ACTOR, LATE, Ladder
from truckroll.chores import Chore

READER = "sla"
DECLARED = "promises"
"""The kind of line that puts a book in force."""
MOST = 1_000
"""Lines of the log, or clocks with something due, that one transaction deals with."""
A_SLICE = 200
"""Tickets whose clocks go over to another book in one transaction."""


@dataclass(slots=True)
class Promises:
    """The chore. Everything it knows is in the ledger: killed anywhere, it goes on where it was."""

    ledger: SqlLedger
    book: SlaBook
    """As the configuration has it now."""
    makers: list[Clockmaker] = field(default_factory=list)
    """Of the books that were needed last."""
    at_once: int = A_SLICE
    """Tickets a slice; other writers wait for no more than one."""
    going_over: tuple[int, Sequence[str]] = (0, ())
    """Tickets with running clocks, in order, while these go over, and the position of the line that says so."""

    def chore(self) -> Chore:
        """Looked after every second."""
        return Chore("promises", SECOND, self.keep)

    def keep(self, now: Instant) -> None:
        """Take in what the log says, then take every step that is due. Raises TryLater."""
        while self.has_work(now):
            with self.ledger.begin() as transaction:
                self.work(transaction, now)

    def has_work(self, now: Instant) -> bool:
        """There are lines to read, or steps to take, or another book to go by."""
        with self.ledger.reading() as connection:
            return (
                ledger_sla.book_in_force(connection) != self.book
                or ledger_log.last_line(connection) > bookmark(connection)
                or ledger_sla.is_due(connection, now)
            )

    def work(self, transaction: SqlTransaction, now: Instant) -> None:
        """One transaction's worth. Steps are decided only by clocks that have taken in the whole log, and become

        lines of it themselves, which the clocks take in next.
        """
        connection = transaction.connection
        if (former := ledger_sla.book_in_force(connection)) is None:
            former = self.declare(transaction, now, "the first promises hold from the beginning")
            ledger_sla.keep_book(connection, former)
        lines = ledger_log.lines_after(connection, transaction.bookmark(READER), MOST)
        if lines and lines[0].kind == DECLARED:
            self.change_over(transaction, lines[0], former)
        elif lines:
            before_another = list(takewhile(lambda line: line.kind != DECLARED, lines))
            self.take_in(connection, before_another, former)
            transaction.move_bookmark(READER, before_another[-1].position)
        elif former != self.book:
            self.declare(transaction, now, "the configuration changed")
        else:
            self.take_steps(transaction, now)

    def declare(self, transaction: SqlTransaction, now: Instant, why: str) -> SlaBook:
        """Write the line that puts the configuration's book in force."""
        details = {"book": ledger_sla.book_said(self.book)}
        line = LedgerEvent(at=now, kind=DECLARED, actor=ACTOR, why=why, details=details)
        transaction.record(Response(events=(line,)))
        return self.book

    # -- the log

    def take_in(self, connection: Connection, lines: Sequence[LedgerEvent], book: SlaBook) -> None:
        """Fold lines into clocks, by the book that was in force when they were written."""
        clocks: dict[str, Sequence[Clock]] = {**ledger_sla.clocks_of(connection, {e.ticket for e in lines if e.ticket})}
        changed: dict[str, Sequence[Clock]] = {}
        for line in lines:
            had = clocks.get(line.ticket, ())
            has = self.maker(book).fold(had, line) if line.ticket else had
            if has is not had:
                clocks[line.ticket] = changed[line.ticket] = has
        ledger_sla.save_clocks(connection, flat(changed))

    # -- another book

    def change_over(self, transaction: SqlTransaction, line: LedgerEvent, former: SlaBook) -> None:
        """The next running clocks, in order of their tickets, go on by the book that a line puts in force.

        Until the last of them has, the line is not taken in and nothing that comes after it is: the clocks of tickets
        up to the one reached are as of that line, the others as of the one before.
        """
        connection = transaction.connection
        book = ledger_sla.book_of(line.details["book"])
        numbers = self.next_to_change(connection, line) if book != former else []
        if numbers:
            old, new = self.maker(former), self.maker(book)
            running = flat(ledger_sla.clocks_of(connection, numbers))
            changed = [(new.changed_over(clock, line.at, old), clock) for clock in running]
            ledger_sla.save_clocks(connection, [after for after, before in changed if after is not before])
            ledger_sla.keep_reached(connection, numbers[-1])
        if len(numbers) < self.at_once:
            self.going_over = (0, ())
            ledger_sla.keep_reached(connection, "")
            ledger_sla.keep_book(connection, book)
            transaction.move_bookmark(READER, line.position)

    def next_to_change(self, connection: Connection, line: LedgerEvent) -> Sequence[str]:
        """Tickets with running clocks that have not gone over yet; only this chore starts and stops clocks."""
        if self.going_over[0] != line.position:
            self.going_over = (line.position, sorted(ledger_sla.running(connection)))
        running = self.going_over[1]
        first = bisect_right(running, ledger_sla.reached(connection))
        return running[first : first + self.at_once]

    # -- steps

    def take_steps(self, transaction: SqlTransaction, now: Instant) -> None:
        """Record what is due, the longest due first, and what somebody is to be told of it."""
        tickets = ledger_sla.tickets_due(transaction.connection, now, MOST)
        clocks = ledger_sla.clocks_of(transaction.connection, [ticket.number for ticket in tickets])
        ladder = Ladder(self.maker(self.book))
        steps = [step for ticket in tickets for step in ladder.climb(ticket, clocks[ticket.number], now)[1]]
        steps.sort(key=lambda step: int(step.event.details["due"]))
        transaction.record(Response(events=tuple(step.event for step in steps)))
        ledger_sla.add_notices(transaction.connection, [step.notice for step in steps])

    def maker(self, book: SlaBook) -> Clockmaker:
        """The clockmaker of a book; agendas are laid out once, and those of the last two books are remembered."""
        found = next((known for known in self.makers if known.book is book or known.book == book), None)
        if found is None:
            found = Clockmaker(book, BusinessTime(book.calendars))
            self.makers = [*self.makers[-1:], found]
        return found


def bookmark(connection: Connection) -> int:
    """How far the chore has read the log."""
    return ledger_log.bookmark(connection, READER)


def flat(clocks: Mapping[str, Sequence[Clock]]) -> list[Clock]:
    """All clocks."""
    return [clock for found in clocks.values() for clock in found]


def overdue_steps(ledger: SqlLedger, now: Instant) -> int:
    """Steps that are long due and were not taken: the auditor's number, 0 while all is well."""
    with ledger.reading() as connection:
        return ledger_sla.overdue_steps(connection, now - LATE)
