"""Moments: an event, or a reading that says something, as what a rule about both looks for."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from detectors.episodes import Happening
from detectors.limits import TRUE, Condition, condition
from detectors.readers import EventMatch, event_match
from domain.batch import RETAINED, Batch
from domain.instants import Instant

Moment = EventMatch | Condition


def moment(value: Any) -> Moment:
    """`"crash"`, `{ event = "error", code = "3" }` or `{ metric = "temp", above = 80 }`."""
    return condition(value) if isinstance(value, Mapping) and "metric" in value else event_match(value)


def pair(value: Any) -> tuple[Moment, Moment]:
    """`["power_cut", { metric = "temp", above = 80 }]`."""
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError('must be a list of two, such as ["power_cut", "start_failed"]')
    return moment(value[0]), moment(value[1])


def readings_of(batch: Batch, wanted: Mapping[str, Moment]) -> dict[int, list[tuple[Happening, Instant]]]:
    """By item, each reading that meets a condition, with the conditions' letters as its kind, and when it arrived."""
    found: dict[tuple[int, str], tuple[str, float]] = {}
    for role, looked_for in wanted.items():
        if isinstance(looked_for, Condition) and looked_for.metric in batch.metrics:
            rows = np.flatnonzero(batch.metric == list(batch.metrics).index(looked_for.metric))
            items, holds = looked_for.of(batch)
            counts = (holds == TRUE) & (batch.slot[items] >= 0) & (batch.flags[items] & RETAINED == 0)
            for item, row in zip(items[counts].tolist(), rows[counts].tolist(), strict=True):
                kind, _ = found.get((item, looked_for.metric), ("", 0.0))
                found[item, looked_for.metric] = (kind + role, float(batch.value[row]))
    said: dict[int, list[tuple[Happening, Instant]]] = {}
    for (item, metric), (kind, value) in found.items():
        said.setdefault(item, []).append((reading(batch, item, kind, metric, value), int(batch.received_at[item])))
    return said


def reading(batch: Batch, item: int, kind: str, metric: str, value: float) -> Happening:
    """A reading in its role for the rule; a state has no number."""
    return Happening(
        int(batch.item_at[item]),
        int(batch.boot[item]) if len(batch.boot) else -1,
        int(batch.seq[item]) if len(batch.seq) else -1,
        0,
        int(batch.position[item]),
        kind,
        batch.devices[int(batch.device[item])],
        metric,
        "",
        None if np.isnan(value) else value,
    )
