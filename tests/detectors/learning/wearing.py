"""A fleet whose machines say a day ahead that they will fail: an event, and a metric that has risen."""

import numpy as np

from detectors.learning.fleet import Daily, Fleet
from detectors.learning.history import Records, records
from domain.batch import Floats
from domain.instants import DAY, HOUR, Instant
from domain.ports import Arrays

START: Instant = 20_000 * DAY
MACHINES, DAYS = 12, 100
LEVELS = (0.1, 0.5, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.98)

Rows = list[tuple[str, str, Instant]]


def wearing(seed: int) -> tuple[Fleet, Rows]:
    """The fleet and its failures, each at six in the morning. The event comes as often without a failure."""
    draw = np.random.default_rng(seed)
    names = [f"M-{number}" for number in range(MACHINES)]
    heat = draw.normal(50.0, 1.0, (MACHINES, DAYS, 1))
    events: Rows = []
    failures: Rows = []
    repairs: Rows = []
    for number, name in enumerate(names):
        for day in draw.choice(np.arange(5, DAYS - 2, 3), 8, replace=False).tolist():
            at = START + int(day) * DAY + 6 * HOUR
            events.append((name, "hot", at - DAY))
            if draw.random() < 0.5:
                heat[number, day - 2] += 20.0
                failures.append((name, "fan", at))
                repairs.append((name, "fan", at))
    fleet = Fleet(
        assets=names,
        events=records(events, names, ["hot"]),
        names=["hot"],
        repairs=records(repairs, names, ["fan"]),
        components=["fan"],
        daily=Daily(("heat",), START // DAY, heat),
        age=np.arange(MACHINES, dtype=np.float64),
        model=["A", "B"] * (MACHINES // 2),
    )
    return fleet, failures


def failed(failures: Rows, fleet: Fleet) -> Records:
    """Failures as columns."""
    return records(failures, fleet.assets, ["fan"])


def stump(rows: Floats, labels: Floats, seed: int) -> Arrays:
    """One tree with one question: the number that tells labels apart best. Unknown numbers go left."""
    best, column, line = -1.0, 0, 0.0
    for place in range(rows.shape[1]):
        for level in np.quantile(np.nan_to_num(rows[:, place]), LEVELS).tolist():
            right = np.nan_to_num(rows[:, place]) > level
            found = abs(float(np.corrcoef(right, labels)[0, 1])) if 0 < right.sum() < len(right) else 0.0
            if found > best:
                best, column, line = found, place, level
    above = np.nan_to_num(rows[:, column]) > line
    return {
        "roots": np.array([0]),
        "feature": np.array([column, 0, 0]),
        "threshold": np.array([line, 0.0, 0.0]),
        "left": np.array([1, -1, -1]),
        "right": np.array([2, -1, -1]),
        "missing_left": np.array([True, False, False]),
        "value": np.array([0.0, float(labels[~above].mean()), float(labels[above].mean())]),
        "base": np.array(0.0),
    }
