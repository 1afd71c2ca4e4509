"""People come from files: what a file changes is planned against the ledger and taken in as a whole, or not at all."""

from adapters import ledger_people
from adapters.ledger_sql import SqlLedger
from adapters.ledger_write import SqlTransaction
from adapters.public_holidays import PublicHolidays
from domain.instants import Instant
from domain.ticket import LedgerEvent, Response
from ticketing.people_file import PeopleImport, plan_people

CHANGED = "people"
"""The kind of line that says that people changed; routing looks at its queue anew."""


def import_people(ledger: SqlLedger, content: str, name: str, *, by: str, now: Instant, dry_run: bool) -> PeopleImport:
    """Plan what a file changes, and take it in unless it is a dry run. Raises WrongFormat with every mistake."""
    holidays = PublicHolidays(now)
    if dry_run:
        with ledger.reading() as connection:
            return plan_people(content, name, ledger_people.staff(connection), holidays)
    with ledger.begin() as transaction:
        plan = plan_people(content, name, ledger_people.staff(transaction.connection), holidays)
        take_in(transaction, plan, by=by, now=now)
        return plan


def take_in(transaction: SqlTransaction, plan: PeopleImport, *, by: str, now: Instant) -> None:
    """Record what is new or different, with a line in the event log."""
    if plan.is_empty:
        return
    ledger_people.save_staff(transaction.connection, [*plan.added, *plan.changed], plan.shifts)
    line = LedgerEvent(at=now, kind=CHANGED, actor=by, details=dict(plan.counts))
    transaction.record(Response(events=(line,)))
