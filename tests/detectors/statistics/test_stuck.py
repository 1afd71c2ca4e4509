"""A value that is repeated is found without a limit for it, unless the series has that habit."""

import numpy as np
import pytest

from detectors.change import Change
from detectors.statistics.fleet import FleetTier
from detectors.statistics.stream import scores
from detectors.statistics.stuck import Stuck
from domain.instants import MINUTE

SLOT = np.zeros(1, np.int64)
ALARM = 0.5


def alarms(values):
    """The rows at which the view alone would alarm."""
    stuck = Stuck.empty(1, warm_up=150)
    found = [stuck.step(SLOT, np.array([age]), np.array([value]))[0] for age, value in enumerate(values)]
    return [row for row, score in enumerate(found) if score >= ALARM]


def noisy(rows, seed=1):
    """Healthy readings of a sensor with two decimals."""
    return np.round(np.random.default_rng(seed).normal(4.0, 0.15, rows), 2)


def stuck_at(rows, first, length):
    """The same, but for a stretch of one value."""
    values = noisy(rows)
    values[first : first + length] = values[first]
    return values


def test_a_stuck_value_is_found_within_two_dozen_readings():
    """A sensor of two decimals that repeats itself is found while it does, and no longer."""
    found = alarms(stuck_at(2_000, 1_000, 100))

    assert found[0] < 1_024
    assert 1_099 == found[-1]


def test_a_healthy_sensor_is_never_stuck():
    """Ten thousand readings that repeat now and then by chance."""
    assert [] == alarms(noisy(10_000))


def test_a_valve_that_mostly_stands_still_may_stand_still():
    """What changes once in fifty readings has long runs, and no run of them is odd."""
    chance = np.random.default_rng(2)
    position = np.cumsum(chance.random(20_000) < 0.02).astype(np.float64)

    assert [] == alarms(position)


def test_what_never_varied_is_not_stuck():
    """A set point that stands for a thousand readings, is moved once and stands again."""
    assert [] == alarms([21.0] * 1_000 + [22.0] * 2_000)


def test_a_habit_is_learnt_after_a_few_times():
    """A cooler that begins to rest for thirty readings a day is told of at first, and not for ever."""
    days = [np.concatenate([noisy(66, day), np.full(30, 4.0)]) if day > 3 else noisy(96, day) for day in range(20)]

    told = {row // 96 for row in alarms(np.concatenate(days))}

    assert {4} == told


def test_the_second_stuck_stretch_is_found_too():
    """What one trouble teaches is bounded."""
    values = stuck_at(4_000, 1_000, 200)
    values[3_000:3_200] = values[3_000]

    assert {1, 3} == {row // 1_000 for row in alarms(values)}


@pytest.mark.parametrize("seed", range(3))
def test_a_view_that_is_taken_out_and_put_back_goes_on(seed):
    """The rows of a slot are all that is known of it."""
    values = stuck_at(600, 300, 50)
    tier = FleetTier.empty(1, ("change", "stuck"))
    whole = scores(FleetTier.empty(1, ("change", "stuck")), [(np.arange(600) * MINUTE, values)])[0]
    cut = 280 + 20 * seed
    before = [tier.step(SLOT, np.array([row * MINUTE]), values[row : row + 1])[0] for row in range(cut)]
    other = FleetTier.empty(0, ("change", "stuck"))
    other.put(SLOT, tier.take(SLOT))
    after = [other.step(SLOT, np.array([row * MINUTE]), values[row : row + 1])[0] for row in range(cut, 600)]

    assert whole.tolist() == before + after


def test_a_rule_of_kind_change_looks_for_it():
    """The kind has both views."""
    assert ("change", "stuck") == Change.views
