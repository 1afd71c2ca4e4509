"""Limits: a number in a rule, or a number that the registry knows of the asset; and the condition of `while`."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

import numpy as np

from detectors.readers import table_of
from detectors.roster import Roster
from domain.batch import Batch, Floats, Ints
from domain.registry import Facts

ASSET = "asset."
UNKNOWN, FALSE, TRUE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Limit:
    """The same number for everybody, or a tag of the registry that holds one."""

    number: float = nan
    tag: str = ""

    def of(self, facts: Facts) -> float:
        """The limit of an asset; NaN where the registry has no such number of it."""
        if not self.tag:
            return self.number
        try:
            number = float(facts.tags.get(self.tag, ""))
        except ValueError:
            return nan
        return number if isfinite(number) else nan


def limit(value: Any) -> Limit:
    """`85.0` or `"asset.max_temp"`."""
    if isinstance(value, str) and value.startswith(ASSET) and len(value) > len(ASSET):
        return Limit(tag=value.removeprefix(ASSET))
    return Limit(number(value, ' or a number of the asset, such as "asset.max_temp"'))


def number(value: Any, otherwise: str = "") -> float:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"must be a number{otherwise}")
    return float(value)


class LimitOfItems:
    """Each item's limit, asked of the registry once a device and change of the registry."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.known: dict[str, float] = {}
        self.changes = -1

    def of(self, batch: Batch, items: Ints, roster: Roster | None) -> Floats:
        """The limits of some items; NaN for none."""
        if not self.limit.tag or roster is None:
            return np.full(len(items), self.limit.number)
        if self.changes != roster.changes:
            self.known, self.changes = {}, roster.changes
        devices, place = np.unique(batch.device[items], return_inverse=True)
        names = [batch.devices[device] for device in devices.tolist()]
        found = np.array([self.of_device(name, roster) for name in names], np.float64)[place]
        moved = np.array([roster.has_moved(name) for name in names], np.bool_)[place]
        for row in np.flatnonzero(moved).tolist():
            item = items[row]
            found[row] = self.limit.of(roster.facts(batch.devices[batch.device[item]], int(batch.item_at[item])))
        return found

    def of_device(self, name: str, roster: Roster) -> float:
        """The limit of a device that never moved."""
        if (known := self.known.get(name)) is None:
            known = self.known[name] = self.limit.of(roster.facts(name, 0))
        return known


@dataclass(frozen=True, slots=True)
class Condition:
    """What another metric must say."""

    metric: str
    text: str | None = None
    """The state it is in …"""
    equals: float | None = None
    """… or its number …"""
    above: float | None = None
    below: float | None = None
    """… or the bounds of its number."""

    def of(self, batch: Batch) -> tuple[Ints, Ints]:
        """Items that speak of it, and whether it holds: TRUE, FALSE, or UNKNOWN where they say something else."""
        if self.metric not in batch.metrics:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        rows = np.flatnonzero(batch.metric == list(batch.metrics).index(self.metric))
        value, state = batch.value[rows], batch.state[rows]
        is_number = state < 0
        if self.text is not None:
            place = list(batch.states).index(self.text) if self.text in batch.states else len(batch.states)
            return batch.item[rows], np.where(state == place, TRUE, FALSE)
        holds = np.ones(len(rows), np.bool_)
        if self.equals is not None:
            holds &= value == self.equals
        if self.above is not None:
            holds &= value > self.above
        if self.below is not None:
            holds &= value < self.below
        return batch.item[rows], np.where(is_number, np.where(holds, TRUE, FALSE), UNKNOWN)


def condition(value: Any) -> Condition:
    """`{ metric = "state", is = "running" }`, or with `above` and `below` for numbers."""
    table = table_of(value, {"metric", "is", "above", "below"})
    if not isinstance(table.get("metric"), str) or not table["metric"]:
        raise ValueError('must name a metric, such as { metric = "state", is = "running" }')
    if ("is" in table) == bool({"above", "below"} & set(table)):
        raise ValueError("says either what the metric is, or above or below which number")
    wanted = table.get("is")
    if isinstance(wanted, str):
        return Condition(table["metric"], text=wanted)
    if isinstance(wanted, bool):
        return Condition(table["metric"], equals=float(wanted))
    return Condition(
        table["metric"],
        equals=optional(table, "is", ", a text, true or false in is"),
        above=optional(table, "above", " in above"),
        below=optional(table, "below", " in below"),
    )


def optional(table: Mapping[str, Any], name: str, otherwise: str) -> float | None:
    """A number that may be left out."""
    return number(table[name], otherwise) if name in table else None
