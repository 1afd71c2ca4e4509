"""Calibration: scores into probabilities that come true as often as they say, and where to draw the line.

Platt (1999) with the targets of Lin, Lin and Weng (2007); both are learned from scores of machines that had no part
in growing the trees.
"""

import numpy as np
from msgspec import Struct

from domain.batch import Floats, Ints

ROUNDS = 100


class Calibration(Struct, frozen=True):
    """probability = 1 / (1 + exp(-(slope × score + offset)))"""

    slope: float
    offset: float

    def probability(self, scores: Floats) -> Floats:
        """In [0, 1]."""
        found: Floats = 1.0 / (1.0 + np.exp(-np.clip(self.slope * scores + self.offset, -500.0, 500.0)))
        return found


def calibrate(scores: Floats, labels: Floats) -> Calibration:
    """The calibration with the greatest likelihood, by Newton's method with halved steps."""
    positives = float(labels.sum())
    high, low = (positives + 1.0) / (positives + 2.0), 1.0 / (len(labels) - positives + 2.0)
    target = np.where(labels > 0.5, high, low)
    weights = np.array([1.0, 0.0])
    inputs = np.stack([scores, np.ones(len(scores))], axis=1)
    best = loss(inputs @ weights, target)
    for _ in range(ROUNDS):
        chance = 1.0 / (1.0 + np.exp(-np.clip(inputs @ weights, -500.0, 500.0)))
        slope = inputs.T @ (chance - target)
        bend = (inputs * (chance * (1.0 - chance))[:, None]).T @ inputs + 1e-9 * np.eye(2)
        step, size = np.linalg.solve(bend, slope), 1.0
        while size > 1e-6 and loss(inputs @ (weights - size * step), target) > best:
            size /= 2.0
        weights = weights - size * step
        now = loss(inputs @ weights, target)
        if best - now < 1e-10 * max(best, 1.0):
            break
        best = now
    return Calibration(float(weights[0]), float(weights[1]))


def loss(scores: Floats, target: Floats) -> float:
    """The negative log-likelihood."""
    return float((np.logaddexp(0.0, scores) - target * scores).sum())


def best_line(chances: Floats, labels: Floats) -> float:
    """The probability from which on to say "will fail" for the greatest F1; midway to the next lower one."""
    order: Ints = np.argsort(-chances, kind="stable")
    ranked = chances[order]
    right = np.cumsum(labels[order])
    f1 = 2.0 * right / (np.arange(1, len(ranked) + 1) + labels.sum())
    f1[:-1][ranked[:-1] == ranked[1:]] = -1.0
    best = int(np.argmax(f1))
    lower = ranked[best + 1] if best + 1 < len(ranked) else 0.0
    return float(ranked[best] + lower) / 2.0


def folds(assets: int, count: int, seed: int) -> Ints:
    """Which fold each machine belongs to; a machine is never on both sides."""
    return np.random.default_rng(seed).permutation(assets) % count
