"""Repairs confirmed: what is resolved is verified, and closed once its device has been healthy for long enough."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from adapters import ledger_closing, ledger_log, ledger_sla, ledger_tables
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.closing import Check
from domain.instants import MINUTE, SECOND, Instant
from domain.ports import TelemetryStore
from domain.ticket import LedgerEvent, Ticket, TicketState
from ticketing.classes import Classes
from ticketing.clocks import STANDARD
from ticketing.ladder import on_call
from ticketing.verification import (
    ACTOR,
    Verdict,
    asked,
    begun,
    confirmed,
    judged,
    listened,
    next_look,
    question,
    still_there,
    taken_up,
    windows,
)
from truckroll.chores import Chore
from truckroll.closing import ready_for

MOST = 500
"""Lines of the log, or repairs to be looked at, that one transaction deals with."""
NOT_ITS_OWN = frozenset({"offline", "online"})
"""Events that others tell of a device."""
GLANCES = (MINUTE, 10 * MINUTE)
"""A window is searched from its end, in ever longer stretches: a device that talks all the time is heard at once."""
I = ledger_tables.installation.c  # noqa: E741


@dataclass(slots=True)
class Verification:
    """The chore. Everything it knows is in the ledger: killed anywhere, it goes on where it was."""

    ledger: SqlLedger
    classes: Classes
    telemetry: TelemetryStore

    def chore(self) -> Chore:
        """Looked after every second."""
        return Chore(ACTOR, SECOND, self.keep)

    def keep(self, now: Instant) -> None:
        """Take in what the log says, then look at the repairs that are due. Raises TryLater."""
        while self.has_lines():
            with self.ledger.begin() as transaction:
                self.take_in(transaction, now)
        while due := self.due(now):
            heard = [replace(listened(check, self.signs(check, now)), listened_until=now) for check in due]
            with self.ledger.begin() as transaction:
                self.judge(transaction, dict(zip([c.ticket for c in due], due, strict=True)), heard, now)

    def has_lines(self) -> bool:
        """There are lines to read."""
        with self.ledger.reading() as connection:
            return ledger_log.last_line(connection) > ledger_log.bookmark(connection, ACTOR)

    def due(self, now: Instant) -> list[Check]:
        """Repairs to be looked at."""
        with self.ledger.reading() as connection:
            return ledger_closing.checks_due(connection, now, MOST)

    # -- the log

    def take_in(self, transaction: SqlTransaction, now: Instant) -> None:
        """Begin to verify what is resolved; forget what is not verified any more."""
        connection = transaction.connection
        lines = ledger_log.lines_after(connection, transaction.bookmark(ACTOR), MOST)
        if not lines:
            return
        numbers = dict.fromkeys(line.ticket for line in lines if line.ticket)
        tickets = ledger_closing.tickets_by_number(connection, numbers)
        known = ledger_closing.checks_of(connection, numbers)
        wanted = [t for t in tickets.values() if t.state in (TicketState.RESOLVED, TicketState.VERIFYING)]
        began = {line.ticket: line.at for line in lines if repairs(line)}
        fresh = [ticket for ticket in wanted if ticket.number not in known or ticket.number in began]
        for ticket in wanted:
            transaction.record(taken_up(ticket, now))
        ledger_closing.save_checks(
            connection,
            [begun(t, self.classes.classes.get(t.ticket_class), began.get(t.number, t.changed_at)) for t in fresh],
        )
        ledger_closing.drop_checks(connection, set(known) - {ticket.number for ticket in wanted})
        transaction.move_bookmark(ACTOR, lines[-1].position)

    # -- looking

    def signs(self, check: Check, now: Instant) -> Iterator[Instant]:
        """Signs of life of the ticket's devices since the last one, a few of many. Raises TryLater."""
        devices = self.devices_of(check)
        for since, until in windows(check, now):
            if (at := self.last_sign(devices, since, until)) is not None:
                yield at

    def devices_of(self, check: Check) -> Sequence[str]:
        """The devices that hang on the ticket's asset."""
        with self.ledger.reading() as connection:
            asset = select(ledger_tables.ticket.c.asset).where(ledger_tables.ticket.c.number == check.ticket)
            wanted = select(I.device).where(I.asset == asset.scalar_subquery()).distinct().order_by(I.device)
            return list(connection.execute(wanted).scalars())

    def last_sign(self, devices: Sequence[str], since: Instant, until: Instant) -> Instant | None:
        """The last thing that one of the devices itself said in a stretch."""
        end = until
        for glance in (*GLANCES, until - since):
            begin = max(since, until - glance)
            found = [at for device in devices for at in self.said_by(device, begin, end)]
            if found or begin == since:
                return max(found, default=None)
            end = begin
        return None

    def said_by(self, device: str, since: Instant, until: Instant) -> Iterator[Instant]:
        """When a device said something."""
        yield from (reading.at for reading in self.telemetry.readings(device, since, until))
        yield from (e.at for e in self.telemetry.events(device, since, until) if e.event not in NOT_ITS_OWN)

    def judge(
        self, transaction: SqlTransaction, before: Mapping[str, Check], heard: Sequence[Check], now: Instant
    ) -> None:
        """Record what the looks come to. What changed while the telemetry was asked is looked at again."""
        connection = transaction.connection
        tickets = ledger_closing.tickets_by_number(connection, before)
        known = ledger_closing.checks_of(connection, before)
        for check in heard:
            ticket = tickets.get(check.ticket)
            if known.get(check.ticket) != before[check.ticket]:
                continue
            if ticket is None or ticket.state is not TicketState.VERIFYING:
                ledger_closing.drop_checks(connection, [check.ticket])
            else:
                self.conclude(transaction, ticket, check, now)

    def conclude(self, transaction: SqlTransaction, ticket: Ticket, check: Check, now: Instant) -> None:
        """Record what one look comes to."""
        connection = transaction.connection
        ready = ready_for(connection, self.classes, ticket)
        verdict = judged(check, ticket, ready.missing, now)
        if verdict in (Verdict.CONFIRMED, Verdict.STILL_THERE):
            response = (
                confirmed(ticket, check, ready, now) if verdict is Verdict.CONFIRMED else still_there(ticket, now)
            )
            transaction.record(response)
            ledger_closing.drop_checks(connection, [ticket.number])
            return
        if verdict is Verdict.ASK:
            transaction.record(asked(ticket, check, ready.missing, now))
            notice = question(ticket, check, ready.missing, receiver(connection, ticket, now), now)
            ledger_sla.add_notices(connection, [notice])
            check = replace(check, asked_at=now)
        ledger_closing.save_checks(connection, [replace(check, next_at=next_look(check, now))])


def repairs(line: LedgerEvent) -> bool:
    """The line says that somebody thinks it repaired."""
    return line.kind == "moved" and line.details.get("state") == TicketState.RESOLVED.value


def receiver(connection: Connection, ticket: Ticket, now: Instant) -> str:
    """Who is asked: who has the ticket, else who is on call for tickets like it."""
    book = ledger_sla.book_in_force(connection)
    if ticket.owner or book is None:
        return ticket.owner
    policy = book.policies.get(book.classes.get(ticket.ticket_class, STANDARD)) or book.policies.get(STANDARD)
    return on_call(book, policy.duty, now) if policy else ""
