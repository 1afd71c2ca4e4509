"""Stock and orders over a real ledger: released with the kit, used up when the work is done, never promised twice."""

from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select

from adapters import desk_tables
from adapters.ledger_sql import SqlLedger
from domain.errors import NotInStock, PartsMissing, Unknown, WrongFormat
from domain.instants import DAY, HOUR, SECOND
from domain.part import MovementKind
from domain.ticket import Priority
from domain.work_order import OrderState
from tests.ledgers import ENGINES, empty_ledger
from tests.orders import CLASSES, Office
from tests.store import Store
from tests.ticketing.promises import MONDAY
from ticketing.order_review import Changes
from truckroll.review import Act, Decision, decide
from truckroll.stock import move_stock, reserve_by_hand

K, O = MovementKind, OrderState  # noqa: E741 - kinds and states


@pytest.fixture(params=ENGINES)
def place(request, tmp_path) -> str | Path:
    """An empty database of each engine."""
    return ENGINES[request.param](tmp_path)


@pytest.fixture
def either(place) -> Iterator[Store]:
    """A store on each engine."""
    with SqlLedger(place) as ledger:
        yield Store(Office(ledger))


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    """A store."""
    with SqlLedger(empty_ledger(tmp_path)) as ledger:
        yield Store(Office(ledger))


def test_an_order_is_released_with_its_kit_and_uses_it_up(either: Store) -> None:
    """Reserved at the release, issued when the work is done, each once however often the log is read."""
    either.has("board", 3)
    order = either.plans(kit={"board": 2})
    either.office.brings(order, O.RELEASED)
    assert (3, 2) == either.level("board")

    either.office.brings(order, O.WORK_DONE)
    either.keeps()
    either.keeps()

    assert (1, 0) == either.level("board")
    assert [K.RECEIPT, K.RESERVATION, K.RELEASE, K.ISSUE] == [each.kind for each in either.history()]
    assert [] == list(either.kit(order).missing)


def test_what_is_missing_is_said_before_the_release(either: Store) -> None:
    """How many, where else they are, what can stand in, and when they would come."""
    either.has("board", 1)
    either.has("board", 2, "van-1")
    either.has("board-b", 4)
    order = either.plans(kit={"board": 3})

    (said,) = either.kit(order).sentences
    with pytest.raises(PartsMissing) as refused:
        either.office.brings(order, O.RELEASED)

    assert (
        "2 × board (Board) are missing; 2 at van-1; 4 × board-b at central can stand in; "
        "bought now, it would arrive on 2026-12-03." == said["en"]
    )
    assert (
        "缺少 2 件 board（主板）；van-1 有 2 件；可用 central 的 4 件 board-b 代替；若现在订购，预计 2026-12-03 到货。"
        == said["zh"]
    )
    assert said["en"] in str(refused.value)
    assert ("board",) == refused.value.missing
    assert (1, 0) == either.level("board")


def test_what_is_bought_already_says_when_it_comes(store: Store) -> None:
    """The first purchase that is enough."""
    store.moves(K.ORDERED, "board", 1, expected_at=MONDAY + 2 * DAY)
    store.moves(K.ORDERED, "board", 5, expected_at=MONDAY + 4 * DAY)

    (lack,) = store.kit(store.plans(kit={"board": 2})).missing

    assert (MONDAY + 4 * DAY, True) == (lack.arrives_at, lack.is_bought)


def test_a_person_may_release_without_the_parts_and_says_why(store: Store) -> None:
    """What is there is reserved, the rest is told, and it is reserved as soon as it comes."""
    store.has("board", 1)
    order = store.plans(kit={"board": 3})
    with pytest.raises(WrongFormat, match="says why"):
        store.office.moves_order(order, O.RELEASED, without_parts=True)

    store.office.moves_order(order, O.RELEASED, without_parts=True, why="the customer brings them")
    (line,) = [each for each in store.lines("order_moved") if each.details["state"] == "released"]
    assert ({"board": 2}, "the customer brings them") == (line.details["without_parts"], line.why)
    assert (1, 1) == store.level("board")

    store.keeps()
    assert [] == store.lines("parts_short"), "whoever released it knows"
    store.has("board", 5)
    store.keeps()
    assert (6, 3) == store.level("board")


def test_an_installation_without_parts_works_as_before(tmp_path: Path) -> None:
    """A kit of which the ledger knows nothing asks for nothing."""
    with SqlLedger(empty_ledger(tmp_path)) as ledger:
        store = Store(Office(ledger))
        order = store.plans(kit={"wheel": 9})
        store.office.brings(order, O.WORK_DONE)
        store.keeps()

        assert [] == store.history()
        assert ({}, {"wheel": 9}) == (store.kit(order).needs, store.kit(order).unknown)


