"""How much life is left is learned from units that failed, looks at nothing later, and says how sure it is."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.batch import Floats
from domain.ports import Arrays
from maintenance.catalogue_remaining import life_sentence
from maintenance.remaining_features import look_of
from maintenance.remaining_model import LifeModel, NotSaid, lives_left
from maintenance.remaining_regimes import regimes_of
from maintenance.remaining_spread import LEVELS, chance_by_day
from maintenance.remaining_training import Lesson, train
from maintenance.waiting import cost_of_waiting
from tests.wearing import family

SIGHT = 40.0
WEAR = 5
"""The feature that is the mean wear of the last ten steps or so."""


def stumps(rows: Floats, goal: Floats, seed: int) -> Arrays:
    """A single tree: ten steps over the mean wear, so that the learning is seen without scikit-learn."""
    at = np.quantile(rows[:, WEAR], np.linspace(0, 1, 11)[1:-1])
    bins = np.searchsorted(at, rows[:, WEAR])
    means = [float(goal[bins == n].mean()) if (bins == n).any() else float(goal.mean()) for n in range(10)]
    feature, threshold, left, right, value = [], [], [], [], []
    for number in range(9):
        here = 2 * number
        feature += [WEAR, 0]
        threshold += [at[number], 0.0]
        left += [here + 1, -1]
        right += [here + 2, -1]
        value += [0.0, means[number]]
    columns = {
        "roots": [0],
        "feature": [*feature, 0],
        "threshold": [*threshold, 0.0],
        "left": [*left, -1],
        "right": [*right, -1],
        "value": [*value, means[9]],
    }
    whole = {name: np.array(column) for name, column in columns.items()}
    return whole | {"missing_left": np.zeros(19, bool), "base": np.array(0.0)}


@pytest.fixture(scope="module")
def model() -> LifeModel:
    """Learned from sixty lives."""
    return train(Lesson(tracks=family(60, 1)[0], family="fan", unit="cycles", sight=SIGHT), stumps, "stumps")


def test_ways_of_running_are_found_and_each_has_its_own_normal() -> None:
    """Fast units are hotter; beside their own regime they are as normal as slow ones. A still metric scores 0."""
    tracks = family(20, 1)[0]
    regimes = regimes_of(tracks)
    scores = regimes.scores(tracks)
    fast = tracks.settings[:, 0] > 25

    assert 2 == len(regimes.centres)
    assert [0.0, 0.0] == pytest.approx([float(scores[fast, 0].mean()), float(scores[~fast, 0].mean())], abs=1e-9)
    assert 0.0 == np.abs(scores[:, 2]).max()


def test_settings_that_only_tremble_are_one_regime() -> None:
    """As where the same setting is measured again and again."""
    tracks = family(20, 1)[0]
    trembling = replace(tracks, settings=np.random.default_rng(0).normal(0, 0.01, tracks.settings.shape))

    assert 1 == len(regimes_of(trembling).centres)


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 40), st.integers(0, 1000))
def test_nothing_after_a_step_is_looked_at(end: int, seed: int) -> None:
    """The features of a row are the same whatever comes behind it."""
    tracks = family(5, seed)[0]
    look = look_of(tracks, SIGHT)
    first = tracks.of(np.arange(5) == 0)
    early = replace(
        first,
        starts=np.array([0, end]),
        use=first.use[:end],
        settings=first.settings[:end],
        values=first.values[:end],
    )

    np.testing.assert_allclose(look.features(early), look.features(first)[:end], rtol=1e-9, atol=1e-9)


def test_readings_that_are_missing_are_passed_over(model: LifeModel) -> None:
    """Every third value is; the answer stays near."""
    tracks, left = family(30, 2, cut=True)
    holes = tracks.values.copy()
    holes[::3, 0] = np.nan
    lives, refused = lives_left(model, replace(tracks, values=holes))

    assert () == refused
    assert 12.0 > float(np.mean(np.abs([one.left - min(true, SIGHT) for one, true in zip(lives, left, strict=True)])))


def test_nine_of_ten_new_units_fail_within_their_interval(model: LifeModel) -> None:
    """Units of which the training knew nothing; what the model measured of itself says the same."""
    tracks, left = family(300, 3, cut=True)
    lives, _ = lives_left(model, tracks)
    inside = np.mean([one.low <= true <= one.high for one, true in zip(lives, left, strict=True)])

    assert 0.9 == pytest.approx(float(inside), abs=0.05)
    assert 0.9 == pytest.approx(model.measured.coverage, abs=0.05)
    assert all(0 <= one.low <= one.left <= one.high for one in lives)


def test_units_run_in_a_new_way_or_silent_are_not_spoken_of(model: LifeModel) -> None:
    """The others are."""
    tracks = family(3, 4, cut=True)[0]
    away, values = tracks.settings.copy(), tracks.values.copy()
    away[tracks.unit == 0] = 500.0
    values[tracks.unit == 2, 1] = np.nan
    lives, refused = lives_left(model, replace(tracks, settings=away, values=values))

    assert ["2"] == [one.unit for one in lives]
    assert {NotSaid("1", "strange"), NotSaid("3", "silent")} == set(refused)


def test_health_falls_with_the_life_left(model: LifeModel) -> None:
    """At its last row a unit is worse than half-way, its metrics are among the terms, and its health falls."""
    whole = family(1, 5)[0]
    half = len(whole) // 2
    young = replace(whole, starts=np.array([0, half]), use=whole.use[:half], settings=whole.settings[:half])
    (early,), _ = lives_left(model, replace(young, values=whole.values[:half]))
    (late,), _ = lives_left(model, whole)

    assert late.health.index < 0.3 < early.health.index <= 1.0
    assert {"remaining life", "heat", "current"} == {term.name for term in late.health.terms}
    assert late.trend is not None
    assert late.trend.per_day < 0


def test_too_few_lives_teach_nothing() -> None:
    """The sentence says how many are needed."""
    with pytest.raises(ValueError, match="9 lives end in a failure and 10 are needed"):
        train(Lesson(tracks=family(9, 1)[0], family="fan", unit="cycles", sight=SIGHT), stumps, "stumps")


def test_the_same_lesson_gives_the_same_model(model: LifeModel) -> None:
    """To the last digit."""
    assert model == train(Lesson(tracks=family(60, 1)[0], family="fan", unit="cycles", sight=SIGHT), stumps, "stumps")


def test_the_chance_of_a_failure_by_day_prices_waiting(model: LifeModel) -> None:
    """It never falls, knows how much a day of use is, and goes into the cost of waiting as it is."""
    (late,), _ = lives_left(model, family(1, 5)[0])
    chance = chance_by_day(late.lives, per_day=2.0)
    waiting = cost_of_waiting(chance, 1000.0, 100.0, is_assumed=False)

    assert 0.0 == chance(0.0)
    assert [chance(day) for day in (1, 3, 7, 14)] == [one.cost / 900.0 for one in waiting]
    assert sorted(one.cost for one in waiting) == [one.cost for one in waiting]
    assert 0.5 == chance_by_day([10.0, 30.0], [0.25, 0.75])(20.0)
    with pytest.raises(ValueError, match="rise together"):
        chance_by_day([3.0, 1.0], [0.1, 0.2])
    assert 1.0 == LEVELS[-1]


def test_the_interval_is_said_in_both_languages(model: LifeModel) -> None:
    """With what is to be expected, unless no wear shows."""
    (late,), _ = lives_left(model, family(1, 5)[0])
    late = replace(late, low=20.2, left=31.4, high=44.9)

    assert {
        "en": "1: between 20 and 45 days left, 9 of 10 times; about 31 to be expected.",
        "zh": "1：剩余 20 至 45 天（十次中九次如此）；预计约 31。",
    } == life_sentence(late, "days", SIGHT)
    assert "no wear shows yet" in life_sentence(replace(late, left=40.0), "days", SIGHT)["en"]
