"""Tickets and orders, moved by people, the desk and the orders in any order, never contradict each other."""

import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, rule

from adapters import ledger_orders
from adapters.ledger_sql import SqlLedger
from domain.errors import Conflict, IllegalMove
from domain.finding import FindingState
from domain.incident import HoldKind
from domain.instants import DAY, HOUR, SECOND
from domain.suppression import TOPIC
from domain.ticket import CANCEL_REASONS, MOVES, WAITING_REASONS, Priority, Response, Ticket, TicketState
from domain.work_order import HOLDS, ORDER_MOVES, OrderState, WorkOrder
from tests.ledgers import empty_ledger
from tests.orders import WAY, Office
from tests.ticketing.cases import finding
from ticketing.apart import reopen
from ticketing.evidence import grow, withdraw
from ticketing.order_driving import OVER, REPAIRED
from ticketing.orders import MERGEABLE
from ticketing.suppression import Suppressions
from truckroll.out_of_service import entry_of

EXAMPLES = int(os.environ.get("ORDER_EXAMPLES", "15"))
STEPS = int(os.environ.get("ORDER_STEPS", "30"))
T, O = TicketState, OrderState  # noqa: E741 - the two machines


def contradiction(order: WorkOrder | None, ticket: Ticket) -> str:
    """What is wrong with an order and a ticket that it serves; empty: nothing."""
    if order is None:
        return ""
    if ticket.state in OVER:
        agrees = order.state is O.WORK_DONE if ticket.state in REPAIRED else False
        agrees = agrees or order.question == "ticket_over" or len(order.tickets) > 1
    elif order.state in (O.DISPATCHED, O.IN_PROGRESS):
        agrees = ticket.state is T.IN_PROGRESS
    elif order.state is O.ON_HOLD:
        agrees = (ticket.state, ticket.reason) == (T.WAITING, order.reason)
    elif order.state is O.RELEASED:
        waits = ticket.state is T.WAITING and ticket.reason not in HOLDS
        agrees = waits or ticket.state in (T.NEW, T.TRIAGED, T.IN_PROGRESS)
    else:
        agrees = order.state is not O.WORK_DONE
    return "" if agrees else f"{order.state}({order.reason}) {order.question} / {ticket.state}({ticket.reason})"


