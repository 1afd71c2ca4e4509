"""Nearest windows: how unlike the last rows are to everything the series did before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.statistics.columns import Columns
from domain.batch import Floats, Ints


@dataclass(slots=True)
class NearestWindows(Columns):
    """The distance of the latest window to the k-th nearest earlier one, each lag's sum of squares kept running.

    A window fades: a row `i` back weighs (1 − 1/rows)^i, so one multiply-add a lag moves the window on.
    Memory: 8 bytes a lag.
    """

    past: NDArray[np.float32]
    squares: NDArray[np.float32]
    seen: NDArray[np.int64]
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

    def step(self, slots: Ints, values: Floats) -> Floats:
        """The distance of each slot's window that now ends with `values`; NaN while there is too little past."""
        lags = self.past.shape[1]
        seen = self.seen[slots]
        lag = np.arange(1, lags + 1)
        reach = (seen[:, None] - lag[None, :]) % lags
        past = self.past[slots[:, None], reach]
        fresh = values.astype(np.float32)
        gap = fresh[:, None] - past
        gap *= gap
        young = seen < lags + self.rows
        if young.any():
            gap[young] *= lag[None, :] <= seen[young, None]
        squares = self.squares[slots]
        squares *= np.float32(1.0 - 1.0 / self.rows)
        squares += gap
        self.squares[slots] = squares
        self.past[slots, seen % lags] = fresh
        self.seen[slots] = seen + 1
        near = squares[:, self.rows - 1 :]
        if young.any():
            far = lag[None, self.rows - 1 :] > seen[young, None] - self.rows
            near[young] = np.where(far, np.float32(np.inf), near[young])
        k = self.neighbour - 1
        distance = np.sqrt(np.partition(near, k, axis=1)[:, k].astype(np.float64))
        return np.where(np.isfinite(distance), distance, np.nan)


@dataclass(slots=True)
class CoarseWindows(Columns):
    """Nearest windows of means of `every` readings; between two means the last distance stands."""

    windows: NearestWindows
    total: Floats
    count: NDArray[np.int64]
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
            self.last[whole] = self.windows.step(whole, self.total[whole] / self.every)
            self.total[whole] = 0.0
            self.count[whole] = 0
        young = self.windows.seen[slots] == 0
        return np.where(young, np.nan, self.last[slots])
