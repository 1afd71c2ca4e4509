"""When worn units are ordered for, from their readings, the costs and the lead time."""

import numpy as np
import pytest

from maintenance.condition import Failing, Lead, Limit, chance_within, condition_limit, first_reaching, outcome, rate_of
from maintenance.waiting import Costs
from maintenance.wear import Wear, fit_wear, live, track, wear_beliefs

PUMP = Wear(begins_at=0.0, fails_at=1.0, pace=0.02, spread=0.005, jitter=0.0003, noise=0.03)
COSTS = Costs(1.0, 8.0)


def histories(wear: Wear, units: int, seed: int) -> list[np.ndarray]:
    """Readings of units from new until they failed."""
    fleet = live(wear, units, np.random.default_rng(seed))
    ends = fleet.fails_in.astype(int).tolist()
    return [row[: end + 1] for row, end in zip(fleet.readings, ends, strict=True)]


def test_wear_is_found_again_in_what_it_left():
    """Pace, spread, jitter and noise of 200 simulated units."""
    found = fit_wear(histories(PUMP, 200, seed=1), 1.0)

    assert (0.02, 0.03) == pytest.approx((found.pace, found.noise), rel=0.1)
    assert (0.005, 0.0003**0.5) == pytest.approx((found.spread, found.jitter**0.5), rel=0.2)


def test_a_steady_signal_without_noise_is_taken_as_it_is():
    """Nothing is divided by nothing."""
    found = fit_wear([np.arange(20) * pace for pace in (0.9, 1.0, 1.1)], 30.0)

    assert (1.0, 0.1) == pytest.approx((found.pace, found.spread), rel=0.01)
    assert found.noise < 0.01


def test_the_track_follows_each_unit_at_its_own_pace():
    """After 30 readings the true level within a noise, and fast units told from slow ones."""
    chance = np.random.default_rng(2)
    paces = np.array([0.01, 0.02, 0.03])
    seen = track(np.outer(paces, np.arange(1, 31)) + 0.03 * chance.standard_normal((3, 30)), PUMP)

    assert (30 * paces).tolist() == pytest.approx(seen.level[:, -1].tolist(), abs=0.04)
    assert sorted(seen.pace[:, -1]) == seen.pace[:, -1].tolist()


def test_a_missing_reading_is_bridged():
    """The level goes on at its pace, and the doubt grows."""
    readings = np.array([[0.02, 0.04, np.nan, np.nan]])
    seen = track(readings, PUMP)

    assert seen.level[0, 1] + 2 * seen.pace[0, 1] == pytest.approx(seen.level[0, 3])
    assert seen.level_doubt[3] > seen.level_doubt[1]


def test_the_longer_the_lead_time_the_more_room_is_left_before_the_failure():
    """Part on the shelf and crew tomorrow, or fourteen days for the part."""
    limits = [condition_limit([PUMP], COSTS, lead) for lead in (0.0, 14.0)]
    at_once, later = (one.level - PUMP.pace * one.lead_days for one in limits)

    assert PUMP.fails_at > at_once > later + 0.2
    assert limits[1].rate > limits[0].rate
    assert all(one.chance_of_failure < 0.15 for one in limits)


def test_the_dearer_a_failure_the_sooner_it_is_ordered():
    """At the same lead time."""
    cheap, dear = (condition_limit([PUMP], Costs(1.0, ratio), 7.0) for ratio in (3.0, 50.0))

    assert dear.level < cheap.level
    assert dear.chance_of_failure < cheap.chance_of_failure


@pytest.mark.parametrize("lead", [0.0, 7.0])
def test_limits_from_ten_histories_cost_little_more_than_the_best_limit(lead):
    """On 1,000 new units: at most 1.05 times the best of 100 limits on the readings, chosen after the fact."""
    fleet = live(PUMP, 1_000, np.random.default_rng(99))
    highest = np.maximum.accumulate(fleet.readings, axis=1)
    steps = PUMP.steps(lead)
    found = [outcome(first_reaching(highest, x), fleet.fails_in, steps, COSTS) for x in np.linspace(0.2, 1.2, 100)]
    best = min(money / readings for money, readings, _ in found)
    rates = []
    for seed in range(3):
        wears = wear_beliefs(histories(PUMP, 10, seed), 1.0)
        rates.append(rate_of(condition_limit(wears, COSTS, lead), wears[0], fleet, COSTS))

    assert np.mean(rates) / best <= 1.05


def test_the_same_question_gets_the_same_limit():
    """Simulation with a seed."""
    assert condition_limit([PUMP], COSTS, 3.0, seed=5) == condition_limit([PUMP], COSTS, 3.0, seed=5)


def test_the_work_waits_for_the_crew_or_for_the_part():
    """Whichever is later; a part on the shelf takes no time."""
    assert [2.0, 9.0] == [Lead(crew=2.0).days, Lead(crew=2.0, part=9.0).days]


def test_the_chance_of_failing_grows_with_the_days():
    """From almost none to almost certain; as often as it says in 3,000 simulated units."""
    fleet = live(PUMP, 3_000, np.random.default_rng(3))
    seen = track(fleet.readings[:, :26], PUMP)
    working = np.flatnonzero(fleet.fails_in > 25)
    said = np.mean([chance_within(PUMP, seen, unit)(12.0) for unit in working.tolist()])

    assert float((fleet.fails_in[working] <= 37).mean()) == pytest.approx(said, abs=0.03)
    assert 0.0 == pytest.approx(chance_within(PUMP, seen)(0.0), abs=0.01)
    assert 1.0 == pytest.approx(chance_within(PUMP, seen)(400.0), abs=0.01)
    still = Wear(begins_at=0.0, fails_at=1.0, pace=0.02, spread=0.0, jitter=0.0, noise=0.0)
    assert [0.0, 1.0] == [Failing(still, 0.5, 0.02)(days) for days in (24.0, 26.0)]


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: fit_wear([np.arange(20.0)] * 2, 30.0), "wear is learned from 3 units with 8 readings each"),
        (lambda: fit_wear([np.full(20, np.nan)] * 3, 30.0), "a reading is missing"),
        (lambda: fit_wear([-np.arange(20.0)] * 3, 30.0), "turn the sign of a signal that falls"),
        (lambda: condition_limit([PUMP], COSTS, -1.0), "a lead time of 0 days or more"),
    ],
)
def test_what_cannot_be_learned_is_said(ask, sentence):
    """In a sentence that says what to give."""
    with pytest.raises(ValueError, match=sentence):
        ask()


def test_readings_may_be_hours_or_days_apart():
    """The same wear read every half day: the limit says the same of days."""
    half = Wear(begins_at=0.0, fails_at=1.0, pace=0.01, spread=0.0025, jitter=0.00015, noise=0.03, every=0.5)
    daily, twice = condition_limit([PUMP], COSTS, 7.0), condition_limit([half], COSTS, 7.0)

    assert isinstance(twice, Limit)
    assert (daily.level, daily.rate) == pytest.approx((twice.level, twice.rate), rel=0.06)
