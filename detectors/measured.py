"""Measured: the readings of a batch that a rule on one metric looks at, and the points they make."""

from collections.abc import Iterator

import numpy as np

from detectors.limits import Condition
from detectors.points import WHILE, Point
from domain.batch import RETAINED, Batch, Bools, Floats, Ints


def measured(batch: Batch, metric: str) -> tuple[Ints, Floats]:
    """Items of the rule's keys that give the metric a number, and the numbers; what the broker kept is none."""
    if metric not in batch.metrics:
        return np.empty(0, np.int64), np.empty(0)
    rows = np.flatnonzero(batch.metric == list(batch.metrics).index(metric))
    items = batch.item[rows]
    counts = counting(batch, items)
    return items[counts], batch.value[rows[counts]]


def counting(batch: Batch, items: Ints) -> Bools:
    """Which items are of the rule's keys and no mere memory of the broker's."""
    counts: Bools = (batch.slot[items] >= 0) & (batch.flags[items] & RETAINED == 0)
    return counts


def add_condition(code: Ints, batch: Batch, condition: Condition | None) -> None:
    """Write what is said of the condition into the items' codes; what the broker kept says it, too."""
    if condition is not None:
        items, holds = condition.of(batch)
        code[items] += WHILE * holds


def point_of(batch: Batch, item: int, code: int, value: float) -> Point:
    """An item's reading as a point that can be evidence."""
    device, position = batch.devices[int(batch.device[item])], int(batch.position[item])
    return Point(int(batch.item_at[item]), code, value, device, position)


def bare_point(batch: Batch, item: int, code: int) -> Point:
    """An item's reading as a point of which nothing but its code matters."""
    return Point(int(batch.item_at[item]), code)


def points(
    batch: Batch, items: Ints, code: Ints, value: Floats, *, zones: frozenset[int]
) -> Iterator[tuple[int, Point]]:
    """Items and their points; value and place of those in some zones only."""
    for item in items.tolist():
        said = int(code[item])
        if said % WHILE in zones:
            yield item, point_of(batch, item, said, float(value[item]))
        else:
            yield item, bare_point(batch, item, said)
