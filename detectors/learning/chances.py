"""Chances: how likely it is that something was luck, how wide an answer is, and what many questions cost.

Sources: incomplete beta function by Lentz's continued fraction (Press et al., Numerical Recipes, 6.4); the interval of
Wilson (1927); false discoveries under any dependence after Benjamini and Yekutieli (2001); the design effect of
clusters after Kish (1965).
"""

from math import exp, inf, lgamma, log, sqrt
from typing import NamedTuple

import numpy as np

from domain.batch import Bools, Floats

Z95 = 1.959963984540054
TINY = 1e-300
STEPS = 10_000


class Interval(NamedTuple):
    """Where a share lies with 95 % confidence."""

    low: float
    high: float


def beta_share(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, for a > 0, b > 0 and x in [0, 1]."""
    if x <= 0.0 or x >= 1.0:
        return float(x >= 1.0)
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - beta_share(1.0 - x, b, a)
    front = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1.0 - x)
    return exp(front) * fraction(x, a, b) / a


def fraction(x: float, a: float, b: float) -> float:
    """The continued fraction of the incomplete beta function."""
    c, d = 1.0, 1.0 / away_from_nothing(1.0 - (a + b) * x / (a + 1.0))
    answer = d
    for m in range(1, STEPS):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0)),
        ):
            d = 1.0 / away_from_nothing(1.0 + numerator * d)
            c = away_from_nothing(1.0 + numerator / c)
            answer *= c * d
        if abs(c * d - 1.0) < 1e-14:
            break
    return answer


def away_from_nothing(number: float) -> float:
    """The number, or a tiny one where it would divide by zero."""
    return number if abs(number) > TINY else TINY


def luck(hits: float, tries: float, chance: float) -> float:
    """The chance of `hits` or more in `tries`, each with `chance`; neither needs to be whole."""
    if hits <= 0.0:
        return 1.0
    if chance <= 0.0 or hits > tries:
        return 0.0
    return beta_share(chance, hits, tries - hits + 1.0)


def wilson(hits: float, tries: float) -> Interval:
    """The interval of a share of which `hits` in `tries` were seen."""
    if tries <= 0.0:
        return Interval(0.0, 1.0)
    share, z2 = hits / tries, Z95 * Z95
    middle = (share + z2 / (2.0 * tries)) / (1.0 + z2 / tries)
    half = Z95 / (1.0 + z2 / tries) * sqrt(share * (1.0 - share) / tries + z2 / (4.0 * tries * tries))
    return Interval(max(middle - half, 0.0), min(middle + half, 1.0))


def effective(hits: Floats, tries: Floats) -> float:
    """How many independent tries those of some assets are worth, given each asset's hits and tries.

    Where assets differ more than chance would have them differ, their tries repeat each other.
    """
    tried = tries > 0
    hits, tries = hits[tried], tries[tried]
    total, assets = float(tries.sum()), len(tries)
    if assets < 2:
        return min(total, float(assets))
    share = float(hits.sum()) / total
    alone = share * (1.0 - share) / total
    if alone <= 0.0:
        return total
    clustered = float(((hits - share * tries) ** 2).sum()) / total**2 * assets / (assets - 1)
    return total / max(clustered / alone, 1.0)


def discoveries(p_values: Floats, tested: int, rate: float) -> Bools:
    """Which of these p-values stand when of all that stand no more than `rate` shall be luck.

    `tested` is how many questions were asked in all; those that are not listed count as lost. It holds however the
    questions depend on each other.
    """
    order = np.argsort(p_values, kind="stable")
    price = float((1.0 / np.arange(1, tested + 1)).sum()) if tested else inf
    bound = rate * np.arange(1, len(p_values) + 1) / (max(tested, 1) * price)
    right = np.flatnonzero(p_values[order] <= bound)
    answer = np.zeros(len(p_values), np.bool_)
    if len(right):
        answer[order[: right[-1] + 1]] = True
    return answer
