"""Orders in the ledger as their review wants them: all of some states, and what people made of those of plans."""

import json
from collections.abc import Collection, Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select

from adapters import ledger_tables
from adapters import order_tables as tables
from adapters.ledger_orders import ORDER
from adapters.ledger_rows import dumps
from domain.instants import Instant
from domain.review import ORDER_CHANGED, ORDER_MOVED, Reviewed
from domain.ticket import LedgerEvent
from domain.work_order import OrderState, WorkOrder

W, P, E = tables.work_order.c, tables.work_order_line.c, ledger_tables.event.c
KINDS = (ORDER_CHANGED, ORDER_MOVED)


def orders_in(connection: Connection, states: Collection[OrderState]) -> list[WorkOrder]:
    """All open orders in some states, in order of number."""
    asked = (
        select(W.body).where(W.is_open.is_(True), W.state.in_(sorted(state.value for state in states))).order_by(W.rank)
    )
    return [ORDER.decode(body) for body in connection.execute(asked).scalars()]


def reviewed(connection: Connection, plan: str = "", since: Instant = 0) -> Iterator[Reviewed]:
    """The orders of plans, or of one, that were decided about or made since an instant, with their lines."""
    lined = tables.work_order.outerjoin(tables.work_order_line, P.rank == W.rank)
    lined = lined.outerjoin(ledger_tables.event, (E.position == P.position) & E.kind.in_(KINDS))
    asked = select(W.rank, W.number, W.state, W.cycle_key, ledger_tables.event).select_from(lined)
    asked = asked.where(W.cycle_key.is_not(None)).order_by(W.rank, E.position)
    if plan:
        asked = asked.where(W.cycle_key.startswith(f"{dumps([plan])[:-1]},", autoescape=True))
    for _, rows in groupby(connection.execute(asked), key=lambda row: row.rank):
        known = list(rows)
        one = reviewed_of(known)
        if plan in ("", one.plan) and (not since or any(line.at >= since for line in one.lines)):
            yield one


def reviewed_of(rows: list[Any]) -> Reviewed:
    """One order, of the rows of its lines."""
    first = rows[0]
    lines = tuple(
        LedgerEvent(
            position=row.position,
            at=row.at,
            kind=row.kind,
            ticket=row.ticket,
            actor=row.actor,
            why=row.why,
            details=json.loads(row.details),
        )
        for row in rows
        if row.position is not None
    )
    plan = str(json.loads(first.cycle_key)[0])
    return Reviewed(plan=plan, number=first.number, state=OrderState(first.state), lines=lines)
