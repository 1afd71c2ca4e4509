"""Forecasts and base stocks are those of the published formulas."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maintenance.demand import blocks, croston, sba, ses, tsb, weighted
from maintenance.demand_pool import LEAST, Pool
from maintenance.reorder import (
    at_price,
    base_stock,
    calibrated,
    cheapest,
    empirical,
    for_fill,
    negative_binomial,
    poisson,
    shelf,
)

HISTORY = np.array([0, 0, 4, 0, 0, 0, 2, 0, 6])


def test_smoothing_weighs_what_is_new() -> None:
    """By hand, α = 0.5."""
    assert [8, 8, 6, 5] == list(ses(np.array([8, 4, 4]), 0.5))
    assert weighted(np.array([0, 1]), 0.5) == pytest.approx(2 / 3)


def test_crostons_sizes_and_intervals_are_smoothed_apart() -> None:
    """By hand, α = 0.2: sizes 4, 3.6, 4.08; intervals 3, 3.2, 2.96."""
    expected = [0, 0, 0, *[4 / 3] * 4, *[3.6 / 3.2] * 2, 4.08 / 2.96]

    assert expected == pytest.approx(list(croston(HISTORY, 0.2)))
    assert [0.9 * each for each in expected] == pytest.approx(list(sba(HISTORY, 0.2)))


def test_what_is_not_wanted_any_more_fades_away() -> None:
    """Croston never forgets; TSB does, by hand with α = β = 0.5: p 0.5 → 0.75 → 0.375, z 4 → 4."""
    assert [2, 3, 1.5] == list(tsb(np.array([4, 0]), 0.5, 0.5))
    quiet = np.concatenate([HISTORY, np.zeros(60, int)])
    assert croston(quiet)[-1] == croston(HISTORY)[-1]
    assert 0.01 > tsb(quiet)[-1]


@pytest.mark.parametrize("formula", [ses, croston, sba, tsb])
def test_many_parts_at_once_are_as_each_by_itself(formula) -> None:
    """Along the last axis."""
    two = np.stack([HISTORY, HISTORY[::-1]])

    assert np.array_equal(np.stack([formula(each) for each in two]), formula(two))


def test_blocks_are_all_lead_times_that_there_were() -> None:
    """Overlapping."""
    assert [3, 5, 7] == list(blocks(np.array([1, 2, 3, 4]), 2))
    assert [0.25, 0, 0.5, 0.25] == list(empirical(np.array([2, 0, 2, 9]), 4))


def test_the_newsvendor_of_the_books() -> None:
    """λ L = 4, h = 1, b = 9: base stock 7 at a cost of 3.8476, and 7 is the 90 % quantile too."""
    stock, cost = cheapest(poisson(np.array(4.0)), 1, 9)

    assert (7, 3.8476) == (stock, round(cost, 4))
    assert 7 == base_stock(poisson(np.array(4.0)), 0.9)


def test_a_negative_binomial_has_its_mean_and_variance() -> None:
    """And is Poisson's where there is no lump."""
    chances, wanted = negative_binomial(np.array([2.0]), np.array([5.0]), 200)[0], np.arange(200)

    assert 2.0 == pytest.approx(chances @ wanted)
    assert 5.0 == pytest.approx(chances @ wanted**2 - 4)
    assert np.array_equal(poisson(np.array([2.0])), negative_binomial(np.array([2.0]), np.array([1.5])))


def test_a_shelfs_fill_is_what_a_long_run_gives() -> None:
    """Simulated: months of Poisson demand, back-orders, a lead time of two months."""
    chance, lead, stock = np.random.default_rng(3), 2, 4
    demand = chance.poisson(1.2, 60_000)
    before, until = blocks(demand, lead)[:-1], blocks(demand, lead + 1)
    filled = np.clip(until, None, stock) - np.clip(before, None, stock)
    this = shelf(poisson(np.array(1.2 * lead)), poisson(np.array(1.2 * (lead + 1))))

    assert filled.mean() == pytest.approx(this.filled[stock], rel=0.02)
    assert np.maximum(stock - until, 0).mean() == pytest.approx(this.held[stock], rel=0.03)


@settings(max_examples=50, deadline=None, database=None)
@given(st.lists(st.floats(0.01, 5), min_size=1, max_size=5), st.floats(0.001, 0.4))
def test_no_other_stock_fills_as_much_with_as_little(means: list[float], price: float) -> None:
    """Of all base stocks of a part, the one at a price is worth most at that price; and fills grow with stock."""
    mean = np.array(means)
    this = shelf(poisson(mean), poisson(2 * mean))
    worth = this.filled - price * this.held

    assert np.array_equal(worth.max(axis=-1), np.take_along_axis(worth, at_price(this, price)[:, None], -1)[:, 0])
    assert (np.diff(this.filled) >= 0).all()
    assert (this.filled <= mean[:, None] + 1e-9).all()
    assert (for_fill(this, mean, 0.5) <= for_fill(this, mean, 0.9)).all()


def test_the_first_dial_that_is_enough_is_taken() -> None:
    """And the last where none is."""
    assert 0.9 == calibrated([0.8, 0.9, 0.99], lambda dial: dial, 0.85)
    assert 0.99 == calibrated([0.8, 0.99], lambda dial: dial, 1.0)


def test_parts_learn_from_their_like() -> None:
    """A hundred lively and a hundred quiet parts: the groups know which is which, and each part finds its own."""
    chance = np.random.default_rng(7)
    history = np.concatenate([chance.poisson(2.0, (100, 40)), chance.poisson(0.1, (100, 40))])
    pool = Pool.learned(history, 2, groups=4)
    group = pool.group_of(history)

    assert pool.until_arrival[group[0]] @ np.arange(60) == pytest.approx(6, rel=0.15)
    assert pool.mean[group[-1]] == pytest.approx(0.1, rel=0.6)
    assert np.allclose(1, pool.during_lead.sum(axis=-1))
    with pytest.raises(ValueError, match="A pool needs"):
        Pool.learned(history[:, : LEAST + 1], 2)
