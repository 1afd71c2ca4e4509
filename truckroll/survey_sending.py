"""Surveys sent: who reported by mail is asked how good it was once the ticket is closed, once a ticket."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from adapters import ledger_closing, ledger_log, ledger_notices, ledger_reports, ledger_sla
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.instants import DAY, SECOND, Duration, Instant
from domain.ticket import LedgerEvent, Ticket, TicketState
from ticketing.classes import Classes
from ticketing.quality import closes
from ticketing.survey import invitation, notice_id, receiver_of
from truckroll.chores import Chore
from truckroll.survey import invite

READER = "surveys"
MOST = 500
"""Lines of the log that one transaction deals with."""
TOO_LATE: Duration = 3 * DAY
"""Nobody is asked about a closing so long ago: not after an outage, not about the years before the first start."""


@dataclass(slots=True)
class Surveys:
    """The chore. It follows the event log with a bookmark of its own; the letter leaves by the outbox."""

    ledger: SqlLedger
    classes: Classes
    page: str
    """The address that a link begins with; empty = nobody is asked."""

    def chore(self) -> Chore:
        """Looked after every five seconds."""
        return Chore(READER, 5 * SECOND, self.keep)

    def keep(self, now: Instant) -> None:
        """Take in what the log says. Raises TryLater."""
        while self.has_lines():
            with self.ledger.begin() as transaction:
                lines = ledger_log.lines_after(transaction.connection, transaction.bookmark(READER), MOST)
                self.take_in(transaction, lines, now)

    def has_lines(self) -> bool:
        """There are lines to read."""
        with self.ledger.reading() as connection:
            return ledger_log.last_line(connection) > ledger_log.bookmark(connection, READER)

    def take_in(self, transaction: SqlTransaction, lines: Sequence[LedgerEvent], now: Instant) -> None:
        """Ask about the tickets that were closed."""
        if not lines:
            return
        connection = transaction.connection
        closed = dict.fromkeys(line.ticket for line in lines if closes(line) and line.at > now - TOO_LATE)
        tickets = ledger_closing.tickets_by_number(connection, closed)
        for ticket in tickets.values() if self.page else ():
            if self.is_wanted(connection, ticket):
                self.ask(transaction, ticket, now)
        transaction.move_bookmark(READER, lines[-1].position)

    def is_wanted(self, connection: Connection, ticket: Ticket) -> bool:
        """Its class asks, it is still closed, and nobody was asked about it before."""
        kind = self.classes.classes.get(ticket.ticket_class)
        if kind is None or not kind.survey or ticket.state is not TicketState.CLOSED:
            return False
        was_asked = ledger_notices.is_known(connection, notice_id(ticket.number))
        return not was_asked and not ledger_closing.surveys_of(connection, ticket.number)

    def ask(self, transaction: SqlTransaction, ticket: Ticket, now: Instant) -> None:
        """A link for the first reporter who has an address; nothing where there is none."""
        reports = [filed.report for filed in ledger_reports.reports_of(transaction.connection, ticket.number)]
        if to := receiver_of(reports):
            token, _ = invite(transaction, ticket.number, now)
            ledger_sla.add_notices(transaction.connection, [invitation(ticket.number, to, self.page + token, now)])
