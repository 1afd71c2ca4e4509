"""Daily: what this time of day usually brings, and how far the last hours were off."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.statistics.columns import Columns
from detectors.statistics.weekly import WeeklyMeans
from domain.batch import Floats, Ints
from domain.instants import DAY, HOUR


@dataclass(slots=True)
class DailyMeans(Columns):
    """A running mean for every slot of the day; `step` gives the residual and its hours-long means.

    A young mean moves as a plain average and later as an exponential one over `memory` readings of the slot. Where
    `week` is kept, the hour of the week is taken off the residual as soon as weeks have shown that it helps.
    """

    mean: NDArray[np.float32]
    weight: NDArray[np.float32]
    drift: NDArray[np.float64]
    last: NDArray[np.int64]
    week: WeeklyMeans | None
    memory: float
    hours: tuple[float, ...]

    @classmethod
    def empty(
        cls,
        slots: int,
        *,
        parts: int = 96,
        memory: float = 30.0,
        hours: tuple[float, ...] = (4.0,),
        knows_weeks: bool = False,
    ) -> "DailyMeans":
        """Nothing known of any part of the day."""
        return cls(
            mean=np.zeros((slots, parts), np.float32),
            weight=np.zeros((slots, parts), np.float32),
            drift=np.zeros((slots, len(hours))),
            last=np.zeros(slots, np.int64),
            week=WeeklyMeans.empty(slots) if knows_weeks else None,
            memory=memory,
            hours=hours,
        )

    def step(self, slots: Ints, at: Ints, values: Floats) -> tuple[Floats, Floats]:
        """|residual| and, a column for each of `hours`, |mean of residuals|; NaN where this part of the day is new."""
        parts = self.mean.shape[1]
        part = (at % DAY) * parts // DAY
        mean, weight = self.mean[slots, part].astype(np.float64), self.weight[slots, part].astype(np.float64)
        known = weight > 0
        residual = np.where(known, values - mean, 0.0)
        if self.week is not None:
            residual = self.week.step(slots, at, residual, known)
        weight = np.minimum(weight + 1.0, self.memory)
        self.mean[slots, part] = mean + (values - mean) / weight
        self.weight[slots, part] = weight
        passed = np.clip(at - self.last[slots], 0, DAY)
        keep = np.exp(-passed[:, None] / (np.array(self.hours) * HOUR))
        self.last[slots] = at
        drift = self.drift[slots] * keep + residual[:, None] * (1.0 - keep)
        self.drift[slots] = drift
        return np.where(known, np.abs(residual), np.nan), np.where(known[:, None], np.abs(drift), np.nan)
