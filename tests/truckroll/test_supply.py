"""Whoever buys parts hears of a model's surge once, with numbers."""

from dataclasses import replace

from adapters import ledger_notices, ledger_parts
from adapters.ledger_sql import SqlLedger
from domain.instants import DAY
from domain.registry import unclaimed
from tests.ledgers import empty_ledger
from tests.orders import Office
from tests.store import FAN, Store
from truckroll.supply import SupplyWatch


def test_a_surge_is_told_once_a_week_with_its_parts(tmp_path) -> None:
    """Six tickets of one model where none are usual; a week later, if it goes on, once more."""
    with SqlLedger(empty_ledger(tmp_path)) as ledger:
        store, watch = Store(Office(ledger)), SupplyWatch(ledger)
        with ledger.begin() as transaction:
            ledger_parts.save_parts(transaction.connection, [replace(FAN, models=("TV-55",))])
            facts = [replace(unclaimed(f"tv-{nth}"), model="TV-55") for nth in range(12)]
            transaction.install(facts, store.office.now)
        for nth in range(6):
            store.office.opens(f"tv-{nth}")
        for days in (0, 1, 3):
            watch.look(store.office.now + days * DAY)
        (line,) = store.lines("parts_surge")
        with ledger.reading() as connection:
            (told,) = ledger_notices.listed(connection, to="stock", most=10)

        assert {"model": "TV-55", "tickets": 6, "usual": 0.0, "parts": ["fan"]} == line.details
        assert "6 tickets of model TV-55 in the last 7 days" in told.notice.body["en"]

        store.office.now += 8 * DAY
        for nth in range(6, 12):
            store.office.opens(f"tv-{nth}")
        watch.look(store.office.now)
        assert 2 == len(store.lines("parts_surge"))


def test_without_parts_nobody_is_told(tmp_path) -> None:
    """Where no parts are kept there is nobody to hear it."""
    with SqlLedger(empty_ledger(tmp_path)) as ledger:
        office = Office(ledger)
        for nth in range(6):
            office.opens(f"tv-{nth}")
        SupplyWatch(ledger).look(office.now)

        assert [] == [each for each in ledger.events(0, 100) if each.kind == "parts_surge"]
