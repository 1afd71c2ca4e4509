"""What it costs if work waits."""

import pytest

from domain.work_order import Waiting
from maintenance.waiting import cost_of_waiting, from_forecast, steady


def test_waiting_costs_the_chance_times_what_a_failure_costs_more_than_the_planned_work():
    """2 % a day on a failure of 1,000 beside planned work of 200."""
    found = cost_of_waiting(lambda day: 0.02 * day, 1_000.0, 200.0, is_assumed=True)

    assert [(1, 16.0), (3, 48.0), (7, 112.0), (14, 224.0)] == [(one.days, round(one.cost, 9)) for one in found]


def test_an_assumed_failure_cost_marks_every_figure():
    """Until somebody says what a failure costs."""
    assumed = cost_of_waiting(steady(0.1), 10.0, 1.0, is_assumed=True)
    known = cost_of_waiting(steady(0.1), 10.0, 1.0, is_assumed=False)

    assert ({True}, {False}) == ({one.is_assumed for one in assumed}, {one.is_assumed for one in known})


def test_a_failure_that_costs_no_more_than_planned_work_may_wait_for_nothing():
    """Waiting is never paid for."""
    assert (Waiting(days=5, cost=0.0, is_assumed=False),) == cost_of_waiting(steady(0.1), 50.0, 80.0, False, [5])


def test_a_forecast_goes_on_at_its_daily_risk():
    """50 % within 2 days is 75 % within 4, and nothing at once."""
    chance = from_forecast(0.5, 2.0)

    assert [0.0, 0.5, 0.75] == [chance(0), chance(2), chance(4)]


def test_a_certain_failure_costs_its_whole_extra_from_the_first_day():
    """Chance 1 within a day."""
    assert [90.0, 90.0] == [one.cost for one in cost_of_waiting(from_forecast(1.0, 1.0), 100.0, 10.0, False, (1, 3))]


@pytest.mark.parametrize(
    ("chance", "failure", "planned", "sentence"),
    [
        (1.2, 10.0, 1.0, "1.2 is no chance; it lies between 0 and 1"),
        (float("nan"), 10.0, 1.0, "nan is no chance; it lies between 0 and 1"),
        (0.2, -1.0, 1.0, "costs are not negative; give what a failure and what planned work cost"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(chance, failure, planned, sentence):
    """Chances outside 0 to 1 and negative costs."""
    with pytest.raises(ValueError) as caught:
        cost_of_waiting(lambda day: chance, failure, planned, is_assumed=False)

    assert sentence == str(caught.value)
