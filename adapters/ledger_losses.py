"""Lists of what devices sent and never arrived, for people to page through."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select, tuple_

from adapters import ledger_tables as tables
from adapters.ledger_gaps import gap_of
from adapters.ledger_sql import SqlLedger
from domain.gap import Gap
from domain.instants import Instant


class Noticed(NamedTuple):
    """The place of a gap in the order in which gaps are noticed."""

    noticed_at: Instant
    boot: int
    from_seq: int
    device: str


def gaps(ledger: SqlLedger, device: str = "", *, before: Noticed | None = None, most: int) -> Sequence[Gap]:
    """Gaps, noticed last first, those before a place only."""
    g = tables.gap.c
    place = (g.noticed_at, g.boot, g.from_seq, g.device)
    question = select(tables.gap).order_by(*(column.desc() for column in place)).limit(most)
    if device:
        question = question.where(g.device == device)
    if before is not None:
        question = question.where(tuple_(*place) < tuple_(*before))
    with ledger.reading() as connection:
        return [gap_of(row) for row in connection.execute(question)]


def unnumbered(ledger: SqlLedger, *, after: str = "", most: int) -> Sequence[str]:
    """Devices that never numbered a message, so that their losses cannot be measured; those after a name only."""
    device = tables.unnumbered.c.device
    question = select(device).where(device > after).order_by(device).limit(most)
    with ledger.reading() as connection:
        return list(connection.execute(question).scalars())
