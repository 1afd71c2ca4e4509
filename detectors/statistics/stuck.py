"""Stuck: how improbable it is that a series repeats one value so often, by how often it did so before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.statistics.columns import Columns
from domain.batch import Bools, Floats, Ints

DOUBT = 9.0
"""A run that is a thing of one in so many tenfolds scores one half."""
LEAST = 6
"""Shorter runs say nothing: a message that is repeated by its sender is no stuck sensor."""
TIMES = 2.0
"""A run must be so many times the longest one before it …"""
TAUGHT = 4
"""… and teaches no more than so many times that."""
FULL = 60_000
Counts = NDArray[np.int32]


@dataclass(slots=True)
class Stuck(Columns):
    """Runs of one value: how they began, how they went on, how long the longest was.

    A run is taken as geometric: it begins with one chance and goes on with another, both learnt from the runs that
    are over, so that a valve that mostly stands still may stand still. What a long run teaches is bounded by four
    times the longest before it, unless it began in the warm-up; so one trouble does not hide the next, and a new habit
    is soon learnt. Of a series that was not yet seen to vary before its run nothing is said.
    """

    last: Floats
    length: Counts
    """Repeats of the run at hand; 0 where the last reading was a new value."""
    begun: Counts
    went_on: Counts
    longest: Counts
    warm_up: int

    @classmethod
    def empty(cls, slots: int, *, warm_up: int) -> "Stuck":
        """Nothing read yet."""
        return cls(
            last=np.zeros(slots),
            length=np.zeros(slots, np.int32),
            begun=np.zeros(slots, np.int32),
            went_on=np.zeros(slots, np.int32),
            longest=np.zeros(slots, np.int32),
            warm_up=warm_up,
        )

    def step(self, slots: Ints, age: Ints, values: Floats) -> Floats:
        """The score in [0, 1] of each slot's run, which the value carries on or ends. `age` counts readings before."""
        repeats = (age > 0) & (values == self.last[slots])
        length = self.length[slots]
        self.learn(slots[~repeats], length[~repeats], is_first=(age - length <= self.warm_up)[~repeats])
        length = np.where(repeats, np.minimum(length + 1, FULL), 0)
        self.length[slots], self.last[slots] = length, values
        return np.where(age - length >= self.warm_up, self.score(slots, age, length), 0.0)

    def score(self, slots: Ints, age: Ints, length: Counts) -> Floats:
        """How far beyond chance and beyond the longest run the runs are."""
        begun, went_on = self.begun[slots].astype(np.float64), self.went_on[slots].astype(np.float64)
        begins = (begun + 1.0) / (np.minimum(age, FULL) + 2.0)
        goes_on = (went_on + 1.0) / (went_on + begun + 2.0)
        surprise = -np.log10(np.minimum(begins, 1.0)) - (length - 1) * np.log10(goes_on)
        is_new = (length >= LEAST) & (length > TIMES * self.longest[slots])
        score: Floats = np.where(is_new, surprise / (surprise + DOUBT), 0.0)
        return score

    def learn(self, slots: Ints, length: Counts, *, is_first: Bools) -> None:
        """Runs are over; those of the warm-up teach all that they were."""
        ran = length > 0
        slots, length, is_first = slots[ran], length[ran], is_first[ran]
        most = np.where(is_first, FULL, TAUGHT * np.maximum(self.longest[slots], LEAST))
        length = np.minimum(length, most).astype(np.int32)
        self.begun[slots] += 1
        self.went_on[slots] += length - 1
        self.longest[slots] = np.maximum(self.longest[slots], length)
        full = slots[self.begun[slots] + self.went_on[slots] > FULL]
        self.begun[full] //= 2
        self.went_on[full] //= 2
