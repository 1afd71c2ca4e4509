"""Work orders in the ledger: their numbers, their tickets, their lines of the event log, and lists of them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from adapters import ledger_sla, ledger_tables
from adapters import order_tables as tables
from adapters.ledger_questions import some
from adapters.ledger_rows import RANKS_A_YEAR, dumps, event_of, rank_of, ticket_of
from adapters.ledger_statements import replacing
from adapters.ledger_write import SqlTransaction
from domain.errors import Conflict, Unknown
from domain.instants import SECOND, Instant
from domain.ticket import LedgerEvent, Response, Ticket
from domain.work_order import NEW_ORDER, OrderResponse, OrderState, WorkOrder

ORDER = msgspec.json.Decoder(WorkOrder)
ORDERS_LAST = func.max(ledger_tables.event.c.position)
W, L, P, E = tables.work_order.c, tables.work_order_ticket.c, tables.work_order_line.c, ledger_tables.event.c


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersWanted:
    """Which orders are asked for; what is empty does not matter."""

    states: Collection[str] = ()
    kinds: Collection[str] = ()
    priorities: Collection[str] = ()
    asset: str = ""
    ticket: str = ""
    is_open: bool | None = None
    due_before: Instant | None = None


# -- reading


def order(connection: Connection, number: str) -> WorkOrder:
    """One order. Raises Unknown."""
    body = connection.execute(select(W.body).where(W.number == number)).scalar_one_or_none()
    if body is None:
        raise Unknown("work order", number)
    return ORDER.decode(body)


def open_orders_of(connection: Connection, tickets: Iterable[str]) -> dict[str, WorkOrder]:
    """The open order of each ticket that has one."""
    found: dict[str, WorkOrder] = {}
    for numbers in some(tickets):
        asked = (
            select(L.open_ticket, W.body).join(tables.work_order, W.rank == L.rank).where(L.open_ticket.in_(numbers))
        )
        found |= {row.open_ticket: ORDER.decode(row.body) for row in connection.execute(asked)}
    return found


def last_order_of(connection: Connection, ticket: str) -> WorkOrder | None:
    """The order that served a ticket last: the open one, else the one that ended last. One that was merged served

    nobody; the one that took it in, older or newer, did.
    """
    joined = select(W.body).join(tables.work_order_ticket, W.rank == L.rank)
    asked = joined.where(L.ticket == ticket, W.state != OrderState.MERGED.value)
    found = [ORDER.decode(body) for body in connection.execute(asked.order_by(W.rank)).scalars()]
    return max(found, key=lambda each: (each.is_open, each.ended_at or 0, rank_of_number(each.number)), default=None)


def tickets_of(connection: Connection, numbers: Iterable[str]) -> dict[str, Ticket]:
    """Tickets by number; those that there are."""
    t = ledger_tables.ticket.c
    found: dict[str, Ticket] = {}
    for asked in some(numbers):
        rows = connection.execute(select(ledger_tables.ticket).where(t.number.in_(asked)))
        found |= {row.number: ticket_of(row) for row in rows}
    return found


def deferred_until(connection: Connection, now: Instant, most: int) -> Sequence[WorkOrder]:
    """Orders that were deferred until a time that has come."""
    asked = select(W.body).where(W.until <= now).order_by(W.until, W.rank).limit(most)
    return [ORDER.decode(body) for body in connection.execute(asked).scalars()]


def orders(connection: Connection, wanted: OrdersWanted, *, before: str = "", most: int) -> Sequence[WorkOrder]:
    """Orders by number, newest first, those before a number only."""
    asked: Select[Any] = select(W.body).order_by(W.rank.desc()).limit(most)
    for column, values in ((W.state, wanted.states), (W.kind, wanted.kinds), (W.priority, wanted.priorities)):
        asked = asked.where(column.in_(sorted(set(values)))) if values else asked
    if wanted.asset:
        asked = asked.where(W.asset == wanted.asset)
    if wanted.ticket:
        asked = asked.where(W.rank.in_(select(L.rank).where(L.ticket == wanted.ticket)))
    if wanted.is_open is not None:
        asked = asked.where(W.is_open.is_(wanted.is_open))
    if wanted.due_before is not None:
        asked = asked.where(W.due_at < wanted.due_before)
    if before:
        asked = asked.where(W.rank < rank_of_number(before))
    return [ORDER.decode(body) for body in connection.execute(asked).scalars()]


def timeline(connection: Connection, number: str, *, after: int = 0, most: int) -> Sequence[LedgerEvent]:
    """The lines of the event log about an order, in order, those after a position only."""
    place = select(P.position).where(P.rank == rank_of_number(number), P.position > after)
    asked = select(ledger_tables.event).where(E.position.in_(place)).order_by(E.position).limit(most)
    return [event_of(row) for row in connection.execute(asked)]


def newest_lines(connection: Connection, number: str, most: int) -> Sequence[LedgerEvent]:
    """The last lines of the event log about an order, the newest first."""
    place = select(P.position).where(P.rank == rank_of_number(number)).order_by(P.position.desc()).limit(most)
    asked = select(ledger_tables.event).where(E.position.in_(place)).order_by(E.position.desc())
    return [event_of(row) for row in connection.execute(asked)]


def seen_to_since(connection: Connection, ticket: str, position: int) -> bool:
    """After a line of the log the ticket got an order, or a person decided about its visit."""
    seen = E.kind.in_(("visit_decided", "order_made"))
    asked = select(E.position).where(E.ticket == ticket, seen, E.position > position).limit(1)
    return connection.execute(asked).first() is not None


def rank_of_number(number: str) -> int:
    """The order's place among all, whether there is such an order or not."""
    _, year, nth = number.split("-")
    return rank_of(int(year), min(int(nth), RANKS_A_YEAR - 1))


