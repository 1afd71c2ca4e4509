"""Condition: the level at which work is ordered, so that it comes before the failure and not long before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

from domain.batch import Floats, Ints
from maintenance.waiting import Costs
from maintenance.wear import Fleet, Track, Wear, live, track

UNITS = 900
"""Simulated units that a limit is chosen on."""
LIMITS = 120


@dataclass(frozen=True, slots=True)
class Limit:
    """When to order: as soon as the level that is expected when the work can be done reaches `level`."""

    level: float
    lead_days: float
    rate: float
    """Expected cost a day."""
    chance_of_failure: float
    """The share of units that fail before the work is done all the same."""

    def reached_by(self, seen: Track, every: float) -> Ints:
        """[unit]: the reading at which each unit is ordered for; behind the last one if none."""
        return first_reaching(expected_levels(seen, self.lead_days / every), self.level)


@dataclass(frozen=True, slots=True)
class Lead:
    """What the work must wait for, in days from the order."""

    crew: float
    """Until the next crew is free."""
    part: float = 0.0
    """Until the part is there; 0 where it is on the shelf."""

    @property
    def days(self) -> float:
        """Whichever takes longer."""
        return max(self.crew, self.part, 0.0)


def condition_limit(beliefs: Sequence[Wear], costs: Costs, lead_days: float, seed: int = 0) -> Limit:
    """The limit with the lowest expected cost a day over units that wear as each of `beliefs` may have it.

    All limits are tried on the same simulated units: work is done `lead_days` after the limit is reached for the
    planned cost, unless the unit fails before, for the failure cost. The same seed gives the same limit.
    """
    if lead_days < 0 or not beliefs:
        raise ValueError("a limit needs a lead time of 0 days or more and at least one wear")
    outcomes = [tried(wear, UNITS // len(beliefs), lead_days, np.random.default_rng([seed, 11])) for wear in beliefs]
    lowest, highest = min(wear.begins_at for wear in beliefs), max(wear.fails_at for wear in beliefs)
    levels = lowest + (highest - lowest) * np.linspace(0.2, 1.15, LIMITS)
    rates, failing = np.array([over_all(outcomes, costs, level) for level in levels.tolist()]).T
    best = int(np.argmin(smooth(rates)))
    return Limit(float(levels[best]), lead_days, float(rates[best]), float(failing[best]))


@dataclass(frozen=True, eq=False)
class Tried:
    """Simulated units as the policy sees them."""

    expected: Floats
    """[unit, reading]: the level expected at the end of the lead time."""
    fails_in: Floats
    lead: int
    every: float


def tried(wear: Wear, units: int, lead_days: float, chance: np.random.Generator) -> Tried:
    """Simulate, and track what is read."""
    fleet = live(wear, units, chance)
    expected = expected_levels(track(fleet.readings, wear), lead_days / wear.every)
    return Tried(np.maximum.accumulate(expected, axis=1), fleet.fails_in, wear.steps(lead_days), wear.every)


def over_all(outcomes: Sequence[Tried], costs: Costs, level: float) -> tuple[float, float]:
    """Cost a day and share of failures under a limit, over all that may be."""
    spent = days = failed = units = 0.0
    for one in outcomes:
        money, time, lost = outcome(first_reaching(one.expected, level), one.fails_in, one.lead, costs)
        spent, days, failed, units = spent + money, days + time * one.every, failed + lost, units + len(one.fails_in)
    return spent / days, failed / units


def outcome(ordered: Ints, fails_in: Floats, lead: int, costs: Costs) -> tuple[float, float, float]:
    """Money, readings until the renewal, and failures of units ordered for at these readings."""
    done = ordered + lead
    failed = fails_in <= done
    lost = float(failed.sum())
    money = lost * costs.failure + (len(failed) - lost) * costs.planned
    return money, float((np.minimum(done, fails_in) + 1.0).sum()), lost


def rate_of(limit: Limit, wear: Wear, fleet: Fleet, costs: Costs) -> float:
    """What a limit costs a day on these units, tracked with this wear."""
    ordered = limit.reached_by(track(fleet.readings, wear), wear.every)
    money, readings, _ = outcome(ordered, fleet.fails_in, wear.steps(limit.lead_days), costs)
    return money / (readings * wear.every)


def expected_levels(seen: Track, ahead: float) -> Floats:
    """[unit, reading]: the level that each unit is expected to have `ahead` readings later, at its own pace."""
    return np.asarray(seen.level + seen.pace * ahead)


def first_reaching(levels: Floats, limit: float) -> Ints:
    """[unit]: the first reading at or above the limit; behind the last one if there is none."""
    there = levels >= limit
    return np.asarray(np.where(there.any(1), there.argmax(1), levels.shape[1]), np.int64)


def chance_within(wear: Wear, seen: Track, unit: int = 0, reading: int = -1) -> "Failing":
    """The chance that a unit fails within days from a reading on, as a function of days."""
    doubts = (seen.level_doubt[reading], seen.both[reading], seen.pace_doubt[reading])
    return Failing(wear, float(seen.level[unit, reading]), float(seen.pace[unit, reading]), *map(float, doubts))


@dataclass(frozen=True, slots=True)
class Failing:
    """Call it with days: the chance that the level is beyond the failure level by then."""

    wear: Wear
    level: float
    pace: float
    level_doubt: float = 0.0
    both: float = 0.0
    pace_doubt: float = 0.0

    def __call__(self, days: float) -> float:
        """Normal: the rises of many readings, the doubts about level and pace."""
        ahead = max(days, 0.0) / self.wear.every
        middle = self.level + self.pace * ahead
        variance = self.level_doubt + 2.0 * self.both * ahead + self.pace_doubt * ahead**2 + self.wear.jitter * ahead
        short = self.wear.fails_at - middle
        if variance <= 0:
            return float(short <= 0)
        return 0.5 * (1.0 - erf(short / sqrt(2.0 * variance)))


def smooth(values: Floats) -> Floats:
    """The mean of each value and its neighbours, so that the luck of few units chooses no limit."""
    wide = np.pad(values, 2, mode="edge")
    return np.convolve(wide, np.full(5, 0.2), mode="valid")
