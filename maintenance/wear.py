"""Wear: a signal that creeps towards failure, unit by unit at a pace of its own, read with noise."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from domain.batch import Floats
from maintenance.gamma import quantile
from maintenance.wear_split import Split, split

LEAST_UNITS, LEAST_READINGS = 3, 8
"""Units, and readings of each, without which no wear is fitted."""
LONGEST = 3_000
"""Readings of one simulated unit at most."""
DRAWS, CROSSWISE = 11, 4
"""So many other possibilities stand beside the fitted wear."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """How a signal rises from `begins_at` until the unit fails at `fails_at`; time is counted in readings."""

    begins_at: float
    fails_at: float
    pace: float
    """Mean rise from one reading to the next."""
    spread: float
    """Standard deviation of the units' own paces."""
    jitter: float
    """Variance of one rise around its unit's pace."""
    noise: float
    """Standard deviation of a reading around the true level."""
    every: float = 1.0
    """Days between readings."""

    def __post_init__(self) -> None:
        if not (self.pace > 0 and self.fails_at > self.begins_at and self.every > 0):
            raise ValueError(
                "wear rises towards the level at which units fail; turn the sign of a signal that falls, "
                "and give a failure level above its beginning"
            )
        if min(self.spread, self.jitter, self.noise) < 0:
            raise ValueError("spread, jitter and noise of wear are not negative")

    @property
    def readings(self) -> int:
        """After how many readings the average unit fails."""
        return max(1, round((self.fails_at - self.begins_at) / self.pace))

    def steps(self, days: float) -> int:
        """Readings within so many days, the begun one among them."""
        return int(np.ceil(max(days, 0.0) / self.every - 1e-9))


@dataclass(frozen=True, eq=False)
class Track:
    """What readings say of true levels and paces: arrays [unit, reading]; the doubts are the same for all units."""

    level: Floats
    pace: Floats
    level_doubt: Floats
    """[reading]: variance of the level."""
    both: Floats
    """[reading]: covariance of level and pace."""
    pace_doubt: Floats
    """[reading]: variance of the pace."""


def track(readings: Floats, wear: Wear) -> Track:
    """Level and pace of each unit after each reading, by a Kalman filter; `readings` is [unit, reading].

    A reading that is missing (NaN) in every unit is bridged; one missing in some is bridged for those, and the doubt is
    that of the units that have it.
    """
    many, steps = readings.shape
    level, pace = np.full(many, wear.begins_at), np.full(many, wear.pace)
    a, b, c = 0.0, 0.0, wear.spread**2
    out = Track(np.empty((many, steps)), np.empty((many, steps)), *(np.empty(steps) for _ in range(3)))
    for step in range(steps):
        level = level + pace
        a, b = a + 2.0 * b + c + wear.jitter, b + c
        known = np.isfinite(readings[:, step])
        if known.any() and a > 0:
            whole = a + wear.noise**2
            miss = np.where(known, readings[:, step] - level, 0.0)
            level, pace = level + a / whole * miss, pace + b / whole * miss
            a, b, c = a - a * a / whole, b - a * b / whole, c - b * b / whole
        out.level[:, step], out.pace[:, step] = level, pace
        out.level_doubt[step], out.both[step], out.pace_doubt[step] = a, b, c
    return out


@dataclass(frozen=True, eq=False, kw_only=True)
class Histories:
    """What histories of units say of wear, before it is made one."""

    begins_at: float
    paces: Floats
    lengths: Floats
    """Rises of each unit."""
    split: Split

    def wear(self, fails_at: float, every: float, *, split_at: float, wider: float = 1.0, away: float = 0.0) -> Wear:
        """The wear if the paces' variance is `wider` than it seems, their mean so many standard errors `away`."""
        noise, jitter = self.split.at(split_at)
        between = float(self.paces.var(ddof=1)) * wider
        by_chance = float((jitter / self.lengths + 2.0 * noise / self.lengths**2).mean())
        pace = float(self.paces.mean())
        return Wear(
            begins_at=self.begins_at,
            fails_at=fails_at,
            pace=max(pace + away * (between / len(self.paces)) ** 0.5, pace / 3.0),
            spread=max(between - by_chance, 0.0) ** 0.5,
            jitter=jitter,
            noise=noise**0.5,
            every=every,
        )


