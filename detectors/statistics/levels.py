"""Levels: a fast and a slow running mean of a series, how far they part, and how much the noise has changed."""

from dataclasses import dataclass

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

    def step(self, slots: Ints, age: Ints, values: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """How far the value lies from the slow mean, the fast from the slow mean, how noise changed; the value's rank.

        The change of noise is the logarithm of fast over slow mean step, its size only. The rank assumes the shape
        of a logistic distribution around the slow mean.
        """
        quick, calm = 1.0 / np.minimum(age + 1, self.fast), 1.0 / np.minimum(age + 1, self.slow)
        mean, slow = self.fast_mean[slots], self.slow_mean[slots]
        move = np.where(age > 0, np.abs(values - self.last[slots]), 0.0)
        off = values - slow
        spread = self.spread[slots].astype(np.float64)
        rank = 1.0 / (1.0 + np.exp(-np.clip(1.7 * off / (1.25 * spread + TINY), -30.0, 30.0)))
        mean, slow = mean + (values - mean) * quick, slow + off * calm
        restless, usual = self.fast_step[slots].astype(np.float64), self.slow_step[slots].astype(np.float64)
        restless, usual = restless + (move - restless) * quick, usual + (move - usual) * calm
        self.fast_mean[slots], self.slow_mean[slots], self.last[slots] = mean, slow, values
        self.fast_step[slots], self.slow_step[slots] = restless, usual
        self.spread[slots] = spread + (np.abs(off) - spread) * calm
        noise = np.abs(np.log((restless + TINY) / (usual + TINY)))
        return np.abs(off), np.abs(mean - slow), noise, np.where(age >= self.fast, rank, np.nan)
