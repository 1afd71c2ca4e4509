"""Out of service: while an asset is worked on it opens no tickets; the journal says from where to where."""

import re
from dataclasses import dataclass

from adapters import ledger_log
from adapters.ledger_sql import SqlLedger
from domain.incident import HoldKind
from domain.instants import SECOND, Instant
from domain.suppression import Suppression, Whom, suppressions_entry
from domain.ticket import LedgerEvent
from domain.work_order import OrderState
from truckroll import suppressions
from truckroll.chores import Chore
from truckroll.settings import Settings

READER = "service"
MOST = 1_000
"""Lines of the log that are dealt with at once."""


@dataclass(frozen=True, slots=True)
class OutOfService:
    """The chore: what the log says of work that begins and ends goes into the journal's inbox, in order.

    Killed in between it says the same again, which changes nothing.
    """

    ledger: SqlLedger
    settings: Settings

    def chore(self) -> Chore:
        """Looked after every second."""
        return Chore("out of service", SECOND, self.keep)

    def keep(self, _: Instant) -> None:
        """Tell what has not been told. Raises TryLater, GiveUp."""
        while self.tell():
            pass

    def tell(self) -> bool:
        """Tell what some lines say; whether there may be more."""
        with self.ledger.reading() as connection:
            lines = ledger_log.lines_after(connection, ledger_log.bookmark(connection, READER), MOST)
        if not lines:
            return False
        for line in lines:
            if (payload := entry_of(line)) is not None:
                suppressions.leave(self.settings, payload)
        with self.ledger.begin() as transaction:
            transaction.move_bookmark(READER, lines[-1].position)
        return len(lines) == MOST


def entry_of(line: LedgerEvent) -> bytes | None:
    """What the journal is to say of a line; None where it says nothing of work that begins or ends."""
    begun, was = line.details.get("state"), line.details.get("was")
    if line.kind != "order_moved" or OrderState.IN_PROGRESS not in (begun, was):
        return None
    order = str(line.details["order"])
    if begun != OrderState.IN_PROGRESS:
        return suppressions_entry(remove=[order])
    whom = Whom(asset=literally(str(line.details["asset"])))
    return suppressions_entry(
        [Suppression(id=order, kind=HoldKind.SERVICE, whom=whom, since=line.at, by=line.actor, why=f"{order} began")]
    )


def literally(name: str) -> str:
    """The name as a pattern that means it alone."""
    return re.sub(r"([*?[])", r"[\1]", name)
