"""Supply: what should be bought, and a word to whoever buys when a model's tickets surge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from adapters import ledger_parts, ledger_sla
from adapters.ledger_sql import SqlLedger
from domain.instants import DAY, HOUR, Instant
from domain.part import Proposal, Serving
from domain.sla import Notice
from domain.ticket import LedgerEvent, Response
from domain.ticket_class import JobPlan
from maintenance import catalogue_stock as catalogue
from maintenance.part_chances import PERIOD, PERIODS
from maintenance.part_demand import Outlook, proposals
from maintenance.stock_kits import STOCK
from maintenance.stock_words import filled
from maintenance.surge import WEEKS, WINDOW, Surge, surges, warning
from ticketing.classes import NO_CLASSES
from truckroll.campaign_needs import waves
from truckroll.chores import Chore

SURGED = "parts_surge"


def proposed(
    connection: Connection,
    now: Instant,
    jobs: Mapping[str, JobPlan] = NO_CLASSES.plans,
    serving: Serving = Serving.EACH,
) -> Sequence[Proposal]:
    """What should be bought, dearest first; `jobs` are the job plans of the class files, beside those of the ledger."""
    parts = ledger_parts.parts(connection)
    if not parts:
        return []
    outlook = Outlook(
        now=now,
        parts=parts,
        levels=tuple(ledger_parts.levels(connection).values()),
        issues=ledger_parts.unplanned_issues(connection, now - PERIODS * PERIOD),
        orders=ledger_parts.open_orders(connection),
        shorts=ledger_parts.shorts(connection),
        waves=waves(connection, jobs),
        serving=serving,
    )
    return proposals(outlook)


@dataclass(slots=True)
class SupplyWatch:
    """The chore. A surge is told once in seven days, however often it is looked at."""

    ledger: SqlLedger

    def chore(self) -> Chore:
        """Looked after every hour."""
        return Chore("supply", HOUR, self.look)

    def look(self, now: Instant) -> None:
        """Tell every surge that was not told yet. Raises TryLater."""
        with self.ledger.reading() as connection:
            found = self.untold(connection, now)
        if not found:
            return
        with self.ledger.begin() as transaction:
            for surge in self.untold(transaction.connection, now):
                said = warning(surge)
                ledger_sla.add_notices(transaction.connection, [notice(surge, now)])
                details = {"model": surge.model, "tickets": surge.tickets, "usual": surge.usual}
                line = LedgerEvent(
                    at=now, kind=SURGED, actor=STOCK, why=said["en"], details={**details, "parts": list(surge.parts)}
                )
                transaction.record(Response(events=(line,)))

    def untold(self, connection: Connection, now: Instant) -> Sequence[Surge]:
        """Surges of which nobody has heard in this week or the one before."""
        if not ledger_parts.has_parts(connection):
            return []
        opened = ledger_parts.opened_by_model(connection, now - (WEEKS + 1) * WINDOW)
        found = surges(opened, ledger_parts.parts(connection), now)
        days = range(now // DAY - WINDOW // DAY + 1, now // DAY + 1)
        return [
            each for each in found if not any(ledger_parts.was_told(connection, name_of(each, day)) for day in days)
        ]


def name_of(surge: Surge, day: int) -> str:
    """The id of the notice about a surge that was seen on a day."""
    return f"surge/{surge.model}/{day}"


def notice(surge: Surge, now: Instant) -> Notice:
    """What the supply side reads."""
    return Notice(
        id=name_of(surge, now // DAY),
        at=now,
        channel="in_app",
        to=STOCK,
        ticket="",
        subject=filled(catalogue.SURGE_SUBJECT, model=surge.model),
        body=warning(surge),
    )
