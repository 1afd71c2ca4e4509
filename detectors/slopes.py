"""Slopes: how fast a metric changes within a sliding window, by the least-squares line through its readings.

The window is kept as sixteen slices of sums, so that its size does not depend on how often a device speaks: it holds
the readings of the newest slice of event time and of the fifteen before it.
"""

from collections.abc import Iterable
from math import nan

from msgspec import Struct
from msgspec.structs import replace

from domain.instants import Duration, Instant

SLICES = 16
LEAST = 3
"""Fewer readings make no line."""


class Slice(Struct, frozen=True, array_like=True):
    """Sums over the readings of one slice; times in slices from its start, values above its first one."""

    number: int
    first: Instant
    """When its first reading was taken, …"""
    base: float
    """… and what it said."""
    count: int
    t: float
    tt: float
    v: float
    tv: float


class Window(Struct, frozen=True, array_like=True):
    """The slices that are remembered, oldest first."""

    slices: tuple[Slice, ...] = ()
    last: Instant | None = None
    """When the newest reading was taken."""


def grown(window: Window, at: Instant, value: float, length: Duration) -> Window:
    """With one more reading, not older than the others; the window is `length` long."""
    each = max(1, length // SLICES)
    number, place = at // each, (at % each) / each
    slices = window.slices
    if slices and slices[-1].number == number:
        return Window((*slices[:-1], more(slices[-1], place, value)), at)
    kept = tuple(old for old in slices if old.number > number - SLICES)
    return Window((*kept, more(Slice(number, at, value, 0, 0.0, 0.0, 0.0, 0.0), place, value)), at)


def more(old: Slice, place: float, value: float) -> Slice:
    """With one more reading at a place in the slice, 0 to 1."""
    above = value - old.base
    return replace(
        old,
        count=old.count + 1,
        t=old.t + place,
        tt=old.tt + place * place,
        v=old.v + above,
        tv=old.tv + place * above,
    )


def slope(window: Window, length: Duration) -> float:
    """The change a window's length; NaN where fewer than LEAST readings or less than half of it are known."""
    slices = window.slices
    if not slices or window.last is None or 2 * (window.last - slices[0].first) < length:
        return nan
    n, t, tt, v, tv = sums(slices, slices[-1])
    spread = n * tt - t * t
    if n < LEAST or not spread > 0.0:
        return nan
    return (n * tv - t * v) / spread * (length / max(1, length // SLICES))


def sums(slices: Iterable[Slice], newest: Slice) -> tuple[int, float, float, float, float]:
    """Count and sums of time, its square, value and their product, as seen from the newest slice."""
    n, t, tt, v, tv = 0, 0.0, 0.0, 0.0, 0.0
    for one in slices:
        back, above = float(one.number - newest.number), one.base - newest.base
        values = one.v + above * one.count
        n += one.count
        t += one.t + back * one.count
        tt += one.tt + 2.0 * back * one.t + back * back * one.count
        v += values
        tv += one.tv + above * one.t + back * values
    return n, t, tt, v, tv
