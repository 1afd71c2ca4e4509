"""Ranks: how rare a number is among its own past, so that views of different units can be compared."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.statistics.columns import Columns
from domain.batch import Floats, Ints

BINS = 192
PER_OCTAVE = 4.0
MIDDLE = BINS // 2
FULL = 60_000


@dataclass(slots=True)
class Ranks(Columns):
    """A histogram of logarithmic bins for each (slot, view), relative to the first number above zero.

    `step` answers −log10 of the share of the past at or above the new number, and a small `credit` for each
    tenfold above the record, at most one. During `warm_up` numbers the answer is zero.
    """

    counts: NDArray[np.uint16]
    unit: NDArray[np.float32]
    record: NDArray[np.float32]
    warm_up: int
    credit: float

    @classmethod
    def empty(cls, slots: int, views: int, *, warm_up: int = 30, credit: float = 0.3) -> "Ranks":
        """Ranks without a past."""
        return cls(
            counts=np.zeros((slots, views, BINS), np.uint16),
            unit=np.zeros((slots, views), np.float32),
            record=np.zeros((slots, views), np.float32),
            warm_up=warm_up,
            credit=credit,
        )

    def step(self, slots: Ints, numbers: Floats) -> Floats:
        """The surprise of `numbers[slot, view]`, each ≥ 0 or NaN for "no opinion"; then they join the past."""
        known = ~np.isnan(numbers)
        numbers = np.where(known, np.clip(numbers, 0.0, 1e30), 0.0)
        unit = self.unit[slots]
        unit = np.where((unit == 0.0) & (numbers > 0.0), numbers, unit)
        self.unit[slots] = unit
        counts = self.counts[slots].astype(np.int64)
        bins, share = place(numbers, unit)
        surprise = self.surprise(counts, numbers, bins, share, self.record[slots])
        self.record[slots] = np.maximum(self.record[slots], numbers)
        self.learn(slots, counts, bins, known)
        return np.where(known, surprise, 0.0)

    def surprise(self, counts: Ints, numbers: Floats, bins: Ints, share: Floats, record: Floats) -> Floats:
        """−log10 of the rank, with the credit above the record."""
        at = bins[..., None]
        upward = np.cumsum(counts[..., ::-1], axis=-1)[..., ::-1]
        total = upward[..., 0]
        inside = np.take_along_axis(counts, at, -1)[..., 0]
        from_here = np.take_along_axis(upward, at, -1)[..., 0]
        rank = (from_here - share * inside + 1.0) / (total + 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            above = np.where((numbers > record) & (record > 0.0), np.log10(numbers / record), 0.0)
        answer = -np.log10(np.clip(rank, 1e-9, 1.0)) + self.credit * np.clip(above, 0.0, 1.0)
        return np.where(total >= self.warm_up, answer, 0.0)

    def learn(self, slots: Ints, counts: Ints, bins: Ints, known: NDArray[np.bool_]) -> None:
        """Let the numbers join the past; a full histogram forgets half."""
        rows, views = np.nonzero(known)
        counts[rows, views, bins[rows, views]] += 1
        full = counts.max(axis=-1) >= FULL
        if full.any():
            counts[full] //= 2
        self.counts[slots] = counts


def place(numbers: Floats, unit: Floats) -> tuple[Ints, Floats]:
    """The bin of each number and how far into its bin it lies, 0 to 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        octaves = np.where(numbers > 0.0, np.log2(numbers / np.where(unit > 0.0, unit, 1.0)), -np.inf)
    exact = np.clip(octaves * PER_OCTAVE + MIDDLE, 0.0, BINS - 1e-6)
    bins = np.floor(exact).astype(np.int64)
    return np.where(numbers > 0.0, np.maximum(bins, 1), 0), np.where(numbers > 0.0, exact - bins, 0.0)
