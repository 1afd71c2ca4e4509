"""How long parts last, from what failed and what still works."""

from math import exp, log

import numpy as np
import pytest

from maintenance.beliefs import MACHINES, ShapePrior, beliefs, learned_prior
from maintenance.gamma import quantile, share
from maintenance.life import Life, Lives, Weibull, most_likely
from tests.maintenance.lives import drawn


def by_slow_search(lives: list[Life]) -> tuple[float, float]:
    """The oracle: the likelihood as the textbooks write it, term by term, on ever finer grids of both parameters."""
    age, failed, entered = (
        np.array(column, float) for column in zip(*((x.age, x.failed, x.entered) for x in lives), strict=True)
    )

    def log_likelihood(b: np.ndarray, s: np.ndarray) -> np.ndarray:
        b, s = b[:, None, None], s[None, :, None]
        density = failed * (np.log(b / s) + (b - 1) * np.log(age / s))
        return (density - (age / s) ** b + (entered / s) ** b).sum(2)

    shapes, scales = np.geomspace(0.2, 10, 60), np.geomspace(age.min() / 3, age.max() * 10, 60)
    for _ in range(14):
        at = np.unravel_index(np.argmax(log_likelihood(shapes, scales)), (60, 60))
        wide, tall = shapes[1] / shapes[0], scales[1] / scales[0]
        shapes = np.geomspace(shapes[at[0]] / wide**3, shapes[at[0]] * wide**3, 60)
        scales = np.geomspace(scales[at[1]] / tall**3, scales[at[1]] * tall**3, 60)
    return float(shapes[30]), float(scales[30])


WATCHED = {
    "all failed": drawn(2.0, 100.0, 20, seed=1),
    "censored at one age": drawn(3.0, 100.0, 30, seed=2, seen_until=90.0),
    "early failures": drawn(0.7, 50.0, 25, seed=3, seen_until=80.0),
    "old when watching began": [
        Life(one.age, one.failed, 40.0 if nth % 2 else 0.0)
        for nth, one in enumerate(drawn(2.5, 100.0, 60, seed=4, seen_until=130.0))
        if one.age > 40.0 or nth % 2 == 0
    ],
}


@pytest.mark.parametrize("name", WATCHED)
def test_the_most_likely_life_is_the_top_of_the_textbooks_likelihood(name):
    """Failed, censored and left-truncated lives, beside a search that knows no shortcut."""
    found = most_likely(Lives.of(WATCHED[name]))

    assert by_slow_search(WATCHED[name]) == pytest.approx((found.shape, found.scale), rel=1e-3)


def test_leaving_out_what_still_works_would_shorten_lives():
    """Censored lives count."""
    lives = drawn(2.0, 100.0, 1_000, seed=5, seen_until=80.0)

    assert 100.0 == pytest.approx(most_likely(Lives.of(lives)).scale, rel=0.1)
    assert most_likely(Lives.of([one for one in lives if one.failed])).scale < 65.0


def test_parts_that_were_old_at_the_first_look_do_not_lengthen_lives():
    """Of the parts that failed before anybody looked nobody knows; the fit takes that into account."""
    seen = [Life(one.age, one.failed, 80.0) for one in drawn(2.0, 100.0, 2_000, seed=6) if one.age > 80.0]

    assert 100.0 == pytest.approx(most_likely(Lives.of(seen)).scale, rel=0.1)


def test_the_unit_of_age_does_not_matter():
    """Days or seconds: the same shape, the scale in proportion, and no overflow."""
    lives = drawn(4.0, 100.0, 15, seed=7, seen_until=110.0)
    days = most_likely(Lives.of(lives))
    nanoseconds = most_likely(Lives.of([Life(one.age * 8.64e13, one.failed) for one in lives]))

    assert (days.shape, days.scale) == pytest.approx((nanoseconds.shape, nanoseconds.scale / 8.64e13), rel=1e-6)


@pytest.mark.parametrize(
    ("lives", "sentence"),
    [
        ([Life(5.0, True), Life(9.0, False)], "a life fit needs 2 failures and there are 1"),
        ([Life(5.0, True), Life(0.0, True)], "a life of 0 seen from 0 on is none"),
        ([Life(5.0, True, 6.0), Life(9.0, True)], "a life of 5 seen from 6 on is none"),
        ([Life(float("nan"), True), Life(9.0, True)], "a life of nan seen from 0 on is none"),
    ],
)
def test_what_cannot_be_fitted_is_said(lives, sentence):
    """Too few failures, and lives that cannot be."""
    with pytest.raises(ValueError, match=sentence):
        Lives.of(lives)