def test_an_urgent_order_is_released_at_once_and_its_shortage_is_told(store: Store) -> None:
    """It is not put on hold by itself: the customer's clock runs on. Who owns the ticket is told once."""
    number = store.office.opens(priority=Priority.URGENT)
    store.office.settles()
    store.keeps()
    store.office.settles()
    store.keeps()
    order = store.office.order_of(number)
    assert order is not None

    (line,) = store.lines("parts_short")
    with store.office.ledger.reading() as connection:
        asked = select(desk_tables.notice.c.id).where(desk_tables.notice.c.id.endswith("parts_short"))
        notices = connection.execute(asked).scalars().all()
    assert (O.RELEASED, {"board": 1}) == (order.state, line.details["lacks"])
    assert [f"stock/{made(store).position}/{order.number}/parts_short"] == notices

    store.has("board", 1)
    store.keeps()
    assert (1, 1) == store.level("board")


def made(store: Store) -> Any:
    """The line that the first order was made with."""
    return store.lines("order_made")[0]


def test_a_substitute_is_reserved_by_a_person(store: Store) -> None:
    """It stands for the part that the kit needs, and is what is used up."""
    store.has("board-b", 2)
    order = store.plans()
    said = {"now": store.office.now, "by": "bo"}
    for _ in range(2):
        reserve_by_hand(store.office.ledger, order, "board-b", 1, "central", key="k-1", need="board", **said)
    with pytest.raises(WrongFormat, match="lacks 0 of board"):
        reserve_by_hand(store.office.ledger, order, "board-b", 1, "central", key="k-2", need="board", **said)

    store.office.brings(order, O.WORK_DONE)
    store.keeps()

    assert (1, 0) == store.level("board-b")


def test_work_told_late_uses_parts_when_it_was_done(store: Store) -> None:
    """The movement bears the time of the work; a count in between has seen it already."""
    store.has("board", 5)
    store.has("fan", 5)
    order = store.plans(kit={"board": 1, "fan": 1})
    store.office.brings(order, O.IN_PROGRESS)
    done_at = store.office.now + HOUR
    store.office.now += DAY
    store.moves(K.COUNT, "fan", 4, why="yearly count")
    store.office.moves_order(order, O.WORK_DONE, done_at=done_at)
    store.keeps()

    issues = {each.part: each for each in store.history() if each.kind is K.ISSUE}
    assert {done_at} == {each.at for each in issues.values()}
    assert {"board": False, "fan": True} == {part: each.is_counted for part, each in issues.items()}
    assert [(4, 0), (4, 0)] == [store.level("board"), store.level("fan")]


@pytest.mark.parametrize("hours", [-1_000, 1_000])
def test_work_is_done_neither_before_its_order_nor_in_time_to_come(store: Store, hours: int) -> None:
    """And nothing is used up."""
    store.has("board", 1)
    order = store.plans()
    store.office.brings(order, O.IN_PROGRESS)

    with pytest.raises(WrongFormat, match="not in time to come"):
        store.office.moves_order(order, O.WORK_DONE, done_at=store.office.now + hours * HOUR)


@pytest.mark.parametrize(
    ("to", "said"), [(O.CANCELLED, {}), (O.DEFERRED, {"until": MONDAY + 30 * DAY})], ids=["cancelled", "deferred"]
)
def test_what_is_not_worked_on_gives_its_parts_back(store: Store, to: OrderState, said: dict[str, int]) -> None:
    """And who waits for them gets them, who is due first first."""
    store.has("board", 1)
    first, late, soon = store.plans(), store.plans(due_days=9), store.plans(due_days=2)
    store.office.moves_order(first, O.RELEASED)
    for other in (late, soon):
        store.office.moves_order(other, O.RELEASED, without_parts=True, why="it comes")
    store.office.moves_order(first, to, **said)
    store.keeps()

    assert ([], [soon]) == ([*store.kit(first).reserved], [each.order for each in store.kit(soon).reserved])
    assert [] == [*store.kit(late).reserved]


def test_a_merged_orders_parts_go_with_its_work(store: Store) -> None:
    """Nobody else gets them in between."""
    store.has("board", 2)
    gone, into, other = store.plans(), store.plans(), store.plans(due_days=1)
    for order in (gone, into):
        store.office.moves_order(order, O.RELEASED)
    store.office.moves_order(other, O.RELEASED, without_parts=True, why="it comes")
    store.office.moves_order(gone, O.MERGED, into=into)
    store.keeps()

    assert [2] == [each.pieces for each in store.kit(into).reserved]
    assert (2, 2) == store.level("board")


def test_parts_come_from_the_sites_depot_and_the_van_of_who_goes(store: Store) -> None:
    """Another site's depot and another's van are left alone."""
    for location in ("north", "van-1"):
        store.has("board", 1, location)
    assert [1] == [each.pieces for each in store.kit(store.plans()).missing]
    order = store.plans(technicians=("anna",))
    store.office.moves_order(order, O.RELEASED)

    assert [(1, 1), (1, 0)] == [store.level("board", "van-1"), store.level("board", "north")]