def read(histories: Sequence[Floats]) -> Histories:
    """Of units whose readings from new on are given; how they ended does not matter.

    Raises ValueError where there are too few units or readings, or a reading is missing.
    """
    rows = [np.asarray(one, float) for one in histories]
    if len(rows) < LEAST_UNITS or min(map(len, rows)) < LEAST_READINGS:
        raise ValueError(f"wear is learned from {LEAST_UNITS} units with {LEAST_READINGS} readings each; give more")
    if not all(np.isfinite(one).all() for one in rows):
        raise ValueError("a reading is missing in a history of wear; fill it in or leave the history out")
    lengths = np.array([len(one) - 1 for one in rows], float)
    paces = np.array([one[-1] - one[0] for one in rows]) / lengths
    begins = float(np.mean([one[0] for one in rows])) - float(paces.mean())
    return Histories(begins_at=begins, paces=paces, lengths=lengths, split=split(rows))


def fit_wear(histories: Sequence[Floats], fails_at: float, every: float = 1.0) -> Wear:
    """The wear of units whose readings from new on are given. Raises ValueError as `read` does."""
    return read(histories).wear(fails_at, every, split_at=0.5)


def wear_beliefs(histories: Sequence[Floats], fails_at: float, every: float = 1.0) -> tuple[Wear, ...]:
    """The fitted wear first, then what else it may be, all equally probable.

    Few units say little of how much paces differ: the paces' variance is taken from its chi-square distribution, their
    mean around it from the normal, and the split from its likelihood, at even quantiles that are paired crosswise.
    """
    found = read(histories)
    shares = [(nth + 0.5) / DRAWS for nth in range(DRAWS)]
    free = (len(found.paces) - 1) / 2.0
    others = (
        found.wear(
            fails_at,
            every,
            split_at=shares[(CROSSWISE * nth + 2) % DRAWS],
            wider=free / quantile(free, low),
            away=NormalDist().inv_cdf(shares[(CROSSWISE * CROSSWISE * nth + 5) % DRAWS]),
        )
        for nth, low in enumerate(shares)
    )
    return (found.wear(fails_at, every, split_at=0.5), *others)


@dataclass(frozen=True, eq=False)
class Fleet:
    """Simulated units from new until failure."""

    readings: Floats
    """[unit, reading]"""
    fails_in: Floats
    """[unit]: the number of the reading at which it has failed."""


def live(wear: Wear, units: int, chance: np.random.Generator) -> Fleet:
    """Units that wear so: paces gamma-distributed, rises a gamma process, readings with normal noise."""
    steps = int(min(4 * wear.readings + 20, LONGEST))
    paces = gamma_around(wear.pace, wear.spread**2, (units, 1), chance)
    rises = gamma_around(np.broadcast_to(paces, (units, steps)), wear.jitter, (units, steps), chance)
    levels = wear.begins_at + np.cumsum(rises, axis=1)
    failed = levels >= wear.fails_at
    fails_in = np.where(failed.any(1), failed.argmax(1), steps - 1)
    return Fleet(levels + wear.noise * chance.standard_normal((units, steps)), fails_in.astype(float))


def gamma_around(mean: Floats | float, variance: float, shape: tuple[int, ...], chance: np.random.Generator) -> Floats:
    """Amounts that are never negative, with this mean and variance."""
    if variance <= 0:
        return np.broadcast_to(np.asarray(mean, float), shape).copy()
    return np.asarray(chance.gamma(np.square(mean) / variance, variance / np.asarray(mean), shape))