class Machines(RuleBasedStateMachine):
    """Whoever acts, in whatever order; what must hold is looked at whenever the orders have read the log."""

    tickets = Bundle("tickets")

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.office = Office(SqlLedger(empty_ledger(Path(self.folder.name))))
        self.known: list[str] = []

    def teardown(self) -> None:
        self.looks()
        self.office.ledger.close()
        self.folder.cleanup()

    # -- people and the desk

    @initialize(target=tickets, goal=st.sampled_from(WAY))
    def begins(self, goal: OrderState) -> str:
        """There is work under way already."""
        self.known.append(self.office.opens("tv-9", component="first"))
        self.office.settles()
        self.office.brings(self.office.order_of(self.known[0]).number, goal)
        return self.known[0]

    @rule(
        target=tickets,
        ticket_class=st.sampled_from(["broken", "odd", "soft"]),
        priority=st.sampled_from(list(Priority)),
    )
    def opens(self, ticket_class: str, priority: Priority):
        if len(self.known) == 3:
            return multiple()
        component = f"part-{len(self.known)}"
        self.known.append(self.office.opens("tv-9", ticket_class, priority=priority, component=component))
        return self.known[-1]

    @rule(number=tickets, data=st.data())
    def person_moves_ticket(self, number: str, data: st.DataObject):
        ticket = self.office.ticket(number)
        if ticket.is_open:
            to = data.draw(st.sampled_from(sorted(MOVES[ticket.state])))
            reasons = {T.WAITING: WAITING_REASONS, T.CANCELLED: CANCEL_REASONS}.get(to, ("",))
            self.office.moves(number, to, data.draw(st.sampled_from(reasons)))

    @rule(number=tickets)
    def device_shows_the_fault(self, number: str):
        """A relapse where it was thought repaired."""
        self.records(number, lambda ticket: grow(ticket, self.evidence(ticket), None, self.office.now))

    @rule(number=tickets)
    def late_data_takes_it_back(self, number: str):
        def act(ticket: Ticket) -> Response:
            gone = self.evidence(ticket)
            gone = finding(position=gone.position, asset=gone.asset, state=FindingState.WITHDRAWN.value)
            return withdraw(ticket, gone, None, self.office.now)

        self.records(number, act)

    @rule(number=tickets)
    def person_reopens(self, number: str):
        def act(ticket: Ticket) -> Response:
            if ticket.state not in OVER:
                return Response()
            return reopen(ticket, None, (), by="operator", now=self.office.now, revision=ticket.revision)

        self.records(number, act)

    @rule(number=tickets, decision=st.sampled_from(["yes", "no"]))
    def person_decides(self, number: str, decision: str):
        try:
            self.office.decides(number, decision)
        except IllegalMove:
            return

    @rule(number=tickets, data=st.data())
    def person_moves_order(self, number: str, data: st.DataObject):
        order = self.office.order_of(number)
        moves = ORDER_MOVES[order.state] - {O.MERGED} if order else ()
        if order is None or not moves:
            return
        to = data.draw(st.sampled_from(sorted(moves)))
        said = {}
        if to is O.ON_HOLD:
            said["reason"] = data.draw(st.sampled_from(HOLDS))
        if to is O.REJECTED:
            said["reason"] = "too early"
        if to is O.DEFERRED:
            said["until"] = self.office.now + HOUR
        self.office.moves_order(order.number, to, **said)

    @rule(number=tickets, goal=st.sampled_from(WAY[3:]), looks_between=st.booleans())
    def work_goes_on(self, number: str, goal: OrderState, looks_between: bool):
        """Without detours, as most work does; a visit that nobody has decided on is decided on."""
        if self.office.ticket(number).state not in OVER and self.office.ticket(number).ticket_class != "soft":
            self.office.decides(number, "yes")
        order = self.office.order_of(number)
        if order is not None and order.state in WAY and WAY.index(order.state) < WAY.index(goal):
            self.office.brings(order.number, goal)
        if looks_between:
            self.looks()

    @rule(number=tickets, other=tickets)
    def planner_merges(self, number: str, other: str):
        order, into = self.office.order_of(number), self.office.order_of(other)
        if order is None or into is None or order.number == into.number or into.state not in MERGEABLE:
            return
        if O.MERGED in ORDER_MOVES[order.state]:
            self.office.moves_order(order.number, O.MERGED, into=into.number)

    @rule(hours=st.sampled_from([1, 24]))
    def time_passes(self, hours: int):
        self.office.now += hours * HOUR

    # -- the machine, and what must hold

    @rule()
    def looks(self) -> None:
        self.office.now += SECOND
        self.office.settles()
        for number in self.known:
            self.look_at(number)

    def look_at(self, number: str) -> None:
        ticket, orders = self.office.ticket(number), self.office.orders_of(number)
        order, clock = self.office.order_of(number), self.office.clock(number)
        assert "" == contradiction(order, ticket)
        assert 1 >= sum(each.is_open for each in orders)
        assert (ticket.state is T.WAITING and ticket.reason != "visit") == bool(clock.paused)
        assert all(self.said_of(each) == each.state for each in orders)
        held = self.suppressing().decided(finding(asset="tv-9"), self.office.now + DAY)
        assert {each.number for each in self.in_progress()} == set(self.suppressing().by_id)
        assert held is None or held.kind is HoldKind.SERVICE

    def in_progress(self) -> list[WorkOrder]:
        """Orders that are worked on."""
        with self.office.ledger.reading() as connection:
            wanted = ledger_orders.OrdersWanted(states=[O.IN_PROGRESS.value])
            return list(ledger_orders.orders(connection, wanted, most=100))

    def said_of(self, order: WorkOrder) -> str:
        """The state that the event log says."""
        with self.office.ledger.reading() as connection:
            lines = ledger_orders.timeline(connection, order.number, most=1000)
        said = [line.details["state"] for line in lines if line.kind in ("order_made", "order_moved")]
        assert not (Counter(line.position for line in lines) - Counter({line.position for line in lines}))
        return str(said[-1])

    def suppressing(self) -> Suppressions:
        """As the journal's readers fold it."""
        found = Suppressions()
        for line in self.office.ledger.events(0, 10_000):
            if (payload := entry_of(line)) is not None:
                found.control(TOPIC, payload)
        return found

    def evidence(self, ticket: Ticket):
        """Of the ticket's fault, younger than any before."""
        return finding(position=int((self.office.now - ticket.opened_at) // SECOND) + 100, asset=ticket.asset)

    def records(self, number: str, act) -> None:
        """What somebody does to a ticket; what the ledger refuses is not done."""
        self.office.now += SECOND
        try:
            with self.office.ledger.begin() as transaction:
                transaction.record(act(transaction.ticket(number)))
        except (Conflict, IllegalMove):
            return


TestMachines = Machines.TestCase
TestMachines.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def test_from_everywhere_there_is_a_way_to_an_end() -> None:
    """No order can get stuck, and what has ended stays so."""
    ends = {state for state, moves in ORDER_MOVES.items() if not moves}
    reach = set(ends)
    while more := {state for state, moves in ORDER_MOVES.items() if state not in reach and moves & reach}:
        reach |= more

    assert ({O.CLOSED, O.REJECTED, O.CANCELLED, O.MERGED}, set(OrderState)) == (ends, reach)
