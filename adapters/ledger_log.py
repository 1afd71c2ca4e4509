"""The event log, read by those who act on it: in order, in their own transaction, with a bookmark of their own."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from adapters import ledger_tables as tables
from adapters.ledger_rows import event_of
from adapters.ledger_statements import BOOKMARK
from domain.ticket import LedgerEvent

E = tables.event.c


def lines_after(connection: Connection, position: int, most: int) -> Sequence[LedgerEvent]:
    """Lines of the log after a position, in order, without a gap."""
    question = select(tables.event).where(E.position > position).order_by(E.position).limit(most)
    return [event_of(row) for row in connection.execute(question)]


def last_line(connection: Connection) -> int:
    """The position of the last line; 0 in an empty log."""
    return connection.execute(select(func.max(E.position))).scalar_one() or 0


def bookmark(connection: Connection, reader: str) -> int:
    """How far a reader has got; 0 at first."""
    return connection.execute(BOOKMARK, {"reader": reader}).scalar_one_or_none() or 0
