"""Spread: how long units of which the trees said the same really lived, and what that makes of the next one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from domain.batch import Floats, Ints
from maintenance.remaining_regimes import tuples

KNOTS = 41
LEVELS = tuple(round(level, 3) for level in np.linspace(0.0, 1.0, 41).tolist())
"""Shares of units that had failed by then."""
NEAR, NEARER = 0.012, 0.05
"""How alike two predictions are that are compared: a share of `sight`, and a share of the prediction."""
SURE = 0.9


@dataclass(frozen=True, slots=True)
class Spread:
    """Life left by what the trees said, from units that the trees had not seen."""

    said: tuple[float, ...]
    """[knot]: what the trees said, rising."""
    lives: tuple[tuple[float, ...], ...]
    """[knot][level]: the life left by which the share LEVELS[level] of such units had failed."""
    low: float
    """The level that a share (1 - SURE)/2 of unseen units failed before."""
    high: float
    """The level that a share (1 - SURE)/2 of unseen units outlived."""

    def quantiles(self, said: Floats) -> Floats:
        """[row, level]: life left."""
        table = np.array(self.lives)
        return np.stack([np.interp(said, self.said, table[:, level]) for level in range(len(LEVELS))], axis=1)

    def at(self, said: Floats, level: float) -> Floats:
        """[row]: the life left by which this share has failed."""
        table = self.quantiles(said)
        return np.array([np.interp(level, LEVELS, row) for row in table], np.float64)

    def share(self, said: Floats, left: Floats) -> Floats:
        """[row]: the share of such units that had failed by the time that this one did."""
        return np.array([np.interp(x, row, LEVELS) for x, row in zip(left, self.quantiles(said), strict=True)])


def spread_of(said: Floats, left: Floats, unit: Ints, sight: float) -> Spread:
    """From predictions about unseen units and their true lives left.

    The lives near a prediction give its distribution; where in its own distribution each unit then failed says which
    levels hold `SURE` of them (distributional conformal prediction, Chernozhukov, Wüthrich and Zhu 2021), every unit
    counting the same however long it lived.
    """
    weight = 1.0 / np.maximum(np.bincount(unit), 1)[unit]
    knots = np.linspace(0.0, sight, KNOTS)
    width = NEAR * sight + NEARER * knots
    lives = np.stack([lives_near(said, left, weight, knot, wide) for knot, wide in zip(knots, width, strict=True)])
    plain = Spread(tuple(knots.tolist()), tuples(np.maximum.accumulate(lives, axis=0)), 0.0, 1.0)
    share = plain.share(said, left)
    low, high = weighted(share, weight, np.array([(1.0 - SURE) / 2.0, (1.0 + SURE) / 2.0]))
    return Spread(plain.said, plain.lives, float(low), float(high))


def lives_near(said: Floats, left: Floats, weight: Floats, knot: float, width: float) -> Floats:
    """[level]: of units of which nearly the same was said; where there are none, of those said nearest."""
    away = np.abs(said - knot)
    wide = max(width, float(away.min()))
    return weighted(left, weight * np.exp(-0.5 * (away / wide) ** 2), np.array(LEVELS))


def weighted(numbers: Floats, weight: Floats, levels: Floats) -> Floats:
    """[level]: the number that this share of the weight lies at or below."""
    order = np.argsort(numbers, kind="stable")
    share = np.cumsum(weight[order])
    place = np.searchsorted(share, levels * share[-1] * (1.0 - 1e-12))
    return np.asarray(numbers[order][np.minimum(place, len(order) - 1)], np.float64)


def chance_by_day(
    lives: Sequence[float], levels: Sequence[float] = LEVELS, per_day: float = 1.0
) -> Callable[[float], float]:
    """The chance of a failure within so many days, from the life left (in use) at rising shares of failures.

    `per_day`: the use of a day. Between the shares the chance rises evenly; behind the last it stays at the last.
    Raises ValueError where the lives or shares do not rise, or the device is never used.
    """
    use, share = np.asarray(lives, np.float64), np.asarray(levels, np.float64)
    if len(use) != len(share) or not len(use) or np.any(np.diff(use) < 0) or np.any(np.diff(share) <= 0):
        raise ValueError("lives and the shares that failed by then rise together; give as many of one as of the other")
    if share[0] < 0 or share[-1] > 1 or per_day < 0:
        raise ValueError("shares lie between 0 and 1, and use a day is not negative")
    known_use, known_share = np.concatenate([[0.0], use]), np.concatenate([[0.0], share])

    def chance(days: float) -> float:
        return float(np.interp(max(days, 0.0) * per_day, known_use, known_share)) if days > 0 else 0.0

    return chance
