"""What becomes of a crew plan: it is shown, and somebody accepts it as it was shown or refuses it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from adapters import ledger_crew, ledger_orders, ledger_people
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from domain.crew import Span
from domain.crew_proposal import Booked, Proposal, ProposalState
from domain.errors import Conflict, IllegalMove, Unknown, WrongFormat
from domain.instants import Instant, instant_text
from domain.ticket import LedgerEvent, Response
from domain.work_order import OrderResponse, OrderState, WorkOrder
from ticketing.classes import Classes
from ticketing.orders import Step, changed, order_line
from truckroll.order_deeds import move_in

PLANNED, DECIDED, PINNED = "order_planned", "crew_plan_decided", "order_pinned"
"""Lines of the event log: an order got people and a time, or lost them; what became of a plan; who alone may come."""
P = ProposalState


class StalePlan(Conflict):
    """A plan does not fit what has become of its orders."""

    def __init__(self, plan: str, changed: Sequence[str]) -> None:
        RuntimeError.__init__(
            self, f"{plan} was made before {', '.join(changed)} changed; plan again and accept what you see then."
        )


class NobodyToSend(Conflict):
    """A plan sends people who are not there."""

    def __init__(self, plan: str, names: Sequence[str]) -> None:
        RuntimeError.__init__(
            self, f"{plan} sends {', '.join(names)}, who is not there or on leave by now; plan again and accept that."
        )


def propose(ledger: SqlLedger, proposal: Proposal) -> Proposal:
    """Keep a plan that is shown."""
    with ledger.begin() as transaction:
        return ledger_crew.add_proposal(transaction.connection, proposal)


def refuse(ledger: SqlLedger, id: str, now: Instant, *, by: str, why: str = "") -> Proposal:
    """Nothing is written to the orders. Raises Unknown, IllegalMove."""
    with ledger.begin() as transaction:
        proposal = ledger_crew.proposal(transaction.connection, id)
        return decided(transaction, proposal, P.REFUSED, now, by=by, why=why)


def accept(ledger: SqlLedger, classes: Classes, id: str, now: Instant, *, by: str, why: str = "") -> Proposal:
    """Write people and times to the orders exactly as they were shown, all or nothing; again changes nothing.

    An order that somebody is sent to already and that others make is taken back from them first; a customer's window
    moves with what was accepted. Raises Unknown; IllegalMove for a plan that was refused; StalePlan; NobodyToSend.
    """
    with ledger.begin() as transaction:
        proposal = ledger_crew.proposal(transaction.connection, id)
        if proposal.state is P.ACCEPTED:
            return proposal
        done = decided(transaction, proposal, P.ACCEPTED, now, by=by, why=why)
        orders = unchanged_orders(transaction.connection, proposal, now)
        check_people(transaction.connection, proposal)
        for booked in proposal.changes:
            order = orders[booked.order]
            if booked.was_dispatched:
                step = Step(to=OrderState.RELEASED, by=by, why=f"the crew plan {id} gives it other people or times")
                order = move_in(transaction, classes, order, step, now)
            ledger_orders.record(transaction, written(order, booked, id, now, by=by))
        return done


def unchanged_orders(connection: Connection, proposal: Proposal, now: Instant) -> dict[str, WorkOrder]:
    """The orders of a plan as they were seen. Raises StalePlan where one has changed or should have begun by now."""
    found: dict[str, WorkOrder] = {}
    stale: list[str] = []
    for booked in proposal.bookings:
        order = order_there(connection, booked.order)
        is_over = booked.is_changed and booked.starts_at is not None and booked.starts_at < now
        if order is None or order.revision != booked.revision or is_over:
            stale.append(booked.order)
        else:
            found[order.number] = order
    if stale:
        raise StalePlan(f"The crew plan {proposal.id}", stale)
    return found


def check_people(connection: Connection, proposal: Proposal) -> None:
    """Whoever is newly sent somewhere is there then. Raises NobodyToSend."""
    people = ledger_people.staff(connection).people
    absent = {
        name
        for booked in proposal.changes
        for name in booked.technicians
        if name not in people or (booked.starts_at is not None and people[name].is_on_leave(booked.starts_at))
    }
    if absent:
        raise NobodyToSend(f"The crew plan {proposal.id}", sorted(absent))


def order_there(connection: Connection, number: str) -> WorkOrder | None:
    """An order, or None where it is gone."""
    try:
        return ledger_orders.order(connection, number)
    except Unknown:
        return None


def decided(
    transaction: SqlTransaction, proposal: Proposal, state: ProposalState, now: Instant, *, by: str, why: str
) -> Proposal:
    """The plan with what became of it, and its line. Raises IllegalMove."""
    if proposal.state is not P.PROPOSED:
        raise IllegalMove(f"The crew plan {proposal.id}", proposal.state, state, ())
    done = replace(proposal, state=state, decided_at=now, decided_by=by)
    ledger_crew.save_proposal(transaction.connection, done)
    said = {"plan": proposal.id, "state": state.value, "changes": len(proposal.changes), "asked": proposal.why}
    transaction.record(Response(events=(LedgerEvent(at=now, kind=DECIDED, actor=by, why=why, details=said),)))
    return done


def written(order: WorkOrder, booked: Booked, plan: str, now: Instant, *, by: str) -> OrderResponse:
    """An order with the people and times of a plan, and its line."""
    there = changed(
        order, now, technicians=booked.technicians, starts_at=booked.starts_at, ends_at=booked.ends_at,
        **window_of(order, booked),
    )  # fmt: skip
    details = {
        "plan": plan,
        "technicians": list(booked.technicians),
        "starts_at": booked.starts_at,
        "ends_at": booked.ends_at,
        "technicians_before": list(booked.technicians_before),
        "starts_before": booked.starts_before,
        "moves_promise": booked.moves_promise,
    }
    return OrderResponse(orders=(there,), events=(order_line(PLANNED, there, now, by, "", **details),))


def window_of(order: WorkOrder, booked: Booked) -> dict[str, Instant | None]:
    """The window that the customer is told now, as long as before, where the accepted time is outside the old one."""
    if not booked.moves_promise or booked.starts_at is None:
        return {}
    begin, end = order.promised_from, order.promised_until
    length = end - begin if begin is not None and end is not None else 0
    begins = booked.starts_at - length // 2
    return {"promised_from": begins, "promised_until": begins + length}


# -- pins and promises

Check = Callable[[WorkOrder], None]


def seen(_: WorkOrder) -> None:
    """Whatever stands there may be changed."""


def pin(
    ledger: SqlLedger, number: str, names: Iterable[str], now: Instant, *, by: str, why: str = "", check: Check = seen
) -> WorkOrder:
    """Only these people make an order from now on; nobody named = whoever can. Raises Unknown, WrongFormat."""
    with ledger.begin() as transaction:
        order = ledger_orders.order(transaction.connection, number)
        check(order)
        pins = tuple(dict.fromkeys(names))
        if not order.is_open:
            raise WrongFormat([f"{number} has ended; nobody is sent to it."])
        if pins and len(pins) < order.crew:
            raise WrongFormat([f"{number} needs {order.crew} people; name as many or none."])
        if pins == order.pins:
            return order
        there = changed(order, now, pins=pins)
        event = order_line(PINNED, there, now, by, why, pins=list(pins))
        return ledger_orders.record(transaction, OrderResponse(orders=(there,), events=(event,)))[0]


def promise(
    ledger: SqlLedger, number: str, window: Span, now: Instant, *, by: str, why: str = "", check: Check = seen
) -> WorkOrder:
    """The window that a customer was told and accepted. Raises Unknown, WrongFormat."""
    begin, until = window
    if until <= max(begin, now):
        raise WrongFormat([f"A promised window ends after it begins and after now, not at {instant_text(until)}."])
    with ledger.begin() as transaction:
        order = ledger_orders.order(transaction.connection, number)
        check(order)
        if not order.is_open:
            raise WrongFormat([f"{number} has ended; nothing can be promised of it."])
        there = changed(order, now, promised_from=begin, promised_until=until)
        event = order_line("order_promised", there, now, by, why, begin=begin, until=until)
        return ledger_orders.record(transaction, OrderResponse(orders=(there,), events=(event,)))[0]
