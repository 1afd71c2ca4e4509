"""Levels: a fast and a slow running mean of a series, how far they part, and how much the noise has changed."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.statistics.columns import Columns
from domain.batch import Floats, Ints

Singles = NDArray[np.float32]
TINY = 1e-30


@dataclass(slots=True)
class Levels(Columns):
    """Running means over `fast` and `slow` readings, of values and of the steps between them."""

    fast_mean: Floats
    slow_mean: Floats
    fast_step: Singles
    slow_step: Singles
    spread: Singles
    last: Floats
    fast: int
    slow: int

    @classmethod
    def empty(cls, slots: int, *, fast: int = 20, slow: int = 300) -> "Levels":
        """Nothing read yet."""
        return cls(
            fast_mean=np.zeros(slots),
            slow_mean=np.zeros(slots),
            fast_step=np.zeros(slots, np.float32),
            slow_step=np.zeros(slots, np.float32),
            spread=np.zeros(slots, np.float32),
            last=np.zeros(slots),
            fast=fast,
            slow=slow,
        )

    def step(self, slots: Ints, age: Ints, values: Floats) -> "Stand":
        """How each value stands to its past, which it then joins."""
        quick, calm = 1.0 / np.minimum(age + 1, self.fast), 1.0 / np.minimum(age + 1, self.slow)
        mean, slow = self.fast_mean[slots], self.slow_mean[slots]
        move = np.where(age > 0, np.abs(values - self.last[slots]), 0.0)
        off = values - slow
        spread = self.spread[slots].astype(np.float64)
        mean, slow = mean + (values - mean) * quick, slow + off * calm
        restless, usual = self.fast_step[slots].astype(np.float64), self.slow_step[slots].astype(np.float64)
        restless, usual = restless + (move - restless) * quick, usual + (move - usual) * calm
        self.fast_mean[slots], self.slow_mean[slots], self.last[slots] = mean, slow, values
        self.fast_step[slots], self.slow_step[slots] = restless, usual
        self.spread[slots] = spread + (np.abs(off) - spread) * calm
        return Stand(off, np.abs(mean - slow), restless, usual, np.where(age >= self.fast, spread, np.nan))


class Stand(NamedTuple):
    """How values stand to their past."""

    off: Floats
    """Value less slow mean."""
    apart: Floats
    """Size of fast less slow mean."""
    restless: Floats
    usual: Floats
    """Fast and slow mean of steps."""
    spread: Floats
    """Mean size of `off` so far; NaN while the series is young."""

    def noise(self) -> Floats:
        """How much the noise has changed: the size of the logarithm of fast over slow mean step."""
        return np.abs(np.log((self.restless + TINY) / (self.usual + TINY)))

    def rank(self) -> Floats:
        """Where in its past the value lies, 0 to 1, if that is logistic around the slow mean."""
        rank: Floats = 1.0 / (1.0 + np.exp(-np.clip(1.36 * self.off / (self.spread + TINY), -30.0, 30.0)))
        return rank
