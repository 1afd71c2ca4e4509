"""A ledger's epoch: which journal it belongs to, and how a restored one begins another."""

from pathlib import Path

from sqlalchemy import func, insert, select, update

from adapters import ledger_tables as tables
from adapters.ledger_sql import EPOCH, SqlLedger
from domain.errors import ForeignEpoch

FORMER = "epoch until event "
"""Names the row of a former epoch, with the last event that was recorded under it."""


def epoch_of(ledger: SqlLedger) -> str:
    """The journal that the ledger belongs to; empty before its first start."""
    asked = select(tables.meta.c.value).where(tables.meta.c.name == EPOCH)
    with ledger.reading() as connection:
        return str(connection.execute(asked).scalar_one_or_none() or "")


def former_epochs(ledger: SqlLedger) -> dict[int, str]:
    """The epochs before the present one by the last event of each: what was sent under it keeps its key."""
    m = tables.meta.c
    with ledger.reading() as connection:
        rows = connection.execute(select(m.name, m.value).where(m.name.startswith(FORMER, autoescape=True)))
        return {int(name.removeprefix(FORMER)): value for name, value in rows}


def rebind(place: str | Path, former: str, epoch: str) -> None:
    """Let the ledger go on with another journal, all or nothing. Raises ForeignEpoch when it was not of `former`."""
    with SqlLedger(place) as ledger:
        if (found := epoch_of(ledger)) != former:
            raise ForeignEpoch("The ledger", former, found or "none")
        with ledger.begin() as transaction:
            asked = select(func.coalesce(func.max(tables.event.c.position), 0))
            last = transaction.connection.execute(asked).scalar_one()
            row = {"name": f"{FORMER}{last}", "value": former}
            known = select(tables.meta.c.name).where(tables.meta.c.name == row["name"])
            if transaction.connection.execute(known).scalar_one_or_none() is None:
                transaction.connection.execute(insert(tables.meta), row)
            transaction.connection.execute(update(tables.meta).where(tables.meta.c.name == EPOCH), {"value": epoch})
