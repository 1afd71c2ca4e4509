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
MEMORY = 1000.0
"""Readings over which the usual residual is taken."""


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
    """The usual size of the residual, without and with the hour of the week."""
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
        """The residuals less what their hour of the week usually leaves; as they are while that is no better."""
        hour = at // HOUR
        since = np.where(self.since[slots] == 0, at + 1, self.since[slots])
        age = np.maximum(at - since, 0)
        self.since[slots] = since
        self.close(slots, hour, age)
        left = residual - self.mean[slots, hour % HOURS]
        share = np.where(self.is_believed[slots], 1.0, GAIN)
        believed = (age >= WEEKS * WEEK) & (self.corrected[slots] < share * self.plain[slots])
        self.is_believed[slots] = believed
        counts = known & (age >= WEEK)
        for usual, size in ((self.plain, np.abs(residual)), (self.corrected, np.abs(left))):
            usual[slots] += np.where(counts, size - usual[slots], 0.0) / MEMORY
        self.hour[slots] = hour
        self.total[slots] += np.where(known, residual, 0.0)
        self.count[slots] += known
        return np.where(believed, left, residual)

    def close(self, slots: Ints, hour: Ints, age: Ints) -> None:
        """Let hours that are over join their means."""
        over = (hour != self.hour[slots]) & (self.count[slots] > 0)
        done, place = slots[over], self.hour[slots[over]] % HOURS
        pace = 1.0 / np.minimum(age[over] // WEEK + 1, LONGEST)
        mean = self.mean[done, place].astype(np.float64)
        self.mean[done, place] = mean + (self.total[done] / self.count[done] - mean) * pace
        self.total[done], self.count[done] = 0.0, 0.0
