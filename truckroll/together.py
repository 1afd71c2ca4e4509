"""Tickets together: duplicates taken in, many changed at once; what the command line and the API do alike."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlalchemy import Connection

from adapters import ledger_reports, ledger_sla
from adapters.ledger_write import SqlTransaction
from domain.instants import Instant
from domain.sla import ClockKind
from domain.ticket import Response, Ticket
from ticketing import merging
from ticketing.merging import Outcome, mass_update


def change_many(
    transaction: SqlTransaction, numbers: Iterable[str], act: Callable[[Ticket], Response], *, dry_run: bool
) -> Sequence[Outcome]:
    """The same act on each ticket, recorded unless it is only asked about. Raises Unknown, WrongFormat."""
    tickets = [transaction.ticket(number) for number in dict.fromkeys(numbers)]
    outcomes = mass_update(tickets, act)
    for outcome in () if dry_run else outcomes:
        transaction.record(outcome.response)
    return outcomes


def take_in(
    transaction: SqlTransaction,
    ticket: Ticket,
    numbers: Sequence[str],
    *,
    by: str,
    now: Instant,
    why: str,
) -> Response:
    """What merging makes of a ticket and its duplicates, to be recorded; their reports are the ticket's now.

    Raises NotFound, Conflict, or IllegalMove where one has ended.
    """
    duplicates = [transaction.ticket(number) for number in dict.fromkeys(numbers)]
    findings = transaction.findings(dict.fromkeys(name for each in duplicates for name in each.findings))
    answered = set(answered_reports(transaction.connection, duplicates))
    response = merging.merge(
        ticket, duplicates, findings, by=by, now=now, revision=ticket.revision, why=why, answered=answered
    )
    ledger_reports.move_reports(transaction.connection, [each.number for each in duplicates], ticket.number)
    return response


def answered_reports(connection: Connection, tickets: Sequence[Ticket]) -> Iterator[str]:
    """Reports of tickets whose response clock has stopped; that of the first may be the ticket's own."""
    clocks = ledger_sla.clocks_of(connection, [ticket.number for ticket in tickets])
    for ticket in tickets:
        its = {clock.report: clock for clock in clocks.get(ticket.number, ()) if clock.kind is ClockKind.RESPONSE}
        for nth, report in enumerate(ticket.dossier.get("reports", ())):
            clock = its.get(report["id"]) or (None if nth else its.get(""))
            if clock is not None and clock.stopped_at is not None:
                yield report["id"]
