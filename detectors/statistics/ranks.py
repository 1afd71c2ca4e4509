"""Ranks: how rare a number is among its own past, so that views of different units can be compared."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.statistics.columns import Columns
from domain.batch import Floats, Ints

OCTAVES = 48
FULL = 60_000
NOTHING = 1e-30
"""A number so small is zero."""
Counts = NDArray[np.uint16]


@dataclass(slots=True)
class Ranks(Columns):
    """For each (slot, view): how many past numbers lie in or above each of `bins` logarithmic bins.

    Half of the bins lie below the first number above zero. `step` answers −log10 of the share of the past at or
    above the new number, and a small `credit` for each tenfold above the record, at most one. During `warm_up`
    numbers the answer is zero; a full past forgets half.
    """

    upward: Counts
    unit: NDArray[np.float32]
    record: NDArray[np.float32]
    warm_up: int
    credit: float

    @classmethod
    def empty(cls, slots: int, views: int, *, bins: int = 192, warm_up: int = 30, credit: float = 0.3) -> "Ranks":
        """No past."""
        return cls(
            upward=np.zeros((slots, views, bins), np.uint16),
            unit=np.zeros((slots, views), np.float32),
            record=np.zeros((slots, views), np.float32),
            warm_up=warm_up,
            credit=credit,
        )

    def forget(self, slots: Ints, view: int) -> None:
        """A view of these slots has no past."""
        self.upward[slots, view], self.unit[slots, view], self.record[slots, view] = 0, 0.0, 0.0

    def step(self, slots: Ints, numbers: Floats) -> Floats:
        """The surprise of `numbers[slot, view]`, each ≥ 0 or NaN for "no opinion"; then they join the past."""
        known = ~np.isnan(numbers)
        numbers = np.where(known & (numbers > NOTHING), np.minimum(numbers, 1e30), 0.0)
        unit = self.unit[slots].astype(np.float64)
        unit = np.where((unit == 0.0) & (numbers > 0.0), numbers, unit)
        self.unit[slots] = unit
        bins, share = place(numbers, unit, self.upward.shape[-1])
        upward = self.upward[slots]
        record = self.record[slots].astype(np.float64)
        surprise = self.surprise(upward, bins, share) + self.beyond(numbers, record)
        old = upward[..., 0] >= self.warm_up
        self.record[slots] = np.maximum(record, numbers)
        self.learn(slots, upward, bins, known)
        return np.where(known & old, surprise, 0.0)

    def surprise(self, upward: Counts, bins: Ints, share: Floats) -> Floats:
        """−log10 of the rank of a number that lies `share` into its bin."""
        width = upward.shape[-1]
        flat = upward.reshape(-1)
        at = np.arange(bins.size).reshape(bins.shape) * width + bins
        here = flat.take(at).astype(np.float64)
        above = np.where(bins + 1 < width, flat.take(at + 1, mode="clip"), 0)
        rank: Floats = (here - share * (here - above) + 1.0) / (upward[..., 0] + 1.0)
        return -np.log10(rank)

    def beyond(self, numbers: Floats, record: Floats) -> Floats:
        """The credit for what is above the record."""
        new = (numbers > record) & (record > 0.0)
        credit = np.zeros_like(numbers)
        credit[new] = self.credit * np.minimum(np.log10(numbers[new] / record[new]), 1.0)
        return credit

    def learn(self, slots: Ints, upward: Counts, bins: Ints, known: NDArray[np.bool_]) -> None:
        """Let the numbers join the past."""
        width = upward.shape[-1]
        steps = np.tri(width + 1, width, -1, dtype=np.uint16)
        upward += steps.take(np.where(known, bins + 1, 0), axis=0)
        full = upward[..., 0] >= FULL
        if full.any():
            upward[full] //= 2
        self.upward[slots] = upward


def place(numbers: Floats, unit: Floats, bins: int) -> tuple[Ints, Floats]:
    """The bin of each number and how far into its bin it lies, 0 to 1; zero has the lowest bin for itself."""
    positive = numbers > 0.0
    ratio = np.divide(numbers, unit, out=np.ones_like(numbers), where=positive)
    exact = np.clip(np.log2(ratio) * (bins / OCTAVES) + bins // 2, 1.0, bins - 1e-6)
    whole = np.floor(exact).astype(np.int64)
    return np.where(positive, whole, 0), np.where(positive, exact - whole, 0.0)
