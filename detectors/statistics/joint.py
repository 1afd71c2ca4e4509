"""Joint: several metrics of one asset, by a robust covariance of how their short means leave their long ones.

Source: Hotelling's T² on running estimates (Hotelling 1947) with a shrunk correlation (Ledoit and Wolf 2004), changed
in three ways. A metric that wanders by itself speaks less; the fourth power mean lets few metrics speak for all;
while the asset is out of its normal state, that state is hardly learnt.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.statistics.columns import Columns
from domain.batch import Floats, Ints

TINY = 1e-18
LARGE = 1e15


@dataclass(frozen=True, slots=True, kw_only=True)
class JointSettings:
    """One default for all assets."""

    fast: int = 5
    slow: int = 120
    """Readings of the short and the long mean."""
    memory: int = 1000
    """Readings over which normal departures are learnt."""
    warm_up: int = 150
    shrink: float = 0.5
    """How much of the correlations is not believed."""
    wander: float = 0.25
    """How much less a metric says that wanders more than its noise explains."""
    leak: float = 0.02
    """How fast the normal state is learnt while it is left, compared with usual."""
    alarm: float = 2.3
    """Departure, in usual departures, that is an alarm and scores one half …"""
    release: float = 0.85
    """… and the share of it below which the alarm ends."""


@dataclass(slots=True)
class Joint(Columns):
    """Scores rows of several metrics, one slot an asset."""

    age: Ints
    last: Floats
    short: Floats
    long: Floats
    noise: Floats
    covariance: Floats
    learnt: Floats
    away: NDArray[np.bool_]
    """Whether the asset is out of its normal state: the alarm."""
    shown: Floats
    """How far each metric was off last."""
    settings: JointSettings = field(default_factory=JointSettings)

    @classmethod
    def empty(cls, slots: int, metrics: int, settings: JointSettings | None = None) -> "Joint":
        """Room for `slots` assets without a past."""
        return cls(
            age=np.zeros(slots, np.int64),
            last=np.zeros((slots, metrics)),
            short=np.zeros((slots, metrics)),
            long=np.zeros((slots, metrics)),
            noise=np.zeros((slots, metrics)),
            covariance=np.zeros((slots, metrics, metrics)),
            learnt=np.zeros(slots),
            away=np.zeros(slots, np.bool_),
            shown=np.zeros((slots, metrics)),
            settings=settings or JointSettings(),
        )

    def step(self, slots: Ints, at: Ints, values: Floats) -> Floats:
        """The scores in [0, 1] of one row `values[slot, metric]` each; a value that is not finite stands as it was."""
        s = self.settings
        age = self.age[slots][:, None]
        last = self.last[slots]
        values = np.where(np.isfinite(values), np.clip(values, -LARGE, LARGE), last)
        first = age == 0
        short, long = np.where(first, values, self.short[slots]), np.where(first, values, self.long[slots])
        pace = np.where(self.away[slots], s.leak, 1.0)[:, None]
        move = np.where(first, 0.0, values - last)
        noise = self.noise[slots]
        noise = noise + (move * move / 2.0 - noise) * pace / np.minimum(age + 1, s.memory)
        short = short + (values - short) / np.minimum(age + 1, s.fast)
        departure = short - long
        size = self.size(slots, departure, noise)
        self.judge(slots, age[:, 0], size)
        self.learn(slots, age[:, 0], departure)
        pace = np.where(self.away[slots], s.leak, 1.0)[:, None]
        self.long[slots] = long + (values - long) * pace / np.minimum(age + 1, s.slow)
        self.short[slots], self.last[slots], self.noise[slots] = short, values, noise
        self.age[slots] += 1
        score: Floats = size / (size + s.alarm)
        return np.where(age[:, 0] >= s.warm_up, score, 0.0)

    def size(self, slots: Ints, departure: Floats, noise: Floats) -> Floats:
        """The departure as one number: 1 is usual."""
        share = self.shares(slots, departure, noise)
        self.shown[slots] = share
        peak = np.max(share, axis=1, initial=0.0)
        scaled = share / np.maximum(peak, TINY)[:, None]
        size: Floats = np.sqrt(np.sqrt(np.mean(scaled**4, axis=1))) * peak
        return size

    def shares(self, slots: Ints, departure: Floats, noise: Floats) -> Floats:
        """How far each metric, freed of what it shares with the others, has left its normal state."""
        s = self.settings
        covariance = self.covariance[slots] / np.maximum(self.learnt[slots], TINY)[:, None, None]
        variance = np.einsum("kii->ki", covariance) + TINY
        spread = np.sqrt(variance)
        correlation = (1.0 - s.shrink) * covariance / (spread[:, :, None] * spread[:, None, :])
        diagonal = np.arange(departure.shape[1])
        correlation[:, diagonal, diagonal] = 1.0
        root = inverse_root(correlation)
        wander = np.maximum(variance / (noise / (2 * s.fast - 1) + TINY), 1.0)
        own = np.einsum("kij,kj->ki", root, np.clip(departure / spread, -LARGE, LARGE))
        shares: Floats = np.abs(own) / wander ** (s.wander / 2.0)
        return shares

    def judge(self, slots: Ints, age: Ints, size: Floats) -> None:
        """Whether each asset is out of its normal state: in above `alarm`, out again below its `release`."""
        s = self.settings
        bound = np.where(self.away[slots], s.alarm * s.release, s.alarm)
        self.away[slots] = (age >= s.warm_up) & (size > bound)

    def learn(self, slots: Ints, age: Ints, departure: Floats) -> None:
        """Let the departure join what is usual."""
        s = self.settings
        pace = np.where(self.away[slots], s.leak, 1.0) / np.clip(age - s.fast + 1, 1, s.memory)
        pace = np.where(age >= s.fast, pace, 0.0)
        outer = departure[:, :, None] * departure[:, None, :]
        covariance = self.covariance[slots]
        self.covariance[slots] = covariance + (outer - covariance) * pace[:, None, None]
        self.learnt[slots] += (1.0 - self.learnt[slots]) * pace


def inverse_root(matrices: Floats) -> Floats:
    """The symmetric inverse square root of positive definite matrices."""
    lengths, axes = np.linalg.eigh(matrices)
    root: Floats = np.einsum("kij,kj,klj->kil", axes, np.maximum(lengths, TINY) ** -0.5, axes)
    return root
