"""Beliefs about a life: every shape and scale that the lives leave possible, each with its weight."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from domain.batch import Floats
from maintenance.gamma import log_gamma
from maintenance.life import Lives, Weibull

SHAPES, SCALES = 31, 15
SCAN = np.geomspace(0.15, 15.0, 400)
DEEP = 14.0
"""Log-weights so far below the top no longer count."""


@dataclass(frozen=True, slots=True)
class ShapePrior:
    """What is known of a part's shape before its lives are looked at: its logarithm is normal."""

    centre: float = 2.0
    """The middle shape."""
    spread: float = 0.45
    """Standard deviation of the shape's logarithm."""

    def log_weight(self, shapes: Floats) -> Floats:
        """Of each shape, for grids that are even in the shape's logarithm."""
        away = np.log(shapes / self.centre) / self.spread
        return np.asarray(-0.5 * away * away - np.log(self.spread))


MACHINES = ShapePrior()
"""Parts that wear: nine of ten shapes between 0.95 and 4.2. Lives of the own family narrow it (`learned_prior`)."""


@dataclass(frozen=True, eq=False)
class Beliefs:
    """Shapes by rows, scales by columns."""

    shapes: Floats
    """[shape]"""
    scales: Floats
    """[shape, scale]: the scales that fit that shape."""
    weights: Floats
    """[shape, scale]; the sum is 1."""

    def mean(self, values: Floats) -> float:
        """Of a value for each pair."""
        return float((self.weights * values).sum())

    def surviving(self, ages: Floats) -> Floats:
        """The expected share that still works at each age."""
        powers = (ages[None, None, :] / self.scales[:, :, None]) ** self.shapes[:, None, None]
        return np.asarray((self.weights[:, :, None] * np.exp(-powers)).sum((0, 1)))

    def chance(self, age: float, days: float) -> float:
        """That a part which works at `age` fails within so many days more."""
        now, then = self.surviving(np.array([age, age + max(days, 0.0)]))
        return float(1.0 - then / now) if now > 0 else 1.0

    def shape_between(self, low: float, high: float) -> tuple[float, float]:
        """The shape's quantiles."""
        return between(self.shapes, self.weights.sum(1), low, high)

    def scale_between(self, low: float, high: float) -> tuple[float, float]:
        """The scale's quantiles."""
        order = np.argsort(self.scales, axis=None)
        return between(self.scales.ravel()[order], self.weights.ravel()[order], low, high)

    @property
    def middle(self) -> Weibull:
        """The median shape and the median scale."""
        return Weibull(self.shape_between(0.5, 0.5)[0], self.scale_between(0.5, 0.5)[0])

    @property
    def chance_of_wear(self) -> float:
        """That the shape is above 1: only then does replacing before a failure ever pay."""
        return float(self.weights[self.shapes > 1.0].sum())


def beliefs(lives: Lives, prior: ShapePrior = MACHINES) -> Beliefs:
    """By Bayes: the shape's prior, and a scale of which nothing is known before (even in its logarithm).

    Given the shape b, (unit/scale)^b is a gamma variable of as many failures and this exposure; so only the shape needs
    a grid, which is laid where the weight is. Left-truncated and right-censored lives stand in the exposure.
    """
    known = log_evidence(lives, SCAN) + prior.log_weight(SCAN)
    inside = SCAN[known > known.max() - DEEP]
    shapes = np.geomspace(inside[0], inside[-1], SHAPES)
    logs = log_evidence(lives, shapes) + prior.log_weight(shapes)
    by_shape = np.exp(logs - logs.max())
    gammas, by_gamma = gamma_nodes(lives.failures)
    scales = lives.unit * (lives.exposure(shapes)[:, None] / gammas[None, :]) ** (1.0 / shapes[:, None])
    weights = by_shape[:, None] * by_gamma[None, :]
    return Beliefs(shapes, scales, weights / weights.sum())


def known(life: Weibull) -> Beliefs:
    """Beliefs without doubt."""
    return Beliefs(np.array([life.shape]), np.array([[life.scale]]), np.ones((1, 1)))


def log_evidence(lives: Lives, shapes: Floats) -> Floats:
    """How well each shape explains the lives, all scales together."""
    return np.asarray(lives.profile(shapes) - np.log(shapes))


def gamma_nodes(failures: int) -> tuple[Floats, Floats]:
    """Amounts of a gamma variable of this shape, even in their logarithm, and their weights."""
    wide = 4.5 / np.sqrt(failures)
    logs = np.log(failures) + np.linspace(-1.25 * wide, 0.9 * wide, SCALES)
    weights = np.exp(failures * logs - np.exp(logs) - float(log_gamma(np.array([float(failures)]))[0]))
    return np.exp(logs), weights / weights.sum()


def learned_prior(groups: Iterable[Lives], first: ShapePrior = MACHINES) -> ShapePrior:
    """What groups of one device family say together about a shape: empirical Bayes.

    The centre and spread under which the groups' lives are most probable, each group with a scale of its own; `first`
    weighs the centre. One group alone leaves `first` as it is.
    """
    evidence = [log_evidence(lives, SCAN) for lives in groups]
    if len(evidence) < 2:
        return first
    best, found = -np.inf, first
    for spread in np.geomspace(0.06, max(first.spread, 0.07), 10):
        for centre in np.geomspace(0.5, 6.0, 60):
            prior = ShapePrior(float(centre), float(spread))
            weights = prior.log_weight(SCAN)
            total = sum(log_sum(each + weights) for each in evidence)
            total += float(first.log_weight(np.array([centre]))[0])
            if total > best:
                best, found = total, prior
    return found


def log_sum(logs: Floats) -> float:
    """ln Σ exp, safely."""
    top = float(logs.max())
    return top + float(np.log(np.exp(logs - top).sum()))


def between(values: Floats, weights: Floats, low: float, high: float) -> tuple[float, float]:
    """Quantiles of weighted, ordered values; half of a value's weight lies before it."""
    reached = (np.cumsum(weights) - 0.5 * weights) / weights.sum()
    return float(np.interp(low, reached, values)), float(np.interp(high, reached, values))
