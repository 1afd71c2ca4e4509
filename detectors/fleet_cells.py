"""Cells and scopes: how many devices are active where, how often they usually fail, and which scopes hold which cells.

What is usual is a long, decayed history that lags a week behind, so that a bad release does not teach us that it is
normal. A cell with little history is shrunk to its model's rate at its site: with `PRIOR` faults' worth of belief
(an empirical Bayes estimate under a gamma prior, as in Clayton and Kaldor 1987).
"""

from enum import IntEnum
from typing import Any

import msgspec
import numpy as np

from detectors.fleet_buckets import NAMES, Cell, Row
from detectors.fleet_columns import Columns
from domain.batch import Bools, Floats, Ints
from domain.ports import Arrays

PRIOR = 5.0
LAG = 8
"""Days that wait, the present one among them, before they count as usual."""
A_DAY = 24
HALF_LIFE = 28
"""Days after which history counts half."""

Scope = tuple[tuple[str, str], ...]


class Level(IntEnum):
    """What the cells of a scope have in common."""

    MODEL = 0
    FIRMWARE = 1
    REGION = 2
    RELEASE = 3
    SITE = 4
    GATEWAY = 5
    LOCAL = 6


FACTS: dict[Level, tuple[int, ...]] = {
    Level.MODEL: (0,),
    Level.FIRMWARE: (1,),
    Level.REGION: (3,),
    Level.RELEASE: (0, 1),
    Level.SITE: (2,),
    Level.GATEWAY: (4,),
    Level.LOCAL: (0, 1, 2),
}
"""Places in a cell, by level."""
COLUMNS: dict[str, tuple[type, float, int]] = {
    "active": (np.int64, 0, 0),
    "hours": (np.float64, 0, 0),
    "hits": (np.float64, 0, 0),
    "new_hours": (np.float64, 0, LAG),
    "new_hits": (np.float64, 0, LAG),
    "hours_before": (np.int64, 0, 0),
    "hits_before": (np.int64, 0, 0),
}
"""Devices active now; the history of active hours and faults; the last days of both, in a ring; and what devices that

came by an update did on the release before.
"""
CELLS = msgspec.msgpack.Decoder(list[Cell])


