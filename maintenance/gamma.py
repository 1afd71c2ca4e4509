"""The gamma distribution in numpy: shares of it, and the amounts at which a share is reached."""

from math import lgamma

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
    """The amount that a gamma variable of this shape and scale 1 does not exceed with this chance; by halving."""
    if not 0.0 < chance < 1.0:
        raise ValueError("a quantile is asked for a chance between 0 and 1")
    low, high = 0.0, shape + 1.0
    while float(share(shape, high)) < chance:
        high *= 2.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if float(share(shape, middle)) < chance else (low, middle)
    return (low + high) / 2.0
