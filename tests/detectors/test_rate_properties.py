"""Rate: it agrees with its definition written down plainly, and the order of arrival does not matter."""

import os

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from detectors.engine import Engine
from detectors.rule_table import read_rule
from detectors.rules import rules_entry
from domain.finding import FindingState
from domain.instants import DAY, MINUTE, SECOND
from tests.batches import Item, batch_of

EXAMPLES = int(os.environ.get("DETECTOR_EXAMPLES", "60"))
BEGIN = 20_000 * DAY + 7 * SECOND
WINDOW = 10 * MINUTE
RISES, CLEAR = 5.0, 1.0
RULE = {"id": "fast", "kind": "rate", "metric": "temp", "rises": RISES, "clear_below": CLEAR, "gap": "6m"}
READINGS = st.lists(
    st.tuples(
        st.sampled_from((5, 10, 20, 30, 40, 60, 90, 200, 400)),
        st.floats(-3.0, 3.0) | st.sampled_from((0.0, 1.0, -1.0, 30.0)),
        st.sampled_from((0, 0, 0, 30, 200, 400)),
    ),
    min_size=3,
    max_size=60,
)


def found_in(rows, **more):
    """The settled view: beginning, and whether it has ended."""
    engine = Engine()
    rule = read_rule(RULE | more, lambda said, *path: pytest.fail(said))
    engine.control(0, "rules", rules_entry([rule]))
    latest = {f.id: f for f in engine.observe(batch_of(rows))}
    standing = [f for f in latest.values() if f.state is not FindingState.WITHDRAWN]
    return sorted((f.started_at, f.state is FindingState.RESOLVED) for f in standing)


def timely(readings):
    """(when, what, how late) of each reading."""
    now, value = BEGIN, 20.0
    for step, change, late in readings:
        now, value = now + step * SECOND, value + change
        yield now, value, late * SECOND


def paces_of(rows, gap):
    """Straight from the definition: the slope per window of all readings of the last sixteen sixteenths."""
    each = WINDOW // 16
    for n, (at, _) in enumerate(rows):
        begin = max([0, *(m for m in range(1, n + 1) if rows[m][0] - rows[m - 1][0] > gap)])
        window = [(t, v) for t, v in rows[begin : n + 1] if t // each > at // each - 16]
        times = np.array([(t - at) / WINDOW for t, _ in window])
        is_known = len(window) >= 3 and times[-1] - times[0] >= 0.5
        yield float(np.polyfit(times, [v for _, v in window], 1)[0]) if is_known else None


def by_definition(rows, gap):
    """Beginnings and whether they ended, walking the paces."""
    found: list[tuple[int, bool]] = []
    for (at, _), pace in zip(rows, paces_of(rows, gap), strict=True):
        is_open = bool(found) and not found[-1][1]
        if pace is not None and not is_open and pace > RISES:
            found.append((at, False))
        elif pace is not None and is_open and pace < CLEAR:
            found[-1] = (found[-1][0], True)
    return found


@settings(max_examples=EXAMPLES, deadline=None)
@given(readings=READINGS)
def test_it_agrees_with_its_definition(readings):
    """Irregular readings, gaps, spikes: what the plain definition finds, and nothing else."""
    rows = [(at, value) for at, value, _ in timely(readings)]
    near = [pace for pace in paces_of(rows, 6 * MINUTE) if pace is not None]
    assume(all(abs(pace - bound) > 1e-6 for pace in near for bound in (RISES, CLEAR)))

    said = found_in([Item("A", at, {"temp": value}, n + 1) for n, (at, value) in enumerate(rows)])

    assert by_definition(rows, 6 * MINUTE) == said


@settings(max_examples=EXAMPLES, deadline=None)
@given(readings=READINGS.filter(lambda readings: len(readings) <= 30))
def test_order_within_the_lateness_does_not_matter(readings):
    """Each reading up to 400 seconds late: the settled view is that of order."""
    rows = list(timely(readings))
    shuffled = sorted(rows, key=lambda row: row[0] + row[2])

    in_order = found_in([Item("A", at, {"temp": value}, n + 1) for n, (at, value, _) in enumerate(rows)])
    as_came = found_in([Item("A", at, {"temp": value}, n + 1) for n, (at, value, _) in enumerate(shuffled)])

    assert in_order == as_came


@settings(max_examples=EXAMPLES // 4, deadline=None)
@given(readings=READINGS, resets=st.sets(st.integers(1, 60)))
def test_a_counter_s_resets_change_nothing(readings, resets):
    """A meter that is set back to nothing now and then is as fast as one that never is."""
    steps = [(at, abs(value - 20.0) % 3.0) for at, value, _ in timely(readings)]
    whole, broken, total, since = [], [], 100.0, 100.0
    for n, (at, step) in enumerate(steps):
        total, since = total + step, step if n in resets else since + step
        whole.append(Item("A", at, {"temp": total}, n + 1))
        broken.append(Item("A", at, {"temp": since}, n + 1))
    near = [pace for pace in paces_of([(i.at, i.values["temp"]) for i in whole], 6 * MINUTE) if pace is not None]
    assume(all(abs(pace - bound) > 1e-6 for pace in near for bound in (RISES, CLEAR)))

    assert found_in(whole, counter=True) == found_in(broken, counter=True)
