"""Act now or wait, and why."""

from math import inf

import pytest

from domain.text import LANGUAGES
from maintenance.advice import condition_call, forecast_call
from maintenance.condition import Failing, Limit
from maintenance.waiting import Costs
from maintenance.wear import Wear

PUMP = Wear(begins_at=0.0, fails_at=10.0, pace=0.1, spread=0.0, jitter=0.01, noise=0.1)
LIMIT = Limit(level=9.0, lead_days=7.0, rate=1.0, chance_of_failure=0.02)
KNOWN = Costs(200.0, 1_000.0, is_assumed=False)


def test_a_level_that_reaches_the_limit_within_the_lead_time_is_acted_on():
    """8.4 now and 9.1 in seven days, above 9."""
    advice = condition_call(Failing(PUMP, 8.4, 0.1), LIMIT, KNOWN)

    assert (True, 0.0) == (advice.act_now, advice.wait_days)
    assert (
        "In 7 days, when the work can be done, the level is expected at 9.1; the limit is 9 and units fail at 10. "
        "Order it now." == advice.why["en"]
    )


def test_a_level_below_the_limit_says_when_it_will_be_reached():
    """7.3 now is 8 in seven days; ten more days to 9."""
    advice = condition_call(Failing(PUMP, 7.3, 0.1), LIMIT, KNOWN)

    assert (False, 10.0) == (advice.act_now, pytest.approx(advice.wait_days))
    assert advice.why["en"].endswith("at its pace the limit is reached in 10 days.")


def test_a_level_that_does_not_rise_says_so():
    """No day can be named."""
    advice = condition_call(Failing(PUMP, 5.0, 0.0), LIMIT, KNOWN)

    assert (False, inf) == (advice.act_now, advice.wait_days)
    assert "does not rise" in advice.why["en"]


@pytest.mark.parametrize(
    ("chance", "lead", "act", "says"),
    [
        (0.19, 0.0, False, "wait for the next forecast"),
        (0.21, 0.0, True, "do it now"),
        (0.6, 7.0, True, "do it now"),
        (0.3, 13.0, False, "wait for the next forecast"),
        (0.6, 14.0, False, "find a quicker crew or part"),
    ],
)
def test_a_forecast_is_acted_on_where_the_work_saves_more_than_it_costs(chance, lead, act, says):
    """Within 14 days, planned 200 against 1,000: from 20 % on at once; less is saved, the later the work can come."""
    advice = forecast_call(chance, 14.0, KNOWN, lead)

    assert (act, 0.0 if act else 14.0) == (advice.act_now, advice.wait_days)
    assert says in advice.why["en"]


def test_advice_says_what_waiting_costs_and_that_the_failure_cost_is_assumed():
    """In every language."""
    advice = forecast_call(0.5, 14.0, Costs(200.0, 1_000.0))

    assert [1, 3, 7, 14] == [one.days for one in advice.waiting]
    assert 400.0 == pytest.approx(advice.waiting[-1].cost)
    assert set(LANGUAGES) == set(advice.why)
    assert advice.why["en"].endswith("The failure cost of 1,000 is assumed.")
    assert advice.why["zh"].endswith("失效成本 1,000 为假定值。")
