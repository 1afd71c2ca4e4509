"""Amounts: readers of numbers that count from nothing, of a plain yes, and of what an attempt is."""

from typing import Any

from detectors.limits import number
from detectors.readers import EventMatch, event_match

MOST = 100
"""Of so many attempts the last can be remembered."""


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


def few(value: Any) -> int:
    """A whole number from 1 to MOST."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST:
        raise ValueError(f"must be a whole number from 1 to {MOST}")
    return value


def value_is(value: Any) -> str | float | bool:
    """A text, a number, true or false."""
    if isinstance(value, str | bool) and value != "":
        return value
    return number(value, ", a text, true or false")


def attempts(value: Any) -> tuple[EventMatch, ...]:
    """One event or several, each as `event_match` reads it."""
    return tuple(event_match(one) for one in (value if isinstance(value, list) else [value]))
