"""Settings of the fleet: how many times, and how many."""

from math import isfinite
from typing import Any


def times(value: Any) -> float:
    """A finite number above 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or not 1 < value <= 1e6:
        raise ValueError("must be a number above 1, such as 3")
    return float(value)


def many(value: Any) -> int:
    """A whole number from 1 to a thousand million."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 10**9:
        raise ValueError("must be a whole number from 1 to 1000000000")
    return value
