"""At which age a part is replaced before it fails."""

from math import inf

import numpy as np
import pytest

from maintenance.age import best_age, pays_at, replacement_window, robust_age
from maintenance.beliefs import beliefs, known
from maintenance.life import Lives, Weibull
from maintenance.waiting import Costs
from tests.maintenance.lives import drawn


def cost_a_day(life: Weibull, costs: Costs, age: float) -> float:
    """The oracle: Barlow and Proschan's cost rate by summing up the surviving share in 4,000 steps."""
    ages = np.linspace(0.0, age, 4_001)
    working = np.exp(-((ages / life.scale) ** life.shape))
    days = float(((working[1:] + working[:-1]) / 2).sum() * ages[1])
    return float((costs.planned * working[-1] + costs.failure * (1 - working[-1])) / days)


@pytest.mark.parametrize("shape", [1.2, 2.0, 4.0])
@pytest.mark.parametrize("ratio", [2.0, 20.0])
def test_the_best_age_of_a_known_life_is_the_bottom_of_the_cost_rate(shape, ratio):
    """No age on a fine grid is cheaper, and the rate is what the formula says."""
    life, costs = Weibull(shape, 1_000.0), Costs(100.0, 100.0 * ratio)
    policy = best_age(life, costs)
    cheapest = min(cost_a_day(life, costs, age) for age in np.geomspace(20.0, 5_000.0, 200).tolist())

    if not policy.is_never:
        assert policy.rate == pytest.approx(cost_a_day(life, costs, policy.age), rel=1e-3)
    assert policy.rate <= cheapest * 1.001


@pytest.mark.parametrize(("shape", "costs"), [(1.0, Costs(1.0, 50.0)), (0.6, Costs(1.0, 50.0)), (3.0, Costs(5.0, 5.0))])
def test_without_wear_or_without_extra_cost_nothing_is_replaced_before_it_fails(shape, costs):
    """New parts are no better than old ones, or failures no dearer than work that was planned."""
    policy = best_age(Weibull(shape, 100.0), costs)

    assert (inf, True, 0.0) == (policy.age, policy.is_never, policy.saving)


def test_lives_that_show_no_wear_are_never_replaced_before_they_fail():
    """Fitted from 40 lives of shape 0.7."""
    assert robust_age(beliefs(Lives.of(drawn(0.7, 100.0, 40, seed=1))), Costs(1.0, 20.0)).is_never


def test_the_choice_under_doubt_costs_little_more_than_the_optimum():
    """100 worlds of 30 lives of which 30 % still work: 1.02 times the optimum at most on average."""
    costs, ratios = Costs(1.0, 10.0), []
    for seed in range(100):
        life = Weibull((1.5, 2.0, 2.5, 3.0)[seed % 4], 100.0)
        lives = drawn(life.shape, life.scale, 30, seed, seen_until=life.age_at(0.7))
        policy = robust_age(beliefs(Lives.of(lives)), costs)
        ratios.append(cost_a_day(life, costs, min(policy.age, 1_000.0)) / best_age(life, costs).rate)

    assert np.mean(ratios) <= 1.02


def test_what_is_saved_is_said_beside_failures_only():
    """Shape 3, failures 20 times as dear: more than two thirds are saved."""
    policy = best_age(Weibull(3.0, 100.0), Costs(1.0, 20.0))

    assert 0.65 < policy.saving < 0.8


def test_the_window_holds_the_ages_that_cost_little_more():
    """At its edges a day costs 5 % more than at the best age; a wider allowance opens it."""
    life, costs = Weibull(3.0, 100.0), Costs(1.0, 10.0)
    window, rate = replacement_window(known(life), costs), best_age(life, costs).rate

    assert window.ready < window.ideal < window.due
    assert [1.05, 1.05] == pytest.approx(
        [cost_a_day(life, costs, a) / rate for a in (window.ready, window.due)], abs=0.02
    )
    assert replacement_window(known(life), costs, 0.2).due > window.due
    assert inf == replacement_window(known(Weibull(0.8, 100.0)), costs).due


def test_a_crew_that_is_there_anyway_replaces_a_part_that_is_nearly_due():
    """A new one is kept, an old one is replaced, and past its best age no saving is needed."""
    life, costs = known(Weibull(3.0, 100.0)), Costs(100.0, 1_000.0)
    age = robust_age(life, costs).age

    assert [False, True, True] == [pays_at(life, costs, share * age, saving=40.0) for share in (0.2, 0.9, 1.0)]
    assert not pays_at(life, costs, 0.9 * age, saving=0.0)
    assert not pays_at(known(Weibull(0.8, 100.0)), costs, 500.0, saving=99.0)


def test_costs_are_greater_than_nothing():
    """A sentence that says what to give."""
    with pytest.raises(ValueError, match="give what planned work and what a failure cost"):
        Costs(0.0, 10.0)
