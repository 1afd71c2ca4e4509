"""Scores are causal: what comes later, and who stands beside, changes nothing."""

import numpy as np
import pytest

from detectors.statistics.fleet import KINDS, FleetTier
from detectors.statistics.joint import Joint
from detectors.statistics.novelty import Novelty
from detectors.statistics.stream import scores
from domain.instants import MINUTE

ROWS = 260
TIERS = {
    "novelty": Novelty.empty,
    "fleet": FleetTier.empty,
    **{k: lambda n, k=k: FleetTier.empty(n, (k,)) for k in KINDS},
    "stuck": lambda n: FleetTier.empty(n, ("change", "stuck")),
}


def series(seed: int, rows: int = ROWS):
    """A daily cycle with noise and one shift."""
    chance = np.random.default_rng(seed)
    at = np.arange(rows, dtype=np.int64) * 15 * MINUTE
    values = 20 + 3 * np.sin(np.arange(rows) / 96 * 2 * np.pi) + chance.normal(size=rows)
    values[rows * 2 // 3 :] += 6 * (seed % 2)
    return at, values


@pytest.fixture(params=TIERS)
def tier(request):
    """Each tier, made for a number of series."""
    return TIERS[request.param]


@pytest.mark.parametrize("rows", [31, 200])
def test_the_scores_of_the_first_rows_are_those_of_the_whole_run(tier, rows):
    """A run over a prefix gives, bit for bit, the same scores."""
    at, values = series(1)
    whole = scores(tier(1), [(at, values)])[0]

    prefix = scores(tier(1), [(at[:rows], values[:rows])])[0]

    assert whole[:rows].tolist() == prefix.tolist()


def test_a_different_future_changes_no_score_of_the_past(tier):
    """Absurd values from row 160 on leave the first 160 scores as they were."""
    at, values = series(2)
    spoilt = values.copy()
    spoilt[160:] = 1e300

    assert scores(tier(1), [(at, values)])[0][:160].tolist() == scores(tier(1), [(at, spoilt)])[0][:160].tolist()


def test_a_series_is_scored_the_same_alone_and_among_others(tier):
    """Neighbours of other lengths and values do not matter."""
    many = [series(seed, rows) for seed, rows in ((1, 200), (2, 80), (3, 140))]
    together = scores(tier(3), many)

    alone = [scores(tier(1), [one])[0] for one in many]

    for expected, actual in zip(alone, together, strict=True):
        np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-12)


def test_scores_lie_between_nothing_and_one(tier):
    """Finite, never below 0, below 1; also for values that are not to be believed."""
    at, values = series(1)
    values[[100, 150, 200, 201]] = [1e308, -1e308, np.inf, np.nan]
    found = scores(tier(1), [(at, values)])[0]

    assert np.isfinite(found).all()
    assert found.min() >= 0.0
    assert found.max() < 1.0


def test_a_constant_series_says_nothing(tier):
    """The same value for days scores zero throughout."""
    at, _ = series(1)

    assert scores(tier(1), [(at, np.full(ROWS, 45.0))])[0].max() == 0.0


def test_state_taken_out_and_put_back_goes_on_as_before(tier):
    """Rows of a slot, put into other columns, score on bit for bit."""
    at, values = series(1)
    first = tier(1)
    slot = np.zeros(1, np.int64)
    for row in range(160):
        first.step(slot, at[row : row + 1], values[row : row + 1])
    second = tier(0)
    second.put(np.array([2]), first.take(slot))

    for row in range(160, ROWS):
        expected = first.step(slot, at[row : row + 1], values[row : row + 1])
        actual = second.step(slot + 2, at[row : row + 1], values[row : row + 1])
        assert expected.tolist() == actual.tolist()


@pytest.mark.parametrize(("name", "most"), [("novelty", 32 * 1024), ("fleet", 2 * 1024)])
def test_a_series_takes_no_more_memory_than_promised(name, most):
    """32 KB a series in the novelty tier, 2 KB in the fleet tier."""
    assert TIERS[name](1).bytes_a_slot() <= most


def test_several_metrics_are_scored_by_their_past_only():
    """The joint detector gives a prefix the scores of the whole run."""
    chance = np.random.default_rng(4)
    values = chance.normal(size=(700, 4))
    values[500:, 2] += 5.0

    def run(rows: int):
        joint, slot = Joint.empty(1, 4), np.zeros(1, np.int64)
        return [float(joint.step(slot, slot, values[row : row + 1])[0]) for row in range(rows)]

    whole = run(700)

    assert whole[:450] == run(450)
    assert max(whole[500:560]) > max(whole[:500]) + 0.1
