"""Two processes make orders from the same log and are killed again and again: each ticket has its one order."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from adapters import ledger_orders
from adapters.ledger_sql import SqlLedger
from domain.instants import SECOND
from tests.orders import CLASSES, Office
from tests.ticketing.promises import MONDAY
from truckroll.orders import Orders

ROUNDS = int(os.environ.get("ORDER_KILLS", "2"))
TICKETS = 60
CHILD = """
import sys
from adapters.ledger_sql import SqlLedger
from domain.instants import MINUTE
from tests.orders import CLASSES
from tests.ticketing.promises import MONDAY
from truckroll import orders
orders.MOST = 3
with SqlLedger(sys.argv[1]) as ledger:
    work = orders.Orders(ledger, CLASSES)
    print("ready", flush=True)
    while work.has_work(MONDAY + MINUTE):
        with ledger.begin() as transaction:
            work.work(transaction, MONDAY + MINUTE)
        print("done", flush=True)
"""


@pytest.mark.slow
def test_killed_again_and_again_two_readers_make_one_order_a_ticket(tmp_path: Path) -> None:
    """None is missing, none is there twice, and every line of the log about an order is about one that is there."""
    path, chance = tmp_path / "ledger.db", Random(5)
    with SqlLedger(path) as ledger:
        office = Office(ledger)
        numbers = [office.opens(f"tv-{nth}") for nth in range(TICKETS)]
        office.promises.keep(office.now)
    for _ in range(ROUNDS):
        run_two_and_kill(path, [chance.randrange(1, 9), chance.randrange(1, 9)])
    with SqlLedger(path) as ledger:
        Orders(ledger, CLASSES).keep(MONDAY + 60 * SECOND)
        with ledger.reading() as connection:
            made = ledger_orders.orders(connection, ledger_orders.OrdersWanted(), most=10 * TICKETS)
        said = Counter(e.details["order"] for e in ledger.events(0, 100_000) if e.kind == "order_made")

    assert dict.fromkeys(numbers, 1) == Counter(order.ticket for order in made)
    assert {order.number: 1 for order in made} == said


def run_two_and_kill(path: Path, after: list[int]) -> None:
    """Let two processes work at once, and kill each after so many transactions."""
    words = [sys.executable, "-c", CHILD, str(path)]
    children = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in after]
    for child, many in zip(children, after, strict=True):
        with child:
            assert child.stdout is not None
            for _ in range(many + 1):
                child.stdout.readline()
            child.send_signal(signal.SIGKILL)
            child.wait()
