"""Settings of rules that score: which metrics, from which score on."""

from typing import Any


def metric(value: Any) -> str:
    """A metric's name."""
    if not isinstance(value, str) or not value:
        raise ValueError('must name a metric, such as "temp"')
    return value


def metrics(value: Any) -> tuple[str, ...]:
    """Two to 32 different metrics."""
    if not isinstance(value, list) or not 2 <= len(value) <= 32 or not all(isinstance(v, str) and v for v in value):
        raise ValueError('must name 2 to 32 metrics, such as ["current", "flow"]')
    if len(set(value)) < len(value):
        raise ValueError("names a metric twice; name each once")
    return tuple(value)


def share(value: Any) -> float:
    """A score above 0, below 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        raise ValueError("must be a number between 0 and 1, such as 0.5")
    return float(value)