def test_failures_all_at_one_age_are_no_distribution():
    """The likelihood has no top then."""
    with pytest.raises(ValueError, match="too much alike"):
        most_likely(Lives.of([Life(10.0, True)] * 3))


def test_beliefs_hold_the_truth_as_often_as_they_say():
    """90 % intervals of the shape and of the scale, 300 worlds of 15 lives, shapes as the prior has them."""
    chance, held = np.random.default_rng(8), [0, 0]
    for seed in range(300):
        shape = float(np.exp(chance.normal(log(MACHINES.centre), MACHINES.spread)))
        known = beliefs(Lives.of(drawn(shape, 100.0, 15, seed=seed, seen_until=130.0)))
        for nth, (low, high), true in (
            (0, known.shape_between(0.05, 0.95), shape),
            (1, known.scale_between(0.05, 0.95), 100.0),
        ):
            held[nth] += low <= true <= high

    assert [True, True] == [0.86 <= one / 300 <= 0.94 for one in held]


def test_few_lives_do_not_exaggerate_wear():
    """Likelihood alone finds shapes too great on few lives (8 failures: by a fifth); the prior holds them back."""
    fits = [Lives.of(drawn(2.0, 100.0, 8, seed=seed)) for seed in range(300)]

    assert np.mean([most_likely(one).shape for one in fits]) > 2.3
    assert 2.0 == pytest.approx(np.mean([beliefs(one).middle.shape for one in fits]), rel=0.06)


def test_many_lives_leave_the_prior_without_a_say():
    """5,000 lives of a shape far from it."""
    found = beliefs(Lives.of(drawn(0.6, 100.0, 5_000, seed=9))).middle

    assert (0.6, 100.0) == pytest.approx((found.shape, found.scale), rel=0.06)


def test_a_family_says_what_shape_its_members_have():
    """Eight models with 8 lives each, all of shape 3 with scales of their own: the prior moves there and narrows."""
    groups = [Lives.of(drawn(3.0, 50.0 * (nth + 1), 8, seed=nth)) for nth in range(8)]
    found = learned_prior(groups)

    assert 3.0 == pytest.approx(found.centre, rel=0.25)
    assert found.spread < MACHINES.spread
    assert MACHINES == learned_prior(groups[:1])


def test_the_chance_of_failing_soon_grows_with_age_where_there_is_wear():
    """Averaged over everything the lives leave possible; certain in the end, none at once."""
    known = beliefs(Lives.of(drawn(3.0, 100.0, 40, seed=10)), ShapePrior(3.0, 0.2))

    assert known.chance(10.0, 7.0) < known.chance(60.0, 7.0) < known.chance(120.0, 7.0)
    assert 0.0 == known.chance(50.0, 0.0)
    assert 1.0 == pytest.approx(known.chance(50.0, 1e6))


def test_b10_is_the_age_by_which_a_tenth_has_failed():
    """The inverse of the share that still works."""
    life = Weibull(2.0, 100.0)

    assert 0.9 == pytest.approx(float(life.surviving(life.age_at(0.1))))


def test_gamma_shares_are_what_the_tables_say():
    """Shape 1 is exponential, shape 3 is Poisson's sum, shape 1/2 is the normal's; and quantiles undo shares."""
    assert 1 - exp(-2.0) == pytest.approx(float(share(1.0, 2.0)))
    assert 1 - exp(-4.0) * (1 + 4 + 8) == pytest.approx(float(share(3.0, 4.0)))
    assert 0.6826894921 == pytest.approx(float(share(0.5, 0.5)))
    assert (0.0, 1.0) == (float(share(2.0, 0.0)), float(share(2.0, 1e9)))
    assert [0.025, 0.5, 0.975] == pytest.approx([float(share(250.0, quantile(250.0, p))) for p in (0.025, 0.5, 0.975)])
    assert 15.507313 == pytest.approx(2.0 * quantile(4.0, 0.95)), "chi-square, 8 degrees of freedom"
