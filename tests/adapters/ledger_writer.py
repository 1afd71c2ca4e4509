"""A program that opens one ticket a transaction until it is killed; says a line inside and one after each."""

import sys

from adapters.ledger_sql import SqlLedger
from tests.ticketing.cases import finding
from ticketing.desk import ServiceDesk


def work(ledger: SqlLedger) -> None:
    """One more ticket, and the bookmark one further."""
    with ledger.begin() as transaction:
        position = transaction.bookmark("watch") + 1
        state = finding(id=f"F-{position}", asset=f"A-{position}")
        response = ServiceDesk().respond(state, transaction.situation(state), state.changed_at)
        transaction.save_finding(state, [])
        transaction.record(response)
        print("inside", flush=True)
        transaction.move_bookmark("watch", position)
    print("committed", flush=True)


if __name__ == "__main__":
    with SqlLedger(sys.argv[1]) as ledger:
        while True:
            work(ledger)
