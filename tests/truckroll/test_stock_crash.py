"""Two processes keep the same stock and are killed again and again, and two processes want the last piece."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.ledger_sql import SqlLedger
from domain.errors import Conflict, IllegalMove, NotInStock, PartsMissing, WrongFormat
from domain.part import MovementKind
from domain.work_order import OrderState
from tests.ledgers import ENGINES, empty_ledger
from tests.orders import Office
from tests.store import Store

ROUNDS = int(os.environ.get("STOCK_KILLS", "1"))
EXAMPLES = int(os.environ.get("STOCK_EXAMPLES", "5"))
ORDERS = 12
K, O = MovementKind, OrderState  # noqa: E741 - kinds and states
KEEPER = """
import sys
from adapters.ledger_sql import SqlLedger
from tests.ticketing.promises import MONDAY
from truckroll import stock_keeping
stock_keeping.MOST = 3
with SqlLedger(sys.argv[1]) as ledger:
    keeper = stock_keeping.StockKeeper(ledger)
    print("ready", flush=True)
    while keeper.has_work():
        with ledger.begin() as transaction:
            keeper.work(transaction, MONDAY)
        print("done", flush=True)
"""
RELEASER = """
import sys
from adapters.ledger_sql import SqlLedger
from domain.errors import PartsMissing
from domain.work_order import OrderState
from tests.orders import Office
with SqlLedger(sys.argv[1]) as ledger:
    office = Office(ledger)
    print("ready", flush=True)
    sys.stdin.readline()
    for number in sys.argv[2:]:
        try:
            office.moves_order(number, OrderState.RELEASED)
            print("released", flush=True)
        except PartsMissing:
            print("missing", flush=True)
"""


def child(program: str, *words: str) -> subprocess.Popen[str]:
    """A process of its own, once it is ready."""
    started = subprocess.Popen(
        [sys.executable, "-c", program, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    assert "ready\n" == started.stdout.readline()
    return started


def test_two_processes_that_want_the_last_piece_get_it_once(tmp_path: Path) -> None:
    """One releases its order, the other hears what is missing."""
    path = empty_ledger(tmp_path)
    with SqlLedger(path) as ledger:
        store = Store(Office(ledger))
        store.has("board", 1)
        children = [child(RELEASER, str(path), store.plans()) for _ in range(2)]
        for each in children:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        said = sorted(each.communicate()[0].strip() for each in children)

        assert (["missing", "released"], (1, 1)) == (said, store.level("board"))


@pytest.mark.slow
def test_killed_again_and_again_every_part_is_used_up_once(tmp_path: Path) -> None:
    """Done orders have each issued their kit, cancelled ones have given it back."""
    path, chance = empty_ledger(tmp_path), Random(3)
    with SqlLedger(path) as ledger:
        store = Store(Office(ledger))
        store.has("board", ORDERS)
        numbers = [store.plans() for _ in range(ORDERS)]
        for nth, number in enumerate(numbers):
            store.office.brings(number, O.RELEASED)
            if nth % 2:
                store.office.brings(number, O.WORK_DONE)
            else:
                store.office.moves_order(number, O.CANCELLED)
    for _ in range(ROUNDS):
        children = [child(KEEPER, str(path)) for _ in range(2)]
        for each in children:
            assert each.stdout is not None
            for _ in range(chance.randrange(1, 6)):
                each.stdout.readline()
            each.send_signal(signal.SIGKILL)
            each.communicate()
    with SqlLedger(path) as ledger:
        store.keeper = type(store.keeper)(ledger)
        store.office.ledger = ledger
        store.keeps()
        issued = Counter(each.order for each in store.history() if each.kind is K.ISSUE)

        assert dict.fromkeys(numbers[1::2], 1) == issued
        assert (ORDERS // 2, 0) == store.level("board")


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["receive", "issue", "count", "transfer", "release", "done", "cancel", "hold", "keep"]),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    min_size=5,
    max_size=18,
)


@pytest.mark.parametrize("engine", ENGINES)
def test_no_history_of_orders_and_stock_makes_the_books_wrong(engine: str, tmp_path_factory) -> None:
    """Whatever people do: levels are what the movements say, and what is reserved is what open orders hold."""

    @settings(
        max_examples=EXAMPLES if engine == "sqlite" else 1 + EXAMPLES // 10,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(ACTS)
    def holds(acts: list[tuple[str, int, int]]) -> None:
        folder = tmp_path_factory.mktemp("stock")
        place = ENGINES[engine](folder)
        with SqlLedger(place) as ledger:
            store = Store(Office(ledger))
            orders = [store.plans(kit={"board": 1 + nth}) for nth in range(4)]
            for act, which, pieces in acts:
                try:
                    do(store, act, orders[which], pieces)
                except (NotInStock, WrongFormat, PartsMissing, IllegalMove, Conflict):
                    continue
            store.keeps()
            check(store, orders)

    holds()


def do(store: Store, act: str, order: str, pieces: int) -> None:
    """One act."""
    match act:
        case "receive":
            store.has("board", pieces)
        case "issue":
            store.moves(K.ISSUE, "board", pieces)
        case "count":
            store.moves(K.COUNT, "board", pieces, why="seen")
        case "transfer":
            store.moves(K.TRANSFER, "board", pieces, to="van-1")
        case "release":
            store.office.moves_order(order, O.RELEASED, without_parts=pieces > 1, why="now")
        case "done":
            for state in (O.DISPATCHED, O.IN_PROGRESS, O.WORK_DONE):
                store.office.moves_order(order, state)
        case "cancel":
            store.office.moves_order(order, O.CANCELLED)
        case "hold":
            store.office.moves_order(order, O.ON_HOLD, reason="part")
        case _:
            store.keeps()


def check(store: Store, orders: list[str]) -> None:
    """The books are right."""
    for location in ("central", "van-1"):
        on_hand = 0
        for each in store.history(part="board"):
            sign = {K.RECEIPT: 1, K.ISSUE: -1, K.TRANSFER: -1}.get(each.kind, 0)
            if each.location == location:
                on_hand = each.pieces if each.kind is K.COUNT else on_hand + sign * each.pieces
            elif each.to == location:
                on_hand += each.pieces
            assert on_hand >= 0
        held = sum(one.pieces for order in orders for one in store.kit(order).reserved if one.location == location)
        assert (on_hand, held) == store.level("board", location)
