"""Ranks: how rare a number is among its own past, so that views of different units can be compared."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.statistics.columns import Columns
from domain.batch import Floats, Ints

OCTAVES = 48
FULL = 60_000


@dataclass(slots=True)
class Ranks(Columns):
    """A histogram of `bins` logarithmic bins for each (slot, view), half of them below the first number above zero.

    `step` answers −log10 of the share of the past at or above the new number, and a small `credit` for each
    tenfold above the record, at most one. During `warm_up` numbers the answer is zero.
    """

    counts: NDArray[np.uint16]
    unit: NDArray[np.float32]
    record: NDArray[np.float32]
    warm_up: int
    credit: float

    @classmethod
    def empty(cls, slots: int, views: int, *, bins: int = 192, warm_up: int = 30, credit: float = 0.3) -> "Ranks":
        """No past."""
        return cls(
            counts=np.zeros((slots, views, bins), np.uint16),
            unit=np.zeros((slots, views), np.float32),
            record=np.zeros((slots, views), np.float32),
            warm_up=warm_up,
            credit=credit,
        )

    def step(self, slots: Ints, numbers: Floats) -> Floats:
        """The surprise of `numbers[slot, view]`, each ≥ 0 or NaN for "no opinion"; then they join the past."""
        known = ~np.isnan(numbers)
        numbers = np.where(known, np.clip(numbers, 0.0, 1e30), 0.0)
        unit = self.unit[slots].astype(np.float64)
        unit = np.where((unit == 0.0) & (numbers > 0.0), numbers, unit)
        self.unit[slots] = unit
        bins, share = place(numbers, unit, self.counts.shape[-1])
        counts = self.counts[slots]
        surprise = self.surprise(counts, numbers, bins, share, self.record[slots].astype(np.float64))
        self.record[slots] = np.maximum(self.record[slots], numbers)
        self.learn(slots, counts, bins, known)
        return np.where(known, surprise, 0.0)

    def surprise(
        self, counts: NDArray[np.uint16], numbers: Floats, bins: Ints, share: Floats, record: Floats
    ) -> Floats:
        """−log10 of the rank, with the credit above the record."""
        total = counts.sum(axis=-1, dtype=np.int64)
        above = np.where(np.arange(counts.shape[-1]) > bins[..., None], counts, 0).sum(axis=-1, dtype=np.int64)
        inside = np.take_along_axis(counts, bins[..., None], -1)[..., 0]
        rank = (above + (1.0 - share) * inside + 1.0) / (total + 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            excess = np.where((numbers > record) & (record > 0.0), np.log10(numbers / record), 0.0)
        answer = -np.log10(np.minimum(rank, 1.0)) + self.credit * np.clip(excess, 0.0, 1.0)
        return np.where(total >= self.warm_up, answer, 0.0)

    def learn(self, slots: Ints, counts: NDArray[np.uint16], bins: Ints, known: NDArray[np.bool_]) -> None:
        """Let the numbers join the past; a full histogram forgets half."""
        rows, views = np.nonzero(known)
        bins = bins[rows, views]
        counts[rows, views, bins] += 1
        full = counts[rows, views, bins] >= FULL
        counts[rows[full], views[full]] //= 2
        self.counts[slots] = counts


def place(numbers: Floats, unit: Floats, bins: int) -> tuple[Ints, Floats]:
    """The bin of each number and how far into its bin it lies, 0 to 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        octaves = np.where(numbers > 0.0, np.log2(numbers / np.where(unit > 0.0, unit, 1.0)), -np.inf)
    exact = np.clip(octaves * (bins / OCTAVES) + bins // 2, 0.0, bins - 1e-6)
    whole = np.floor(exact).astype(np.int64)
    return np.where(numbers > 0.0, np.maximum(whole, 1), 0), np.where(numbers > 0.0, exact - whole, 0.0)
