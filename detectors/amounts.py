"""Amounts: readers of numbers that count from nothing, and of a plain yes."""

from typing import Any

from detectors.limits import number


def above_zero(value: Any) -> float:
    """A number above 0."""
    if not (amount := number(value)) > 0:
        raise ValueError("must be above 0")
    return amount


def at_least_zero(value: Any) -> float:
    """A number from 0 on."""
    if not (amount := number(value)) >= 0:
        raise ValueError("must not be below 0")
    return amount


def yes(value: Any) -> bool:
    """`true` or `false`."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value
