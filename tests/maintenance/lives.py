"""Lives for the tests: drawn from a known Weibull distribution."""

import numpy as np

from maintenance.life import Life


def drawn(shape: float, scale: float, many: int, seed: int, seen_until: float = np.inf) -> list[Life]:
    """So many lives; those that would last longer than `seen_until` still work."""
    ages = scale * np.random.default_rng(seed).weibull(shape, many)
    return [Life(min(age, seen_until), bool(age <= seen_until)) for age in ages.tolist()]
