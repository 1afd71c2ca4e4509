"""Stock is never less than nothing and never promised twice, whatever happens in whatever order."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import NotInStock, WrongFormat
from domain.instants import DAY
from domain.part import Incoming, Level, Movement, MovementKind, Reservation
from maintenance.stock import Books, giving_way

K = MovementKind
PLACES = ("central", "van")
KINDS = st.sampled_from(list(K))


def movement(kind: MovementKind, pieces: int, place: str = "central", at: int = 10 * DAY, **said: object) -> Movement:
    """Something that happens to a part."""
    words = {
        "id": "m",
        "at": at,
        "recorded_at": max(at, 10 * DAY),
        "by": "bo",
        "why": "so" if kind is K.COUNT else "",
        "order": "W-2026-000001" if kind in (K.RESERVATION, K.RELEASE) else "",
        "to": "van" if place == "central" and kind is K.TRANSFER else "central" if kind is K.TRANSFER else "",
        "expected_at": 12 * DAY if kind is K.ORDERED else None,
    }
    return Movement(kind=kind, part="board", location=place, pieces=pieces, **(words | said))  # type: ignore[arg-type]


ANY = st.builds(
    lambda kind, pieces, place, day, order: movement(
        kind,
        pieces,
        place,
        day * DAY,
        recorded_at=20 * DAY,
        **({"order": order} if kind in (K.RESERVATION, K.RELEASE) else {}),
    ),
    KINDS,
    st.integers(0, 6),
    st.sampled_from(PLACES),
    st.integers(1, 20),
    st.sampled_from(["W-2026-000001", "W-2026-000002"]),
)


@settings(max_examples=200, deadline=None, database=None)
@given(st.lists(ANY, max_size=40))
def test_no_history_makes_stock_negative_or_promises_it_twice(history: list[Movement]) -> None:
    """What is refused leaves everything as it was; what is reserved is exactly what orders hold."""
    books = Books.of({})
    for each in history:
        before = (dict(books.levels), dict(books.reservations), len(books.done))
        try:
            books.book(each)
        except (NotInStock, WrongFormat):
            assert before == (books.levels, books.reservations, len(books.done))
        held: Counter[str] = Counter()
        for one in books.reservations.values():
            held[one.location] += one.pieces
        for level in books.levels.values():
            assert 0 <= level.reserved <= level.on_hand
            assert held[level.location] == level.reserved
            assert all(purchase.pieces > 0 for purchase in level.incoming)


@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(ANY.filter(lambda one: one.kind is not K.COUNT), max_size=40))
def test_pieces_come_and_go_only_by_receipts_and_issues(history: list[Movement]) -> None:
    """Transfers, reservations and purchases neither make pieces nor lose them."""
    books = Books.of({})
    for each in history:
        try:
            books.book(each)
        except (NotInStock, WrongFormat):
            continue
    sums = Counter({K.RECEIPT: 0, K.ISSUE: 0})
    for each in books.done:
        sums[each.kind] += each.pieces

    assert sums[K.RECEIPT] - sums[K.ISSUE] == sum(level.on_hand for level in books.levels.values())


BEFORE = Level(part="board", location="central", on_hand=5, reserved=2, incoming=(Incoming(11 * DAY, 3),))


@pytest.mark.parametrize(
    ("kind", "pieces", "after"),
    [
        (K.RECEIPT, 2, {"on_hand": 7, "incoming": (Incoming(11 * DAY, 1),)}),
        (K.RECEIPT, 9, {"on_hand": 14, "incoming": ()}),
        (K.ISSUE, 3, {"on_hand": 2}),
        (K.RESERVATION, 3, {"reserved": 5}),
        (K.RELEASE, 1, {"reserved": 1}),
        (K.COUNT, 4, {"on_hand": 4, "counted_at": 10 * DAY}),
        (K.ORDERED, 4, {"incoming": (Incoming(11 * DAY, 3), Incoming(12 * DAY, 4))}),
        (K.CALLED_OFF, 1, {"incoming": (Incoming(11 * DAY, 2),)}),
        (K.TRANSFER, 1, {"on_hand": 4}),
    ],
)
def test_each_kind_of_movement_does_one_thing(kind: MovementKind, pieces: int, after: dict[str, object]) -> None:
    """To the level where it begins."""
    books = Books.of(
        {("board", "central"): BEFORE},
        [Reservation(order="W-2026-000001", need="board", part="board", location="central", pieces=2)],
    )
    books.book(movement(kind, pieces))

    assert replace(BEFORE, **after) == books.level("board", "central")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "pieces"), [(K.ISSUE, 4), (K.RESERVATION, 4), (K.RELEASE, 3), (K.COUNT, 1), (K.CALLED_OFF, 4)]
)
def test_what_is_not_there_is_refused(kind: MovementKind, pieces: int) -> None:
    """Promised pieces are not there for others."""
    with pytest.raises(NotInStock):
        Books.of({("board", "central"): BEFORE}).book(movement(kind, pieces))


def test_a_later_count_has_seen_what_is_told_late() -> None:
    """It is written down, and changes nothing."""
    counted = replace(BEFORE, counted_at=9 * DAY)
    books = Books.of({("board", "central"): counted})
    books.book(movement(K.ISSUE, 3, at=8 * DAY))

    assert (counted, True) == (books.level("board", "central"), books.done[0].is_counted)


def test_who_is_named_first_gives_way_first() -> None:
    """And only as much as the count asks for."""
    held = [
        Reservation(order=name, need="board", part="board", location="central", pieces=2) for name in ("late", "soon")
    ]

    assert [("late", 2), ("soon", 1)] == [(one.order, one.pieces) for one in giving_way("board", "central", 1, held)]
    assert [] == list(giving_way("board", "van", 0, held))
