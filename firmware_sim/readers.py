"""Readers: what may stand behind a key of a scenario file, each raising ValueError with what to write instead."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, get_type_hints

from domain.instants import Duration, Instant, parse_duration, parse_instant

Span = tuple[int, int]
"""From … to, both included."""
Reader = Callable[[object], Any]


def readers(of: type) -> dict[str, Reader]:
    """The reader of each field of a settings class that a file may set."""
    hints = get_type_hints(of, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items() if hasattr(hint, "__metadata__")}


def text(value: object) -> str:
    """A text with something in it."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError('write a text, such as "TV-55A"')
    return value


def texts(value: object) -> tuple[str, ...]:
    """A list of at least one text."""
    if not isinstance(value, list) or not value:
        raise ValueError('write a list of texts, such as ["north", "south"]')
    return tuple(text(item) for item in value)


def whole(value: object) -> int:
    """A whole number from 0 on."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("write a whole number that is not negative, such as 200")
    return value


def positive(value: object) -> int:
    """A whole number from 1 on."""
    if whole(value) == 0:
        raise ValueError("write a whole number from 1 on")
    return whole(value)


def amount(value: object) -> float:
    """A number from 0 on."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < float("inf"):
        raise ValueError("write a number that is not negative, such as 0.5")
    return float(value)


def number(value: object) -> float:
    """A finite number."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < float("inf"):
        raise ValueError("write a number, such as -2.5")
    return float(value)


def share(value: object) -> float:
    """A part of the whole, from 0 to 1."""
    if amount(value) > 1:
        raise ValueError("write a share from 0 to 1, such as 0.05")
    return amount(value)


def duration(value: object) -> Duration:
    """`"90s"`."""
    if not isinstance(value, str):
        raise ValueError('write a duration, such as "90s"')
    return parse_duration(value)


def durations(value: object) -> Span:
    """`["2m", "10m"]`, or one duration for both ends."""
    return span(value, duration)


def counts(value: object) -> Span:
    """`[3, 5]`, or one whole number for both ends."""
    return span(value, positive)


def span(value: object, read: Callable[[object], int]) -> Span:
    """From … to, in order."""
    low, high = value if isinstance(value, list) and len(value) == 2 else (value, value)
    if read(low) > read(high):
        raise ValueError("write the smaller one first")
    return read(low), read(high)


def instant(value: object) -> Instant:
    """`"2026-01-05T08:00:00Z"`, as a text or as TOML's own date and time."""
    written = value.isoformat() if isinstance(value, datetime) else value
    if not isinstance(written, str):
        raise ValueError('write a date and time, such as "2026-01-05T08:00:00Z"')
    return parse_instant(written)
