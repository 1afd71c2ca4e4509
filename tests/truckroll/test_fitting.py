"""Fitted parts, failure costs and lives over a real ledger; closed orders change what is fitted exactly once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete

from adapters import ledger_fitted, ledger_orders, ledger_tables
from adapters.ledger_sql import SqlLedger
from domain.asset_value import FAILURE_COSTS, Fitted, Removal
from domain.errors import Unknown, WrongFormat
from domain.instants import DAY, Instant
from domain.registry import Facts
from domain.work_order import OrderKind, OrderResponse, OrderState
from maintenance.life import Life
from tests.ledgers import ENGINES
from tests.orders import an_order
from tests.ticketing.promises import MONDAY
from ticketing.classes import NO_CLASSES
from ticketing.orders import Step, told
from truckroll.asset_values import failure_costs, set_failure_cost
from truckroll.fitting import READER, Fitter, fit_part, import_fitted, lives


class Shop:
    """Assets, and orders that are closed on them."""

    def __init__(self, ledger: SqlLedger) -> None:
        self.ledger = ledger
        self.fitter = Fitter(ledger, NO_CLASSES)
        with ledger.begin() as transaction:
            transaction.install(
                [
                    Facts(device="tv-1", asset="tv-1", model="TV-55", criticality="high", installed="2026-01-01"),
                    Facts(device="tv-2", asset="tv-2", model="TV-55", installed="2026-06-01"),
                    Facts(device="tv-3", asset="tv-3", model="TV-55"),
                ],
                MONDAY,
            )

    def closes(self, at: Instant, asset: str = "tv-1", kind: OrderKind = OrderKind.CORRECTIVE) -> None:
        """An order that took a board is done and closed."""
        done = an_order(
            OrderState.WORK_DONE, number="", ticket="", asset=asset, kind=kind, kit={"board": 1}, done_at=at, made_at=at
        )
        with self.ledger.begin() as transaction:
            made = ledger_orders.record(transaction, OrderResponse(orders=(done,)))[0]
            closed = replace(made, state=OrderState.CLOSED, ended_at=at, revision=made.revision + 1)
            line = told(made, closed, Step(to=OrderState.CLOSED), at)
            ledger_orders.record(transaction, OrderResponse(orders=(closed,), events=(line,)))
        self.fitter.keep(at)

    def fitted(self, asset: str = "tv-1") -> list[Fitted]:
        """Its history."""
        with self.ledger.reading() as connection:
            return ledger_fitted.fitted_to(connection, [asset])

    def lives(self, family: str, now: Instant) -> list[Life]:
        """How long its members have lived."""
        with self.ledger.reading() as connection:
            return lives(connection, NO_CLASSES, family, now)

    def lines(self, kind: str) -> int:
        """How many of them the log has."""
        return sum(event.kind == kind for event in self.ledger.events(0, 1_000))


@pytest.fixture(params=ENGINES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """On each engine."""
    with SqlLedger(ENGINES[request.param](tmp_path)) as ledger:
        yield Shop(ledger)


def test_orders_change_what_is_fitted_and_lives_follow(shop: Shop) -> None:
    """Read again from the beginning, nothing is there twice."""
    shop.closes(MONDAY + 10 * DAY)
    shop.closes(MONDAY + 40 * DAY)
    shop.closes(MONDAY + 60 * DAY, kind=OrderKind.PREVENTIVE)
    with shop.ledger.begin() as transaction:
        r = ledger_tables.bookmark
        transaction.connection.execute(delete(r).where(r.c.reader == READER))
    shop.fitter.keep(MONDAY + 61 * DAY)

    assert [Removal.FAILED, Removal.PREVENTIVE, None] == [each.removal for each in shop.fitted()]
    assert [Life(30, True), Life(20, False), Life(5, False)] == shop.lives("board", MONDAY + 65 * DAY)
    assert 3 == shop.lines("part_fitted")


def test_a_models_lives_are_those_of_its_assets(shop: Shop) -> None:
    """From the day of installation, begun anew by each repair; without that day nothing is said."""
    shop.closes(MONDAY + 10 * DAY, "tv-2")
    shop.closes(MONDAY + 10 * DAY, "tv-3")
    found = shop.lives("TV-55", MONDAY + 30 * DAY)

    assert [False, True, False] == [life.failed for life in found]
    assert 20 == pytest.approx(found[2].age)
    assert 10 == pytest.approx(found[1].age - found[1].entered, abs=1)


def test_people_fit_parts_with_serial_and_lot(shop: Shop) -> None:
    """Sent twice it is done once; what was there goes into the history."""
    first = Fitted(asset="tv-1", position="front", part="panel", serial="A", since=MONDAY, by="lee")
    second = replace(first, serial="B", lot="L9", since=MONDAY + DAY)
    for each in (first, first, second, second):
        fit_part(shop.ledger, each, removal=Removal.FAILED, now=MONDAY + 2 * DAY)
    left = fit_part(
        shop.ledger, replace(first, part="", since=MONDAY + 2 * DAY), removal=Removal.OTHER, now=MONDAY + 2 * DAY
    )

    assert [("A", Removal.FAILED), ("B", Removal.OTHER)] == [(each.serial, each.removal) for each in left]
    assert 3 == shop.lines("part_fitted")
    with pytest.raises(Unknown, match="no asset tv-9"):
        fit_part(shop.ledger, replace(first, asset="tv-9"), removal=Removal.OTHER, now=MONDAY)


def test_the_past_is_imported_once(shop: Shop) -> None:
    """A dry run changes nothing; a file sent twice adds nothing."""
    rows = [
        Fitted(asset="tv-1", position="front", part="panel", since=0, until=DAY, removal=Removal.FAILED, by="lee"),
        Fitted(asset="tv-1", position="front", part="panel", since=DAY, by="lee"),
    ]
    trial = import_fitted(shop.ledger, rows, by="lee", now=MONDAY, dry_run=True)
    assert (2, 0, []) == (trial.added, trial.unchanged, shop.fitted())
    import_fitted(shop.ledger, rows, by="lee", now=MONDAY)
    again = import_fitted(shop.ledger, rows, by="lee", now=MONDAY)

    assert (0, 2, 2) == (again.added, again.unchanged, len(shop.fitted()))


def test_a_failure_costs_what_somebody_says_else_what_is_assumed(shop: Shop) -> None:
    """Marked as assumed until somebody says it, and again once that is taken back; each change is a line."""

    def costs() -> list[tuple[float, bool]]:
        with shop.ledger.reading() as connection:
            found = failure_costs(connection, ["tv-1", "tv-2", "nobody"], FAILURE_COSTS)
        return [(each.amount, each.is_assumed) for each in found.values()]

    assert [(2_000, True), (500, True), (500, True)] == costs()
    for _ in range(2):
        set_failure_cost(shop.ledger, "tv-1", 7_500, by="lee", now=MONDAY, why="a shop window")
    assert [(7_500, False), (500, True), (500, True)] == costs()
    set_failure_cost(shop.ledger, "tv-1", None, by="lee", now=MONDAY)
    assert (2_000, True) == costs()[0]
    assert 2 == shop.lines("failure_cost_set")
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(WrongFormat, match="costs 0 or more"):
            set_failure_cost(shop.ledger, "tv-1", wrong, by="lee", now=MONDAY)
    with pytest.raises(Unknown, match="no asset tv-9"):
        set_failure_cost(shop.ledger, "tv-9", 1, by="lee", now=MONDAY)
