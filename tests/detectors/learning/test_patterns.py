"""Patterns fire where a person with a pencil says they do."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.learning.history import MILLISECOND, History, history_of
from detectors.learning.patterns import Pattern, Shape, firings_of, how_many, patterns
from domain.batch import Ints

WINDOWS = (3 * MILLISECOND, 10 * MILLISECOND)
COUNTS = (1, 2, 3)
Row = tuple[str, str, int]

ROWS = st.lists(
    st.tuples(st.sampled_from("XY"), st.sampled_from("ABC"), st.integers(0, 40).map(lambda n: n * MILLISECOND)),
    min_size=1,
    max_size=25,
)


def fires(pattern: Pattern, rows: set[Row], at: Row) -> bool:
    """Whether a pattern comes true with this event, by looking at all of them."""
    asset, name, now = at
    past = [(what, when) for who, what, when in rows if who == asset and now - pattern.within <= when <= now]
    if name not in pattern.parts:
        return False
    if pattern.shape is Shape.COUNT:
        return pattern.count == 1 or sum(what == name for what, _ in past) >= pattern.count
    if pattern.shape is Shape.ALL:
        return all(any(what == part for what, _ in past) for part in pattern.parts)
    first, then = pattern.parts
    return name == then and any(what == first and when < now for what, when in past)


@settings(max_examples=60, deadline=None)
@given(ROWS)
def test_every_pattern_fires_where_looking_at_every_event_says(rows: list[Row]) -> None:
    """All kinds and windows, on several assets, with events at the same instant."""
    told = history_of(rows, [("Z", "f", 50 * MILLISECOND)])
    found = list(patterns(told.names, told.event_lines, WINDOWS, COUNTS))

    assert len(found) == how_many(len(told.names), len(WINDOWS), COUNTS)
    for pattern, places in found:
        wanted = {(row[0], row[2]) for row in set(rows) if fires(pattern, set(rows), row)}
        assert wanted == told_of(told, places), pattern
        assert all(one < other for one, other in pairwise(places.tolist()))
        np.testing.assert_array_equal(places, firings_of(pattern, told.names, told.event_lines))


def told_of(told: History, places: Ints) -> set[tuple[str, int]]:
    """Assets and instants of places."""
    owners = [told.assets[number] for number in told.asset_of(places).tolist()]
    return set(zip(owners, told.instant_of(places).tolist(), strict=True))


@pytest.mark.parametrize("shape", Shape)
def test_simpler_patterns_come_first(shape: Shape) -> None:
    """Of equals the one with the shorter window is taken."""
    assert Pattern(shape, 1, 1, ("A",)) < Pattern(shape, 1, 2, ("A",))
