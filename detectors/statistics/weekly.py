"""Weekly: what the hour of the week adds to what the time of day brings, once weeks have shown that it does."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.statistics.columns import Columns
from domain.batch import Bools, Floats, Ints
from domain.instants import DAY, HOUR

WEEK = 7 * DAY
HOURS = 168
LONGEST = 8
"""An hour's mean moves as that of so many weeks at most."""
WEEKS = 2
"""So many weeks must be known before the hour of the week is believed …"""
GAIN = 0.6
"""… and it must bring the usual residual down to this share; it is given up when it no longer brings it down."""


@dataclass(slots=True)
class WeeklyMeans(Columns):
    """The mean residual of each hour of the week. An hour joins it when it is over: earlier weeks judge it."""

    mean: NDArray[np.float32]
    since: NDArray[np.int64]
    """When the first reading came, plus one; 0 = none yet."""
    hour: NDArray[np.int64]
    """The hour that goes on, counted from 1970 …"""
    total: Floats
    count: NDArray[np.float32]
    """… and the sum and number of its residuals."""
    plain: NDArray[np.float32]
    corrected: NDArray[np.float32]
    """The usual size of an hour's residual in the last week, without and with the hour of the week."""
    is_believed: NDArray[np.bool_]
    """The hour of the week is taken off, because it helps."""

    @classmethod
    def empty(cls, slots: int) -> "WeeklyMeans":
        """Nothing known of any hour."""
        return cls(
            mean=np.zeros((slots, HOURS), np.float32),
            since=np.zeros(slots, np.int64),
            hour=np.zeros(slots, np.int64),
            total=np.zeros(slots),
            count=np.zeros(slots, np.float32),
            plain=np.zeros(slots, np.float32),
            corrected=np.zeros(slots, np.float32),
            is_believed=np.zeros(slots, np.bool_),
        )

    def step(self, slots: Ints, at: Ints, residual: Floats, known: Bools) -> Floats:
        """The residuals, 0 where not known, less what their hour of the week usually leaves, where that is believed."""
        hour = at // HOUR
        over = hour != self.hour[slots]
        if over.any():
            self.close(slots[over], at[over])
            self.hour[slots] = hour
        self.total[slots] += residual
        self.count[slots] += known
        believed = self.is_believed[slots]
        if not believed.any():
            return residual
        return residual - np.where(believed, self.mean[slots, hour % HOURS], 0.0)

    def close(self, slots: Ints, at: Ints) -> None:
        """Let hours that are over join their means, and see whether it would have helped to know these."""
        since = np.where(self.since[slots] == 0, at + 1, self.since[slots])
        self.since[slots] = since
        age, count, place = np.maximum(at - since, 0), self.count[slots], self.hour[slots] % HOURS
        usual, here = self.mean[slots, place].astype(np.float64), self.total[slots] / np.maximum(count, 1.0)
        counts = (count > 0) & (age >= WEEK)
        plain, corrected = self.plain[slots].astype(np.float64), self.corrected[slots].astype(np.float64)
        plain = plain + np.where(counts, np.abs(here) - plain, 0.0) / HOURS
        corrected = corrected + np.where(counts, np.abs(here - usual) - corrected, 0.0) / HOURS
        share = np.where(self.is_believed[slots], 1.0, GAIN)
        self.is_believed[slots] = (age >= WEEKS * WEEK) & (corrected < share * plain)
        self.plain[slots], self.corrected[slots] = plain, corrected
        pace = np.where(count > 0, 1.0 / np.minimum(age // WEEK + 1, LONGEST), 0.0)
        self.mean[slots, place] = usual + (here - usual) * pace
        self.total[slots], self.count[slots] = 0.0, 0.0
