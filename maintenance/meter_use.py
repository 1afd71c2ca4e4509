"""Use: how fast a meter grows, within which limits, and so when it will reach a limit.

The last weeks are cut into windows of equal length. From four weeks on the windows are whole weeks, the use is their
median and the spread their standard deviation, once what lies far off is drawn nearer (winsorized by the median
absolute deviation); before that they are single days, by mean and standard deviation. The interval is the prediction
interval for the mean of the windows to come, by Student's t (Hahn and Meeker, Statistical Intervals, 1991, section
4.7), with the variance of a median where the median is used. With fewer than three windows nothing is said.
"""

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist

import numpy as np

from domain.batch import Floats
from domain.instants import DAY, Instant
from domain.meter import DueAt, Forecast, Point, UsePerDay

WEEK_DAYS = 7.0
FEWEST, MOST_WEEKS = 3, 12
AHEAD_DAYS = 30.0
"""The interval of a forecast is for the use of so many days."""
TAIL = 0.05
"""On each side of the interval."""
FARTHEST: Instant = 2**63 - 1
DEVIATION = 1.4826
"""A normal distribution's standard deviation by its median absolute deviation …"""
MEAN_DEVIATION = 1.2533
"""… and by its mean absolute deviation."""
FAR = 3.0
"""A window more standard deviations away than this counts as if it were this far."""


def joined(lines: Iterable[Sequence[Point]]) -> list[Point]:
    """The sum of what several devices have counted, each a line through its points in order of time."""
    some = [line for line in lines if line]
    if len(some) < 2:
        return list(some[0]) if some else []
    times = sorted({point.at for line in some for point in line})
    return [Point(at, sum(reached(line, at) for line in some)) for at in times]


def reached(line: Sequence[Point], at: Instant) -> float:
    """What a line says of an instant: between its points in proportion, outside of them its end."""
    times = [point.at for point in line]
    begin = times[0]
    return float(np.interp(at - begin, [time - begin for time in times], [point.value for point in line]))


def growing(readings: Iterable[Point]) -> list[Point]:
    """The use that readings by people say: what they grew by; a fall is a meter that was set back."""
    points: list[Point] = []
    total, last = 0.0, 0.0
    for reading in readings:
        total += max(0.0, reading.value - last) if points else 0.0
        last = reading.value
        points.append(Point(reading.at, total))
    return points


# -- how fast


def use_per_day(line: Sequence[Point]) -> UsePerDay | None:
    """The use of the last weeks before the line's last point; None where there is too little history."""
    if len(line) < 2:
        return None
    days = (line[-1].at - line[0].at) / DAY
    spacing = days / (len(line) - 1)
    window = max(WEEK_DAYS if days >= 4 * WEEK_DAYS else 1.0, spacing)
    many = min(int(days / window + 1e-9), MOST_WEEKS if window >= WEEK_DAYS else int(4 * WEEK_DAYS))
    if many < FEWEST:
        return None
    rates = window_rates(line, window, many)
    is_robust = window >= WEEK_DAYS
    centre, spread = robust(rates) if is_robust else (float(rates.mean()), float(rates.std(ddof=1)))
    return UsePerDay(per_day=centre, spread=spread, windows=many, window_days=window, is_robust=is_robust)


def window_rates(line: Sequence[Point], window: float, many: int) -> Floats:
    """The use per day of each of the last windows, which end with the line."""
    end = line[-1].at
    ago = np.array([(point.at - end) / DAY for point in line])
    edges = -window * np.arange(many, -1, -1)
    ends: Floats = np.interp(edges, ago, np.array([point.value for point in line], np.float64))
    rates: Floats = np.diff(ends) / window
    return rates


def robust(rates: Floats) -> tuple[float, float]:
    """The median, and the standard deviation once windows far from it are drawn nearer."""
    centre = float(np.median(rates))
    distance = np.abs(rates - centre)
    scale = DEVIATION * float(np.median(distance)) or MEAN_DEVIATION * float(distance.mean())
    nearer = np.clip(rates, centre - FAR * scale, centre + FAR * scale)
    return centre, float(nearer.std(ddof=1))


def interval(use: UsePerDay, days: float) -> tuple[float, float]:
    """Between what the mean use per day of the days to come lies, nine times in ten; use is never below 0."""
    ahead = max(1.0, days / use.window_days)
    about_centre = (math.pi / 2 if use.is_robust else 1.0) / use.windows
    half = student(use.windows - 1) * use.spread * math.sqrt(about_centre + 1 / ahead)
    return max(0.0, use.per_day - half), use.per_day + half


def student(degrees: int) -> float:
    """The quantile of Student's t above which TAIL lies, to 1 % (Abramowitz and Stegun, 26.7.5)."""
    z = NormalDist().inv_cdf(1 - TAIL)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return float(sum(term / degrees**power for power, term in enumerate(terms)))


# -- when


def forecast(value: Point, use: UsePerDay | None) -> Forecast:
    """How a meter stands and grows."""
    if use is None:
        return Forecast(value=value.value, at=value.at)
    low, high = interval(use, AHEAD_DAYS)
    return Forecast(value=value.value, at=value.at, per_day=use.per_day, low=low, high=high)


def due_at(value: Point, use: UsePerDay | None, limit: float) -> DueAt | None:
    """When the meter reaches a limit; None where nobody can say. Reached already: when it was read last."""
    left = limit - value.value
    if left <= 0:
        return DueAt(at=value.at, earliest=value.at, latest=value.at)
    if use is None or use.per_day <= 0:
        return None
    low, high = interval(use, left / use.per_day)
    at = after(value.at, left / use.per_day)
    latest = after(value.at, left / low) if low > 0 else None
    return DueAt(at=at, earliest=after(value.at, left / high), latest=latest)


def after(at: Instant, days: float) -> Instant:
    """So many days later, or the last instant that there is."""
    return min(FARTHEST, at + int(min(days, 200_000.0) * DAY))
