"""The gamma distribution in numpy: shares of it, and the amounts at which a share is reached."""

from math import exp, lgamma, log, sqrt

import numpy as np

from domain.batch import Floats

MOST_TERMS = 20_000
ENOUGH = 1e-15


def share(shape: Floats | float, amount: Floats | float) -> Floats:
    """The chance that a gamma variable of this shape and scale 1 is at most `amount`; arrays are broadcast.

    The series x^a e^-x Σ x^n / Γ(a+n+1) (DLMF 8.11.4): all terms are positive, so nothing cancels.
    """
    a, x = np.broadcast_arrays(np.asarray(shape, float), np.asarray(amount, float))
    whole, a, x = a.shape, np.atleast_1d(a), np.atleast_1d(x)
    if (a <= 0).any():
        raise ValueError("the shape of a gamma distribution is greater than 0")
    beyond = x > a + 12.0 * np.sqrt(a) + 60.0
    inside = (x > 0) & ~beyond
    found = beyond.astype(float)
    found[inside] = series(a[inside], x[inside])
    return np.asarray(found.reshape(whole))


def series(a: Floats, x: Floats) -> Floats:
    """The sum, until no term changes it."""
    logs = a * np.log(x) - x - log_gamma(a + 1.0)
    term, total = np.ones_like(x), np.ones_like(x)
    for n in range(1, MOST_TERMS):
        term *= x / (a + n)
        total += term
        if n % 8 == 0 and not (term > ENOUGH * total).any():
            break
    return np.minimum(np.exp(logs + np.log(total)), 1.0)


def log_gamma(values: Floats) -> Floats:
    """ln Γ, value by value."""
    distinct, back = np.unique(values, return_inverse=True)
    return np.array([lgamma(value) for value in distinct.tolist()])[back.reshape(values.shape)]


def quantile(shape: float, chance: float) -> float:
    """The amount that a gamma variable of this shape and scale 1 does not exceed with this chance.

    Newton's steps, halving where one would leave what is known to hold the amount.
    """
    if not 0.0 < chance < 1.0:
        raise ValueError("a quantile is asked for a chance between 0 and 1")
    low, high = 0.0, shape + 12.0 * sqrt(shape) + 60.0
    amount = max(shape - 1.0 / 3.0, shape / 2.0)
    for _ in range(200):
        off = one_share(shape, amount) - chance
        low, high = (amount, high) if off < 0 else (low, amount)
        density = exp((shape - 1.0) * log(amount) - amount - lgamma(shape))
        better = amount - off / density if density > 0 else low
        better = better if low < better < high else (low + high) / 2.0
        if abs(better - amount) <= 1e-13 * amount:
            return better
        amount = better
    return amount


def one_share(shape: float, amount: float) -> float:
    """`share` of plain numbers, quickly."""
    term = total = 1.0
    n = 0
    while term > ENOUGH * total:
        n += 1
        term *= amount / (shape + n)
        total += term
    return min(exp(shape * log(amount) - amount - lgamma(shape + 1.0) + log(total)), 1.0)
