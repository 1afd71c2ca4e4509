"""Threshold: columns and single readings say the same, and the order of arrival does not matter within the lateness."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.calm import REMEMBERED
from detectors.engine import Engine
from detectors.rule_table import read_rule
from detectors.rules import rules_entry
from domain.finding import FindingState
from domain.instants import DAY, MINUTE, SECOND
from tests.batches import Item, batch_of
from tests.streams import difference

EXAMPLES = int(os.environ.get("DETECTOR_EXAMPLES", "200"))
BEGIN = 20_000 * DAY
RULE = {
    "id": "hot",
    "kind": "threshold",
    "metric": "temp",
    "above": 90,
    "clear_below": 80,
    "for": "1m",
    "off": "1m",
    "gap": "3m",
    "lateness": "10m",
    "cooldown": "5m",
    "flapping": {"changes": 4, "within": "20m"},
}
WHILE = {"while": {"metric": "load", "above": 0}}
VALUES = (50.0, 50.0, 50.0, 50.0, 85.0, 95.0, 99.0)


def engine_with(**more):
    """An engine with the rule in force."""
    engine = Engine()
    rule = read_rule(RULE | more, lambda said, *path: pytest.fail(said))
    engine.control(0, "rules", rules_entry([rule]))
    return engine


READINGS = st.lists(
    st.tuples(
        st.sampled_from("ABBBBB"),
        st.sampled_from((1, 5, 10, 10, 10, 20, 30, 90, 400)),
        st.sampled_from((0, 0, 0, 0, 0, 0, 7, 45, 300, 900)),
        st.sampled_from(VALUES),
        st.sampled_from((None, None, None, 1.0, 1.0, -1.0)),
        st.sampled_from((0, 1, 1, 1)),
    ),
    max_size=150,
)
CALM = st.lists(
    st.tuples(
        st.just("A"), st.sampled_from((1, 10, 30)), st.just(0), st.just(50.0), st.sampled_from((None, 1.0)), st.just(1)
    ),
    min_size=REMEMBERED - 2,
    max_size=4 * REMEMBERED,
)


def rows_of(readings):
    """Items with seconds between them, some late, some in lists of one message."""
    now, position, rows = BEGIN, 0, []
    for device, step, late, value, load, new in readings:
        now += step * SECOND
        position += new or not rows
        values = {"temp": value} | ({} if load is None else {"load": load})
        rows.append(Item(device, now - late * SECOND, values, position, now))
    return rows


def in_batches(engine, rows, cuts):
    """What the engine says of the rows, in batches that end after these positions."""
    last = rows[-1].position if rows else 0
    ends = sorted({cut for cut in cuts if cut < last} | {last})
    found = []
    for after, upto in zip([0, *ends], ends, strict=False):
        some = [row for row in rows if after < row.position <= upto]
        found += engine.observe(batch_of(some, after=after, upto=upto))
    return found


@pytest.mark.parametrize("more", [{}, WHILE], ids=["plain", "while"])
@settings(max_examples=EXAMPLES // 8, deadline=None)
@given(calm=CALM, readings=READINGS, cuts=st.sets(st.integers(1, 300)))
def test_columns_and_single_readings_say_the_same(more, calm, readings, cuts):
    """Dense streams of which the columns take in what they can, as it is cut: to the last field."""
    rows = rows_of(calm + readings)
    one_by_one, whole, pieces = engine_with(**more), engine_with(**more), engine_with(**more)

    said = in_batches(whole, rows, ())
    assert difference(said, in_batches(one_by_one, rows, range(1, len(rows) + 1))) == ""
    assert difference(said, in_batches(pieces, rows, cuts)) == ""
    [detector] = [running.detector for running in whole.running.values()]
    [other] = [running.detector for running in one_by_one.running.values()]
    assert [detector.before(slot) for slot in range(2)] == [other.before(slot) for slot in range(2)]


def settled(engine, rows):
    """Beginnings, ends and states of the findings that stand in the end."""
    latest = {f.id: f for f in engine.observe(batch_of(rows))}
    standing = [f for f in latest.values() if f.state is not FindingState.WITHDRAWN]
    return sorted((f.started_at, str(f.state), f.count if not f.is_active else 0) for f in standing)


@pytest.mark.parametrize("more", [{}, WHILE], ids=["plain", "while"])
@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.integers(12, 60), st.sampled_from(VALUES), st.sampled_from((None, 1.0, 1.0, -1.0)), st.integers(0, 280)
        ),
        max_size=60,
    )
)
def test_order_within_the_lateness_does_not_matter(more, steps):
    """Each reading up to 280 seconds late: the settled view is that of order."""
    now, timely = BEGIN, []
    for step, value, load, late in steps:
        now += step * SECOND
        timely.append((now, late, {"temp": value} | ({} if load is None else {"load": load})))
    shuffled = sorted(timely, key=lambda row: row[0] + row[1] * SECOND)
    end = [Item("A", now + 20 * MINUTE, {"temp": 85.0, "load": 1.0})]

    in_order = settled(engine_with(**more), [Item("A", at, values) for at, _, values in timely] + end)
    as_came = settled(engine_with(**more), [Item("A", at, values) for at, _, values in shuffled] + end)

    assert in_order == as_came


def test_many_readings_of_one_key_in_one_batch_are_taken_in_at_once():
    """As a long buffer comes; the same state as one by one."""
    rows = [Item("A", BEGIN + n * SECOND, {"temp": 50.0, "load": float(n % 3 - 1)}, n + 1) for n in range(1_000)]
    at_once, one_by_one = engine_with(**WHILE), engine_with(**WHILE)
    in_batches(at_once, rows, ())
    in_batches(one_by_one, rows, range(1, 1_001))

    assert [r.detector.before(0) for r in at_once.running.values()] == [
        r.detector.before(0) for r in one_by_one.running.values()
    ]
