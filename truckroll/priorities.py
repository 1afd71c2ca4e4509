"""Priorities: how many devices a ticket affects is looked at again, and its priority rises and falls with that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from adapters import ledger_log, ledger_reach
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.instants import MINUTE, SECOND, Instant
from domain.ticket import Response, Ticket
from ticketing.moves import line, revised
from ticketing.priority import reach_of, terms_of, weighed
from truckroll.chores import Chore

READER = "priority"
TELLS = frozenset({"opened", "reopened", "merged", "released"})
"""Lines of the log after which a ticket is looked at."""
MOST = 1_000
GOOD_FOR = MINUTE
"""How long what is known of gateways and their children is used again."""


@dataclass(slots=True)
class Priorities:
    """The chore. What it has looked at stands in the ledger: killed anywhere, it goes on where it was."""

    ledger: SqlLedger
    children: Mapping[str, int] = field(default_factory=dict)
    """Devices behind each gateway."""
    asked_at: Instant | None = None

    def chore(self) -> Chore:
        """Looked after every second."""
        return Chore("priorities", SECOND, self.look)

    def look(self, now: Instant) -> None:
        """Weigh tickets that the log tells of, and those of incidents that grew or shrank. Raises TryLater."""
        if grown := self.grown():
            with self.ledger.begin() as transaction:
                self.weigh(transaction, grown, now)
        while self.has_lines():
            with self.ledger.begin() as transaction:
                lines = ledger_log.lines_after(transaction.connection, transaction.bookmark(READER), MOST)
                self.weigh(transaction, {said.ticket for said in lines if said.kind in TELLS}, now)
                transaction.move_bookmark(READER, lines[-1].position)

    def grown(self) -> list[str]:
        """Tickets of incidents whose size counts otherwise than it did."""
        with self.ledger.reading() as connection:
            sizes = ledger_reach.members_by_ticket(connection)
            tickets = ledger_reach.tickets(connection, sizes)
        return [ticket.number for ticket in tickets if counts_otherwise(ticket, max(1, sizes[ticket.number]))]

    def has_lines(self) -> bool:
        """There are lines that it has not read."""
        with self.ledger.reading() as connection:
            return ledger_log.last_line(connection) > ledger_log.bookmark(connection, READER)

    def weigh(self, transaction: SqlTransaction, numbers: Iterable[str], now: Instant) -> None:
        """Look at open tickets, and record whose blast radius counts otherwise than it did."""
        connection = transaction.connection
        tickets = ledger_reach.tickets(connection, {number for number in numbers if number})
        if not tickets:
            return
        if self.asked_at is None or not 0 <= now - self.asked_at < GOOD_FOR:
            self.children, self.asked_at = ledger_reach.children_by_parent(connection), now
        sizes = ledger_reach.members_by_ticket(connection)
        for ticket in tickets:
            names = {ticket.asset, str(ticket.dossier.get("facts", {}).get("device", ""))}
            behind = sum(self.children.get(name, 0) for name in names)
            transaction.record(rated(ticket, max(1, sizes.get(ticket.number, 0), 1 + behind), now))


def counts_otherwise(ticket: Ticket, reach: int) -> bool:
    """The ticket is open, and its priority gets more or less from so many devices than from those it had."""
    facts = ticket.dossier.get("facts", {})
    steps = [terms_of(ticket.severity, facts, many)["blast_radius"] for many in (reach, reach_of(ticket))]
    return ticket.is_open and steps[0] != steps[1]


def rated(ticket: Ticket, reach: int, now: Instant) -> Response:
    """The ticket under its blast radius; nothing where that counts as it did."""
    if not counts_otherwise(ticket, reach):
        return Response()
    after = weighed(revised(ticket, now), reach=reach)
    details = {"was": ticket.priority.value, "priority": after.priority.value, "terms": after.dossier["priority"]}
    return Response(tickets=(after,), events=(line("priority", ticket, now, **details),))