def test_a_count_below_what_is_promised_takes_it_from_who_needs_it_last(store: Store) -> None:
    """The count stands, with its reason; who lost the part hears of it."""
    store.has("board", 2)
    late, soon = store.plans(due_days=9), store.plans(due_days=2)
    for order in (late, soon):
        store.office.moves_order(order, O.RELEASED)
    with pytest.raises(WrongFormat, match="Say why"):
        store.moves(K.COUNT, "board", 1)
    counted = store.moves(K.COUNT, "board", 1, why="one is broken")
    store.keeps()

    assert (-1, (1, 1)) == (counted.difference, store.level("board"))
    assert ([], 1) == ([*store.kit(late).reserved], len(store.kit(soon).reserved))
    assert [late] == [line.details["order"] for line in store.lines("parts_short")]


def test_a_transfer_for_an_order_keeps_its_reservation(store: Store) -> None:
    """From the depot into the van."""
    store.has("board", 1)
    order = store.plans()
    store.office.moves_order(order, O.RELEASED)
    with pytest.raises(NotInStock):
        store.moves(K.TRANSFER, "board", 1, to="van-1")
    store.moves(K.TRANSFER, "board", 1, to="van-1", order=order)

    assert [(0, 0), (1, 1)] == [store.level("board"), store.level("board", "van-1")]
    assert ["van-1"] == [each.location for each in store.kit(order).reserved]


def test_the_same_movement_twice_happens_once(either: Store) -> None:
    """Its key is for no other one, and nothing unknown is booked."""
    receipt = either.movement(K.RECEIPT, "board", 2)
    for _ in range(2):
        move_stock(either.office.ledger, [receipt])
    assert (2, 0) == either.level("board")

    with pytest.raises(WrongFormat, match="used for another movement"):
        move_stock(either.office.ledger, [either.movement(K.RECEIPT, "board", 3, id=receipt.id)])
    for strange in (either.movement(K.RECEIPT, "bord", 1), either.movement(K.RECEIPT, "board", 1, "nowhere")):
        with pytest.raises(Unknown):
            move_stock(either.office.ledger, [strange])


def test_a_key_that_another_movement_led_to_is_refused(store: Store) -> None:
    """With a sentence, and nothing is booked; neither are two movements with one key."""
    store.has("board", 5)
    order = store.plans(kit={"board": 2})
    said = {"now": store.office.now, "by": "bo"}
    reserve_by_hand(store.office.ledger, order, "board", 2, "central", key="a/release/1", **said)
    twins = [store.movement(K.RECEIPT, "board", 1, id="b") for _ in "ab"]

    with pytest.raises(WrongFormat, match="The key a/release/1 was used for another movement"):
        store.moves(K.ISSUE, "board", 2, order=order, id="a")
    with pytest.raises(WrongFormat, match="The key b was used for another movement"):
        move_stock(store.office.ledger, twins)

    assert (5, 2) == store.level("board")


def test_parts_are_reserved_only_for_work_to_come_and_no_more_than_its_kit(store: Store) -> None:
    """What a person reserved is free again once the kit is smaller; an order that was deferred gets nothing."""
    store.has("board", 5)
    order, later = store.plans(kit={"board": 2}), store.plans(kit={"board": 2})
    said = {"now": store.office.now, "by": "bo"}
    reserve_by_hand(store.office.ledger, order, "board", 2, "central", key="one", **said)
    less = Decision(order=order, act=Act.CHANGE, by="bo", changes=Changes(kit={"board": 1}))
    decide(store.office.ledger, CLASSES, less, store.office.now, zone="UTC")
    store.keeps()
    store.office.moves_order(later, O.DEFERRED, until=store.office.now + DAY)

    assert (5, 1) == store.level("board")
    with pytest.raises(WrongFormat, match="is deferred; parts are reserved for orders to be worked on"):
        reserve_by_hand(store.office.ledger, later, "board", 2, "central", key="two", **said)


def test_the_last_piece_is_reserved_once_whoever_races(place) -> None:
    """Two ledgers of one database, eight orders, three pieces: three get one, five hear what is missing."""
    with SqlLedger(place) as ledger, SqlLedger(place) as other:
        store = Store(Office(ledger))
        store.has("board", 3)
        orders = [store.plans() for _ in range(8)]
        start, refused = Barrier(2), []

        def releases(office: Office, mine: list[str]) -> None:
            start.wait()
            for order in mine:
                try:
                    office.moves_order(order, O.RELEASED)
                except PartsMissing:
                    refused.append(order)

        threads = [
            Thread(target=releases, args=(Office(one, MONDAY + SECOND), orders[nth::2]))
            for nth, one in enumerate((ledger, other))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert ((3, 3), 5) == (store.level("board"), len(refused))