class Cells:
    """Cells in order of appearance, and the scopes that hold them."""

    def __init__(self) -> None:
        self.order: list[Cell] = []
        self.places: dict[Cell, int] = {}
        self.saved = 0
        self.columns = Columns("cell", COLUMNS)
        self.scopes: list[tuple[Level, Scope]] = []
        self.numbers: dict[tuple[Level, Scope], int] = {}
        self.of_cell: Ints = np.zeros((0, len(Level)), np.int64)
        """By cell and level, the number of the scope that holds it; -1 where there is none."""
        self.known_rates: Floats | None = None

    # -- what is there

    def place(self, cell: Cell) -> int:
        """The cell's row, given one if it is new."""
        if (row := self.places.get(cell)) is None:
            row = self.places[cell] = len(self.order)
            self.order.append(cell)
            self.columns.grow(row + 1)
            self.columns.touch(row)
            held = [[self.scope(level, cell) for level in Level]]
            self.of_cell = np.concatenate([self.of_cell, np.array(held, np.int64)])
            self.known_rates = None
        return row

    def scope(self, level: Level, cell: Cell) -> int:
        """The number of the scope that holds a cell, given one if it is new; -1: the cell lacks what would make it."""
        named = tuple((NAMES[place], cell[place]) for place in FACTS[level])
        if not all(value for _, value in named):
            return -1
        number = self.numbers.setdefault((level, named), len(self.scopes))
        if number == len(self.scopes):
            self.scopes.append((level, named))
        return number

    def take(self, row: Row) -> None:
        """What a bucket says of a cell."""
        place, columns = self.place(row.cell), self.columns
        columns["active"][place] += row.active
        columns["hours_before"][place] += row.hours_before
        columns["hits_before"][place] += row.hits_before
        columns.touch(place)

    def inside(self, number: int) -> Bools:
        """The cells of a scope."""
        level, _ = self.scopes[number]
        held: Bools = self.of_cell[:, level] == number
        return held

    def sums(self, weight: Floats) -> Floats:
        """By scope, the sum over its cells of a number a cell."""
        held = self.of_cell >= 0
        by_cell = np.broadcast_to(weight[:, None], held.shape)
        total: Floats = np.bincount(self.of_cell[held], weights=by_cell[held], minlength=len(self.scopes)).astype(float)
        return total

    # -- what is usual

    def rates(self) -> Floats:
        """By cell, usual faults an active hour; only their proportions mean something before the first fault."""
        if self.known_rates is None:
            self.known_rates = self.estimate()
        return self.known_rates

    def estimate(self) -> Floats:
        """Of the fleet, then of models, then of sites within it, then of cells."""
        hours, hits = self.columns["hours"], self.columns["hits"]
        overall = (hits.sum() + 0.5) / (hours.sum() + 1.0)
        model = self.groups(0)
        of_model = (np.bincount(model, hits) + PRIOR) / (np.bincount(model, hours) + PRIOR / overall)
        expected = of_model[model]
        site = self.groups(2)
        of_site = (np.bincount(site, hits) + PRIOR) / (np.bincount(site, hours * expected) + PRIOR)
        expected = expected * of_site[site]
        rates: Floats = (hits + PRIOR) / (hours + PRIOR / expected)
        return rates

    def groups(self, place: int) -> Ints:
        """Each cell's group by one of its values."""
        numbers: dict[str, int] = {}
        return np.array([numbers.setdefault(cell[place], len(numbers)) for cell in self.order], np.int64)

    # -- time

    def count(self, row: int, day: int, *, learns: bool) -> None:
        """A fault in a cell; `learns`: at once, because there is no history yet."""
        if learns:
            self.columns["hits"][row] += 1
        else:
            self.columns["new_hits"][row, day % LAG] += 1
        self.columns.touch(row)

    def pass_hour(self, day: int, counted: Bools, *, learns: bool) -> None:
        """An hour is over for the cells that count; cells in trouble do not."""
        active = np.maximum(self.columns["active"], 0) * counted
        if learns:
            self.columns["hours"][:] += active
        else:
            self.columns["new_hours"][:, day % LAG] += active
        self.columns.touch(active > 0)
        self.known_rates = None

    def pass_day(self, day: int) -> None:
        """A day begins; the one that leaves the ring becomes history."""
        fades = 0.5 ** (1 / HALF_LIFE)
        for total, new in (("hours", "new_hours"), ("hits", "new_hits")):
            self.columns[total][:] = self.columns[total] * fades + self.columns[new][:, day % LAG]
            self.columns[new][:, day % LAG] = 0
        self.columns.touch(slice(None))
        self.known_rates = None

    def forget_lately(self, cells: Bools) -> None:
        """What these cells did in the last days was no normal life."""
        for name in ("new_hours", "new_hits"):
            self.columns[name][cells] = 0
        self.columns.touch(cells)

    # -- snapshots

    def whole(self) -> dict[str, Any]:
        """All of it."""
        return {**self.names(0), **self.columns.whole()}

    def changed(self) -> dict[str, Any]:
        """What changed since the last call of `changed` or `whole`."""
        return {**self.names(self.saved), **self.columns.changed()}

    def names(self, first: int) -> dict[str, Any]:
        """Cells from a row on."""
        self.saved = len(self.order)
        return {"cells": np.frombuffer(msgspec.msgpack.encode(self.order[first:]), np.uint8)}

    def restore(self, state: Arrays) -> None:
        """Take cells in; the order of scopes follows from that of cells."""
        for cell in CELLS.decode(state["cells"].tobytes()):
            self.place(cell)
        self.saved = len(self.order)
        self.columns.restore(state)
        self.known_rates = None
