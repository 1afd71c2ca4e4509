"""Routing at work: tickets that nobody has get an owner within a second of somebody being free, exactly once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from adapters import ledger_log, ledger_people, ledger_sla
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.instants import SECOND, Instant
from domain.person import UNCLASSED, Route, Staff, Waiting
from domain.sla import Calendar
from domain.ticket import LedgerEvent, Response, Ticket
from domain.ticket_class import TicketClass
from ticketing.business_time import NEVER, BusinessTime
from ticketing.classes import Classes
from ticketing.crowd import Crowd, next_free
from ticketing.experts import suggested
from ticketing.owners import assigned, queued, triaged
from ticketing.routes import (
    CONCERNS,
    ROUTING,
    asks_for_experts,
    by_mode,
    folded,
    frees,
    may_want_owner,
    wants_owner,
)
from ticketing.routing import Errand, RoutingSettings, errand_of, routed
from ticketing.words_of_routing import told_owner
from truckroll.chores import Chore

EVERY = SECOND // 4
MOST = 1_000
"""Lines of the log, and tickets, that one transaction deals with."""


@dataclass(slots=True)
class Routing:
    """The chore. What must not be lost is in the ledger: killed anywhere, it looks at every ticket again.

    Without people it leaves tickets alone. A queue longer than `MOST` is gone through in passes, each in turn.
    """

    ledger: SqlLedger
    classes: Classes
    settings: RoutingSettings = field(default_factory=RoutingSettings)
    todo: list[str] = field(default_factory=list)
    """Tickets still to be looked at in this pass."""
    again: bool = True
    """Somebody has become free: the whole queue is to be looked at."""
    look_at: Instant = NEVER
    """When the next shift begins or the next leave ends."""
    looked_at: Instant = 0
    """By the clock as it was then; one that is set back means to look again."""
    time: BusinessTime = field(default_factory=lambda: BusinessTime({}))

    def chore(self) -> Chore:
        """Looked after four times a second."""
        return Chore(ROUTING, EVERY, self.route)

    def route(self, now: Instant) -> None:
        """Take in what the log says, then find owners. Raises TryLater; what was not written is still to be done."""
        while self.has_work(now):
            in_mind = self.todo, self.again, self.look_at, self.looked_at
            try:
                with self.ledger.begin() as transaction:
                    self.work(transaction, now)
            except BaseException:
                self.todo, self.again, self.look_at, self.looked_at = in_mind
                raise

    def has_work(self, now: Instant) -> bool:
        """There are lines to read, or tickets to look at."""
        if self.todo or self.again or self.is_time(now):
            return True
        with self.ledger.reading() as connection:
            return ledger_log.last_line(connection) > ledger_log.bookmark(connection, ROUTING)

    def is_time(self, now: Instant) -> bool:
        """Somebody is back, or the clock was set back and nobody knows when they will be."""
        return self.look_at <= now or now < self.looked_at

    def work(self, transaction: SqlTransaction, now: Instant) -> None:
        """One transaction's worth. Owners are chosen only once the whole log is taken in."""
        staff = ledger_people.staff(transaction.connection)
        lines = ledger_log.lines_after(transaction.connection, transaction.bookmark(ROUTING), MOST)
        if lines:
            self.take_in(transaction, lines, staff, now)
            transaction.move_bookmark(ROUTING, lines[-1].position)
        if len(lines) < MOST:
            self.give_out(transaction, staff, now)

    # -- the log

    def take_in(self, transaction: SqlTransaction, lines: Sequence[LedgerEvent], staff: Staff, now: Instant) -> None:
        """Fold lines into routes and first-time fixes, tell new owners, and note which tickets are to be looked at."""
        concerned = [line for line in lines if line.ticket and line.kind in CONCERNS]
        changed, grown = folded(
            ledger_people.routes_of(transaction.connection, {e.ticket for e in concerned}), concerned
        )
        tickets = {t.number: t for t in ledger_people.tickets(transaction.connection, {e.ticket for e in concerned})}
        ledger_people.save_routes(transaction.connection, changed.values())
        ledger_people.add_records(transaction.connection, by_mode(grown, tickets))
        over = [number for number, ticket in tickets.items() if not wants_owner(ticket)]
        ledger_people.save_waiting(transaction.connection, (), over)
        told = [told_owner(line, tickets[line.ticket]) for line in concerned if line.ticket in tickets]
        ledger_sla.add_notices(transaction.connection, [notice for notice in told if notice is not None])
        self.suggest(transaction, [r for r in changed.values() if asks_for_experts(r)], tickets, staff, now)
        self.again = self.again or any(frees(line) for line in lines)
        fresh = may_want_owner(lines).difference(self.todo)
        self.todo = [*sorted(fresh), *self.todo]

    def suggest(
        self,
        transaction: SqlTransaction,
        routes: Sequence[Route],
        tickets: Mapping[str, Ticket],
        staff: Staff,
        now: Instant,
    ) -> None:
        """Name the expert group for tickets that were handed on too often."""
        if not routes:
            return
        records = ledger_people.records(transaction.connection)
        lines = []
        for route in routes:
            ticket = tickets[route.ticket]
            if ticket.is_open:
                lines.append(suggested(ticket, route, staff, needs=self.needs(ticket), records=records, now=now))
        transaction.record(Response(events=tuple(line for line in lines if line is not None)))

    # -- owners

    def give_out(self, transaction: SqlTransaction, staff: Staff, now: Instant) -> None:
        """Find owners for the next tickets of this pass; where it is over and somebody became free, begin anew."""
        if not staff.people:
            self.todo, self.again, self.look_at, self.looked_at = [], False, NEVER, now
            return
        connection = transaction.connection
        if not self.todo and (self.again or self.is_time(now)):
            self.todo, self.again = list(ledger_people.in_turn(connection)), False
        numbers, self.todo = self.todo[:MOST], self.todo[MOST:]
        time = self.time_of(staff.shifts)
        tickets = [ticket for ticket in ledger_people.tickets(connection, numbers) if wants_owner(ticket)]
        if tickets:
            crowd = Crowd(
                staff,
                now,
                loads=ledger_people.loads(connection),
                last=ledger_people.last_given(connection),
                records=ledger_people.records(connection),
                time=time,
            )
            self.choose(transaction, tickets, crowd, staff, now)
        self.look_at, self.looked_at = next_free(staff, time, now), now

    def choose(
        self, transaction: SqlTransaction, tickets: Sequence[Ticket], crowd: Crowd, staff: Staff, now: Instant
    ) -> None:
        """Record an owner, or why there is none, for each ticket."""
        connection = transaction.connection
        known = ledger_people.waiting(connection, [ticket.number for ticket in tickets])
        by_number = {ticket.number: ticket for ticket in tickets}
        choices = list(routed(self.errands(transaction, tickets), crowd, self.settings, now))
        given = [choice for choice in choices if choice.chosen]
        left = {choice.ticket: (choice.reason, choice.excluded) for choice in choices if not choice.chosen}
        left |= {ticket.number: (UNCLASSED, {}) for ticket in tickets if self.needs(ticket) is None}
        responses = [assigned(by_number[choice.ticket], choice, staff, now) for choice in given]
        waits = []
        for number, (reason, excluded) in left.items():
            wait = known.get(number)
            if wait is None or (UNCLASSED in (wait.reason, reason) and wait.reason != reason):
                responses.append(queued(by_number[number], reason, excluded, now))
            elif reason != UNCLASSED:
                responses.append(triaged(by_number[number], now))
            since = now if wait is None else wait.since
            waits.append(Waiting(ticket=number, since=since, reason=reason, excluded=excluded))
        transaction.record(
            Response(
                tickets=tuple(ticket for response in responses for ticket in response.tickets),
                events=tuple(event for response in responses for event in response.events),
            )
        )
        ledger_people.add_assignments(connection, now, given)
        ledger_people.save_last_given(connection, now, [choice.chosen for choice in given])
        changed = [wait for wait in waits if known.get(wait.ticket) != wait]
        ledger_people.save_waiting(connection, changed, [c.ticket for c in given if c.ticket in known])

    def errands(self, transaction: SqlTransaction, tickets: Sequence[Ticket]) -> Sequence[Errand]:
        """What the tickets ask, for those whose class is known."""
        classed = [(ticket, needs) for ticket in tickets if (needs := self.needs(ticket)) is not None]
        places = ledger_people.facts(transaction.connection, [ticket.asset for ticket, _ in classed])
        routes = ledger_people.routes_of(transaction.connection, [ticket.number for ticket, _ in classed])
        return [
            errand_of(ticket, needs, places.get(ticket.asset), routes[ticket.number].refused)
            for ticket, needs in classed
        ]

    def needs(self, ticket: Ticket) -> TicketClass | None:
        """The ticket's class."""
        return self.classes.classes.get(ticket.ticket_class)

    def time_of(self, shifts: Mapping[str, Calendar]) -> BusinessTime:
        """The time of the shifts; they are laid out once."""
        if self.time.calendars != shifts:
            self.time = BusinessTime(shifts)
        return self.time
