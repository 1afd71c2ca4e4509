"""Two planners at once on one ledger are killed again and again: every round has its one order."""

import os
import signal
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest

from adapters.ledger_sql import SqlLedger
from domain.work_order import OrderState as S
from tests.ledgers import ENGINES
from tests.maintenance.plans import at, plan
from tests.truckroll.plant import AROUND, Plant
from ticketing.classes import NO_CLASSES
from ticketing.orders import Step
from truckroll import planner
from truckroll.order_deeds import move_order
from truckroll.planner import Planner

KILLS = int(os.environ.get("PLAN_KILLS", "2"))
ASSETS = 12
TO_DONE = (S.APPROVED, S.RELEASED, S.DISPATCHED, S.IN_PROGRESS, S.WORK_DONE)
OIL = plan(start="2026-01-10")
FORK = get_context("fork")


def plans_until_killed(place: str, day: str, told: Connection) -> None:
    """A process that plans two rounds at a time, and tells of each that it has written and not yet committed."""
    written = planner.open_round

    def open_round(*given: Any) -> None:
        written(*given)
        told.send_bytes(b"made")

    planner.MOST_MADE = planner.MOST_LINES = 2
    planner.open_round = open_round
    with SqlLedger(place) as ledger:
        Planner(ledger, AROUND).keep(at(day))
    told.close()
    Event().wait()


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_killed_again_and_again_two_planners_make_every_round_once(tmp_path: Path, engine: str) -> None:
    """One order for each asset and month, none missing, none twice; the numbers of rounds have no gap."""
    place, chance = ENGINES[engine](tmp_path), Random(7)
    months = [f"2026-{nth:02d}-10" for nth in range(1, 3)]
    with SqlLedger(place) as ledger:
        plant = Plant(ledger, OIL, assets=ASSETS)
        for month in months:
            for _ in range(KILLS):
                run_two_and_kill(str(place), month, [chance.randrange(0, 8) for _ in range(2)])
            plant.now = at(month)
            Planner(ledger, AROUND).keep(plant.now)
            does_all(plant)
        made = sorted(order.cycle_key for order in plant.orders() if order.grounds["planned"] in months)

    assert sorted(("oil", f"P-{nth + 1}", str(m + 1)) for nth in range(ASSETS) for m in range(len(months))) == made


def does_all(plant: Plant) -> None:
    """The work of every open order is done; the planners hear of it later."""
    for order in plant.orders():
        if order.is_open and (order.ideal_at or 0) <= plant.now:
            for state in TO_DONE:
                move_order(plant.ledger, NO_CLASSES, order.number, Step(to=state, by="lee"), plant.now)


def run_two_and_kill(place: str, day: str, after: list[int]) -> None:
    """Let two processes work at once, and kill each after so many orders."""
    running = []
    for many in after:
        hears, tells = FORK.Pipe(duplex=False)
        child = FORK.Process(target=plans_until_killed, args=(place, day, tells))
        child.start()
        tells.close()
        running.append((child, hears, many))
    for child, hears, many in running:
        with suppress(EOFError):
            for _ in range(many):
                hears.recv_bytes()
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        hears.close()
