"""The parts of a score, each for itself."""

import numpy as np

from detectors.statistics.fleet import FleetTier
from detectors.statistics.nearest import NearestWindows
from detectors.statistics.novelty import Novelty
from detectors.statistics.ranks import Ranks
from detectors.statistics.refractory import Refractory
from detectors.statistics.stream import scores
from domain.instants import MINUTE

SLOT = np.zeros(1, np.int64)


def test_a_record_is_as_rare_as_the_past_is_long():
    """After 99 numbers a new largest one has rank 1 of 100: two decades, and 0.3 for being tenfold."""
    ranks = Ranks.empty(1, 1)
    for number in range(1, 100):
        ranks.step(SLOT, np.array([[float(number)]]))

    (surprise,) = ranks.step(SLOT, np.array([[990.0]]))[0]

    assert round(surprise, 6) == 2.3


def test_a_number_in_the_middle_of_its_past_is_no_surprise():
    """The median of 1,000 numbers has rank one half, within a bin's width."""
    ranks = Ranks.empty(1, 1)
    for number in np.random.default_rng(1).permutation(np.arange(1, 1001)):
        ranks.step(SLOT, np.array([[float(number)]]))

    (surprise,) = ranks.step(SLOT, np.array([[500.0]]))[0]

    assert abs(surprise - np.log10(2)) < 0.02


def test_no_opinion_is_no_surprise_and_leaves_no_trace():
    """NaN scores zero and does not join the past."""
    ranks = Ranks.empty(1, 1, warm_up=1)

    assert ranks.step(SLOT, np.array([[np.nan]])).tolist() == [[0.0]]
    assert ranks.upward.sum() == 0


def test_an_alarm_mutes_the_next_and_time_lets_it_speak_again():
    """The same surprise right after says nothing, and most of itself after a long time."""
    level = Refractory.empty(1, 1, rest=100.0, share=0.0)
    age = SLOT
    first = level.step(SLOT, age, np.array([[3.0]]))[0, 0]
    second = level.step(SLOT, age, np.array([[3.0]]))[0, 0]
    for _ in range(300):
        level.step(SLOT, age, np.array([[0.0]]))
    later = level.step(SLOT, age, np.array([[3.0]]))[0, 0]

    assert first == 3.0
    assert second < 0.05
    assert later > 2.8


def test_the_distance_to_the_nearest_windows_is_that_of_the_definition():
    """Against windows compared one by one, weights fading by row."""
    values = np.random.default_rng(2).normal(size=120)
    windows = NearestWindows.empty(1, lags=60, rows=5, neighbour=3)
    for value in values:
        (distance,), _ = windows.step(SLOT, np.array([value]))
    weights = 0.8 ** np.arange(60)
    squares = [
        sum(weights[i] * (values[119 - i] - values[119 - i - lag]) ** 2 for i in range(min(60, 120 - lag)))
        for lag in range(5, 61)
    ]

    assert abs(distance - np.sqrt(sorted(squares)[2])) < 1e-3


def test_a_shift_stands_out_in_both_tiers():
    """Two weeks of a daily cycle, then three hours off: the highest score lies in them."""
    chance = np.random.default_rng(3)
    rows = 17 * 96
    at = np.arange(rows, dtype=np.int64) * 15 * MINUTE
    values = 20 + 3 * np.sin(np.arange(rows) / 96 * 2 * np.pi) + chance.normal(size=rows) * 0.3
    values[1500:1512] += 6.0
    for tier in (Novelty.empty(1), FleetTier.empty(1)):
        found = scores(tier, [(at, values)])[0]

        assert 1500 <= int(np.argmax(found[300:])) + 300 < 1530
