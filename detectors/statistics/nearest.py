"""Nearest windows: how unlike the last rows are to everything the series did before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.statistics.columns import Columns
from domain.batch import Floats, Ints

FAR = 1e18
Singles = NDArray[np.float32]


@dataclass(slots=True)
class NearestWindows(Columns):
    """The distance of the latest window to the k-th nearest earlier one, each lag's sum of squares kept running.

    A window fades: a row `i` back weighs (1 − 1/rows)^i, so one multiply-add a lag moves the window on.
    `past` is a ring written backwards, so that from its newest value on it reads by lag. Memory: 8 bytes a lag.
    """

    past: Singles
    squares: Singles
    seen: Ints
    rows: int
    neighbour: int

    @classmethod
    def empty(cls, slots: int, *, lags: int, rows: int, neighbour: int = 5) -> "NearestWindows":
        """No history yet; windows up to `lags` rows back are remembered."""
        return cls(
            past=np.zeros((slots, lags), np.float32),
            squares=np.zeros((slots, lags), np.float32),
            seen=np.zeros(slots, np.int64),
            rows=rows,
            neighbour=neighbour,
        )

    def step(self, slots: Ints, values: Floats) -> tuple[Floats, Floats]:
        """The window's distance and the value's rank in the past, 0 to 1; NaN while there is too little past."""
        lags = self.past.shape[1]
        seen = self.seen[slots]
        past = self.by_lag(slots, seen)
        fresh = np.clip(values, -FAR, FAR).astype(np.float32)
        rank = standing(past, fresh, np.minimum(seen, lags))
        gap = fresh[:, None] - past
        gap *= gap
        young = np.nonzero(seen < lags + self.rows)[0]
        lag = np.arange(1, lags + 1)
        gap[young] *= lag <= seen[young, None]
        squares = self.squares[slots]
        squares *= np.float32(1.0 - 1.0 / self.rows)
        squares += gap
        self.squares[slots] = squares
        self.past[slots, (-seen - 1) % lags] = fresh
        self.seen[slots] = seen + 1
        squares[young] = np.where(lag > seen[young, None] - self.rows, np.float32(np.inf), squares[young])
        nearest = np.partition(squares[:, self.rows - 1 :], self.neighbour - 1, axis=1)[:, self.neighbour - 1]
        return np.where(np.isfinite(nearest), np.sqrt(nearest.astype(np.float64)), np.nan), rank

    def by_lag(self, slots: Ints, seen: Ints) -> Singles:
        """The past of each slot, newest first."""
        lags = self.past.shape[1]
        newest = -seen % lags
        if len(slots) and (newest == newest[0]).all():
            turn = int(newest[0])
            return np.concatenate([self.past[slots, turn:], self.past[slots, :turn]], axis=1)
        past = np.empty((len(slots), lags), np.float32)
        for row, (slot, turn) in enumerate(zip(slots.tolist(), newest.tolist(), strict=True)):
            past[row, : lags - turn] = self.past[slot, turn:]
            past[row, lags - turn :] = self.past[slot, :turn]
        return past


def standing(past: Singles, fresh: Singles, known: Ints, least: int = 30) -> Floats:
    """The share of the first `known` of each row's `past` below `fresh`, ties half; NaN below `least` of them."""
    below = np.count_nonzero(past < fresh[:, None], axis=1)
    equal = np.count_nonzero(past == fresh[:, None], axis=1)
    unused = past.shape[1] - known
    below = below - np.where(fresh > 0, unused, 0)
    equal = equal - np.where(fresh == 0, unused, 0)
    return np.where(known >= least, (below + 0.5 * equal + 0.5) / (known + 1.0), np.nan)


@dataclass(slots=True)
class CoarseWindows(Columns):
    """Nearest windows of means of `every` readings; between two means the last distance stands."""

    windows: NearestWindows
    total: Floats
    count: Ints
    last: Floats
    every: int

    @classmethod
    def empty(cls, slots: int, *, every: int, lags: int, rows: int, neighbour: int = 5) -> "CoarseWindows":
        """No history yet; windows up to `lags` means back are remembered."""
        windows = NearestWindows.empty(slots, lags=lags, rows=rows, neighbour=neighbour)
        return cls(windows, np.zeros(slots), np.zeros(slots, np.int64), np.zeros(slots), every)

    def step(self, slots: Ints, values: Floats) -> Floats:
        """The distance of the last whole window; NaN while there is too little past."""
        self.total[slots] += values
        self.count[slots] += 1
        whole = slots[self.count[slots] >= self.every]
        if len(whole):
            self.last[whole], _ = self.windows.step(whole, self.total[whole] / self.every)
            self.total[whole] = 0.0
            self.count[whole] = 0
        return np.where(self.windows.seen[slots] == 0, np.nan, self.last[slots])
