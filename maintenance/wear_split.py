"""Noise or jitter: which part of a signal's unrest is in the readings and which in the wear itself."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domain.batch import Floats

RATIOS = np.geomspace(1e-3, 1e2, 41)
"""Jitter by the noise's variance."""
UNKNOWN = 1e6
"""Variance of a pace of which nothing is known, by the noise's variance."""


@dataclass(frozen=True, eq=False)
class Split:
    """Every division of the unrest that is possible, each with its weight."""

    noise: Floats
    """Variance of readings."""
    jitter: Floats
    """Variance of rises."""
    weights: Floats

    def at(self, share: float) -> tuple[float, float]:
        """(noise, jitter) of the division that has this share of the weight below it, by how much is jitter."""
        nth = int(np.searchsorted(np.cumsum(self.weights), share * (1.0 - 1e-12)))
        return float(self.noise[nth]), float(self.jitter[nth])


def split(histories: Sequence[Floats]) -> Split:
    """By the likelihood of a level that moves with unknown pace and jitter and is read with noise.

    For each ratio of jitter to noise a Kalman filter foretells the readings; how far it is off gives the noise and the
    likelihood (concentrated, as Harvey 1989 has it). All ratios are filtered at once.
    """
    readings = padded(histories)
    errors, spreads, seen = np.zeros(len(RATIOS)), np.zeros(len(RATIOS)), 0
    level = np.repeat(readings[None, :, 0], len(RATIOS), axis=0)
    pace = np.zeros_like(level)
    a, b, c = np.ones(len(RATIOS)), np.zeros(len(RATIOS)), np.full(len(RATIOS), UNKNOWN)
    for step in range(1, readings.shape[1]):
        level, a, b = level + pace, a + 2.0 * b + c + RATIOS, b + c
        known = np.isfinite(readings[:, step])
        miss = np.where(known, readings[:, step] - level, 0.0)
        whole = a + 1.0
        if step > 1:
            errors += (miss**2).sum(1) / whole
            spreads += known.sum() * np.log(whole)
            seen += int(known.sum())
        level, pace = level + (a / whole)[:, None] * miss, pace + (b / whole)[:, None] * miss
        a, b, c = a - a * a / whole, b - a * b / whole, c - b * b / whole
    noise = np.maximum(errors / seen, np.finfo(float).tiny)
    logs = -0.5 * (seen * np.log(noise) + spreads)
    weights = np.exp(logs - logs.max())
    return Split(noise, noise * RATIOS, weights / weights.sum())


def padded(histories: Sequence[Floats]) -> Floats:
    """[unit, reading]; NaN behind a history's end."""
    found = np.full((len(histories), max(map(len, histories))), np.nan)
    for row, one in zip(found, histories, strict=True):
        row[: len(one)] = one
    return found
