"""An asset is as well as its signs say; the index names what takes health away."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.instants import DAY
from maintenance.health import Health, Sign, Term, Trend, health_of, sign_of_life, trend_of

HOT = Sign("temperature", 75.0, good=60.0, bad=90.0)


def test_half_way_to_the_limit_is_half_as_well() -> None:
    """Whether the bad value lies above or below the good one."""
    assert Health(0.5, (Term("temperature", 0.5, 1.0),)) == health_of([HOT])
    assert Health(0.25, (Term("remaining life", 0.25, 1.0),)) == health_of([sign_of_life(30.0, 120.0)])


def test_one_sign_at_its_limit_is_enough() -> None:
    """However well the others are; it is named first."""
    found = health_of([HOT, Sign("voltage", 180.0, good=230.0, bad=190.0), Sign("noise", 1.0, good=2.0, bad=9.0)])

    assert 0.0 == found.index
    assert ["voltage", "temperature", "noise"] == [term.name for term in found.terms]
    assert [2 / 3, 1 / 3, 0.0] == pytest.approx([term.takes for term in found.terms])


def test_what_is_not_known_says_nothing() -> None:
    """As long as something is known."""
    assert health_of([HOT]) == health_of([HOT, Sign("noise", math.nan, good=2.0, bad=9.0)])
    with pytest.raises(ValueError, match="no sign of this asset is known"):
        health_of([Sign("noise", math.nan, good=2.0, bad=9.0)])
    with pytest.raises(ValueError, match="noise needs a good and a bad value that differ"):
        health_of([Sign("noise", 1.0, good=2.0, bad=2.0)])


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.01, 100)), min_size=1, max_size=6))
def test_the_index_is_between_nothing_and_everything(rows: list[tuple[float, float]]) -> None:
    """And the shares of what takes it away sum to one, where anything does."""
    found = health_of(Sign(str(n), value, good=0.0, bad=100.0, weight=w) for n, (value, w) in enumerate(rows))

    assert 0.0 <= found.index <= 1.0
    assert pytest.approx(1.0 if any(term.health < 1 for term in found.terms) else 0.0) == sum(
        term.takes for term in found.terms
    )


def test_a_trend_is_not_moved_by_one_odd_day() -> None:
    """It falls by a hundredth a day and will be at the limit in 60 days."""
    days = [(day * DAY, 0.7 - 0.01 * day) for day in range(11)]
    days[4] = (4 * DAY, 0.0)
    found = trend_of(days)

    assert isinstance(found, Trend)
    assert (-0.01, 60.0) == pytest.approx((found.per_day, found.days_to_limit))


def test_too_few_moments_or_getting_better_reach_no_limit() -> None:
    """Nothing is made up."""
    assert trend_of([(0, 0.9), (DAY, 0.8)]) is None
    assert Trend(0.1, None) == trend_of([(0, 0.5), (10 * DAY, 1.5), (20 * DAY, 2.5)])