# -- writing


def record(transaction: SqlTransaction, response: OrderResponse) -> Sequence[WorkOrder]:
    """Write orders, then tickets, then lines; returns the orders as they are written.

    Raises Conflict where a ticket would have two open orders, a plan's cycle two, or a newer revision is recorded.
    """
    connection = transaction.connection
    written = [write(connection, each) for each in response.orders]
    new = next((mine.number for mine, each in zip(written, response.orders, strict=True) if is_new(each)), "")
    events = tuple(named(event, new) for event in response.events)
    before = connection.execute(select(ORDERS_LAST)).scalar_one() or 0
    transaction.record(Response(tickets=response.tickets, events=events))
    listed = [
        {"rank": rank_of_number(str(event.details["order"])), "position": before + nth}
        for nth, event in enumerate(events, 1)
        if event.details.get("order")
    ]
    if listed:
        connection.execute(insert(tables.work_order_line), listed)
    ledger_sla.add_notices(connection, response.notices)
    return written


def is_new(order: WorkOrder) -> bool:
    """It has no number yet."""
    return order.number in ("", NEW_ORDER)


def named(event: LedgerEvent, new: str) -> LedgerEvent:
    """The line, which names the response's new order where it means it."""
    if event.details.get("order") not in ("", NEW_ORDER):
        return event
    return replace(event, details={**event.details, "order": new})


def write(connection: Connection, order: WorkOrder) -> WorkOrder:
    """An order as it stands now; a new one gets its year's next number."""
    if is_new(order):
        order = replace(order, number=next_number(connection, order.made_at))
        with one_of_its_kind(order):
            connection.execute(insert(tables.work_order), order_row(order) | {"rank": rank_of_number(order.number)})
    else:
        rank = rank_of_number(order.number)
        newer = update(tables.work_order).where(W.rank == rank, W.revision < order.revision)
        if connection.execute(newer.values(order_row(order))).rowcount != 1:
            raise Conflict(f"Work order {order.number}")
    link(connection, order)
    return order


def link(connection: Connection, order: WorkOrder) -> None:
    """Which tickets it serves, and that it is their only open one."""
    rank = rank_of_number(order.number)
    connection.execute(delete(tables.work_order_ticket).where(L.rank == rank))
    rows = [
        {"ticket": ticket, "rank": rank, "open_ticket": ticket if order.is_open else None} for ticket in order.tickets
    ]
    if rows:
        with one_of_its_kind(order):
            connection.execute(insert(tables.work_order_ticket), rows)


@contextmanager
def one_of_its_kind(order: WorkOrder) -> Iterator[None]:
    """Within it, the database's refusal of a second order is a Conflict."""
    try:
        yield
    except IntegrityError as trouble:
        about = "/".join(order.cycle_key or order.tickets)
        raise Conflict(f"The work order of {about}") from trouble


def next_number(connection: Connection, at: Instant) -> str:
    """`W-2026-000123`, never given out again once the transaction is committed."""
    year = datetime.fromtimestamp(at // SECOND, UTC).year
    counted = select(tables.work_order_counter.c.last).where(tables.work_order_counter.c.year == year)
    last = (connection.execute(counted).scalar_one_or_none() or 0) + 1
    connection.execute(replacing(connection.dialect.name, "work_order_counter"), {"year": year, "last": last})
    return f"W-{year}-{last:06d}"


def order_row(order: WorkOrder) -> dict[str, Any]:
    """The columns of an order, without its rank."""
    return {
        "number": order.number,
        "kind": order.kind.value,
        "state": order.state.value,
        "asset": order.asset,
        "priority": order.priority.value,
        "is_open": order.is_open,
        "due_at": order.due_at,
        "until": order.until,
        "cycle_key": dumps(order.cycle_key) if order.cycle_key else None,
        "revision": order.revision,
        "body": msgspec.json.encode(order).decode(),
    }
