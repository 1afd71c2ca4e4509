"""Habits: which values, by rank, belong to which part of the day; how strange the last ones were for their hour."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.statistics.columns import Columns
from domain.batch import Floats, Ints
from domain.instants import DAY

FULL = 60_000


@dataclass(slots=True)
class Habits(Columns):
    """An adaptive table of counts [part of the day, level of value]; `step` gives the mean surprise in bits,
    as far as it exceeds that of a part of the day of which nothing is known.

    Levels are ranks: the caller says where among the series' past a value lies. The mean runs over `span` readings.
    """

    counts: NDArray[np.uint16]
    mean: NDArray[np.float32]
    age: NDArray[np.int32]
    span: int

    @classmethod
    def empty(cls, slots: int, *, parts: int = 24, levels: int = 8, span: int = 20) -> "Habits":
        """No habits yet."""
        return cls(
            counts=np.zeros((slots, parts, levels), np.uint16),
            mean=np.zeros(slots, np.float32),
            age=np.zeros(slots, np.int32),
            span=span,
        )

    def step(self, slots: Ints, at: Ints, rank: Floats) -> Floats:
        """The running surprise after a value at `rank` (0 lowest, 1 highest) in its past; NaN rank: no opinion."""
        _, parts, levels = self.counts.shape
        known = ~np.isnan(rank)
        part = (at % DAY) * parts // DAY
        level = np.minimum(np.where(known, rank, 0.0) * levels, levels - 1).astype(np.int64)
        counts = self.counts[slots, part].astype(np.float64)
        row = np.arange(len(slots))
        surprise = -np.log2((counts[row, level] + 2.0 / levels) / (counts.sum(axis=1) + 2.0))
        strange = np.maximum(surprise - np.log2(levels), 0.0)
        counts[row, level] += known
        counts[counts[row, level] >= FULL] *= 0.5
        self.counts[slots, part] = counts
        age = self.age[slots] + known
        self.age[slots] = age
        pace = 1.0 / np.clip(age, 1, self.span)
        mean = self.mean[slots] + np.where(known, strange - self.mean[slots], 0.0) * pace
        self.mean[slots] = mean
        return np.where(known, mean, np.nan)
