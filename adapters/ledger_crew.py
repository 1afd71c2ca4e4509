"""Crew plans in the ledger: those that were shown, and what became of them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import msgspec
from sqlalchemy import Connection, delete, func, insert, select, update

from adapters import crew_tables, order_tables
from adapters.ledger_orders import ORDER
from adapters.ledger_questions import some
from domain.crew_proposal import Proposal
from domain.errors import Unknown
from domain.work_order import OrderState, WorkOrder

PROPOSAL = msgspec.json.Decoder(Proposal)
C, W = crew_tables.crew_proposal.c, order_tables.work_order.c
KEPT = 200
"""Plans; older ones are dropped, the event log says what was written of them."""


def add_proposal(connection: Connection, proposal: Proposal) -> Proposal:
    """Keep a plan that is shown; it gets its number."""
    rank = (connection.execute(select(func.max(C.rank))).scalar_one() or 0) + 1
    numbered = replace(proposal, id=f"C-{rank:06d}")
    row = {"rank": rank, "made_at": numbered.made_at, "state": numbered.state.value, "body": body_of(numbered)}
    connection.execute(insert(crew_tables.crew_proposal), [row])
    connection.execute(delete(crew_tables.crew_proposal).where(C.rank <= rank - KEPT))
    return numbered


def save_proposal(connection: Connection, proposal: Proposal) -> None:
    """What became of it."""
    kept = update(crew_tables.crew_proposal).where(C.rank == rank_of_proposal(proposal.id))
    connection.execute(kept.values(state=proposal.state.value, body=body_of(proposal)))


def proposal(connection: Connection, id: str) -> Proposal:
    """One plan. Raises Unknown."""
    asked = select(C.body).where(C.rank == rank_of_proposal(id))
    body = connection.execute(asked).scalar_one_or_none()
    if body is None:
        raise Unknown("crew plan", id)
    return PROPOSAL.decode(body)


def proposals(connection: Connection, most: int) -> Sequence[Proposal]:
    """Plans, newest first."""
    asked = select(C.body).order_by(C.rank.desc()).limit(most)
    return [PROPOSAL.decode(body) for body in connection.execute(asked).scalars()]


def orders_in(connection: Connection, states: Sequence[OrderState]) -> Sequence[WorkOrder]:
    """All orders in some states, oldest first."""
    asked = select(W.body).where(W.state.in_([one.value for one in states])).order_by(W.rank)
    return [ORDER.decode(body) for body in connection.execute(asked).scalars()]


def assets_of(connection: Connection, numbers: Iterable[str]) -> dict[str, str]:
    """The asset of each order."""
    found: dict[str, str] = {}
    for few in some(numbers):
        rows = connection.execute(select(W.number, W.asset).where(W.number.in_(few)))
        found |= {row.number: row.asset for row in rows}
    return found


def rank_of_proposal(id: str) -> int:
    """Its place among all; 0 for what is no plan's id."""
    digits = id.removeprefix("C-")
    return int(digits) if digits.isdecimal() and len(digits) < 16 else 0


def body_of(proposal: Proposal) -> str:
    """A plan as it is kept."""
    return msgspec.json.encode(proposal).decode()
