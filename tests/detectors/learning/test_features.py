"""Features know what was known, and nothing that came after."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.learning.features import features, plan_of
from detectors.learning.fleet import Daily, Fleet, Questions, daily_questions, labels
from detectors.learning.history import Records
from domain.instants import DAY, HOUR, Instant
from tests.detectors.learning.wearing import DAYS, START, failed, wearing


def known(fleet: Fleet, at: Instant, name: str, asset: int = 0) -> float:
    """One feature of one machine."""
    plan = plan_of(fleet, START + DAYS * DAY)
    row = features(plan, fleet, Questions(np.array([asset]), np.array([at])))[0]
    return float(row[plan.names.index(name)])


def told(fleet: Fleet, hours: list[int]) -> Fleet:
    """The fleet with the event `hot` on its first machine after so many hours, and nothing else."""
    at = np.array([START + hour * HOUR for hour in hours], np.int64)
    nothing = np.zeros(len(at), np.int64)
    return replace(fleet, events=Records(nothing, nothing, at))


@pytest.mark.parametrize(
    ("name", "value"),
    [("hot in 24h", 2), ("hot in 72h", 4), ("hot in 7d", 5), ("hot in 30d", 5), ("hours since hot", 0)],
)
def test_events_are_counted_up_to_the_question(name: str, value: float) -> None:
    """One at the instant of the question counts, one exactly a window ago no more."""
    fleet = told(wearing(1)[0], [100, 130, 148, 149, 172, 173])

    assert value == known(fleet, START + 172 * HOUR, name)


def test_what_never_happened_is_unknown_and_not_long_ago() -> None:
    """NaN, which the trees send where they learned to."""
    assert np.isnan(known(told(wearing(1)[0], [50]), START + 49 * HOUR, "hours since hot"))


def test_a_day_counts_when_it_is_over() -> None:
    """At six in the morning yesterday is the last day, until midnight has passed."""
    fleet, _ = wearing(1)
    day = fleet.daily.mean[0, :, 0]

    assert day[9] == known(fleet, START + 10 * DAY, "heat, last day")
    assert day[9] == known(fleet, START + 11 * DAY - 1, "heat, last day")
    assert day[10] == known(fleet, START + 11 * DAY, "heat, last day")


def test_a_trend_is_the_slope_of_the_last_seven_days() -> None:
    """A metric that rises by two a day has the trend two and a spread of four."""
    fleet, _ = wearing(1)
    rising = replace(fleet, daily=Daily(("heat",), START // DAY, np.tile(2.0 * np.arange(DAYS), (12, 1))[:, :, None]))

    assert known(rising, START + 20 * DAY, "heat, trend over 7 days") == pytest.approx(2.0)
    assert known(rising, START + 20 * DAY, "heat, spread of 7 days") == pytest.approx(4.0)
    assert known(rising, START + 20 * DAY, "heat, mean of 3 days") == pytest.approx(36.0)


def test_readings_of_any_pace_become_daily_means() -> None:
    """Rows in any order; a field that is not known is left out, a day without any is unknown."""
    daily = Daily.of(
        2, ["a"], np.array([1, 0, 1, 1]), START + np.array([5, 1, 3, 49]) * HOUR, np.array([[3], [7], [1], [np.nan]])
    )

    np.testing.assert_array_equal(daily.mean[:, :, 0], [[7, np.nan, np.nan], [2, np.nan, np.nan]])


@pytest.mark.parametrize(("after", "label"), [(0, 0), (1, 1), (DAY, 1), (DAY + 1, 0)])
def test_a_failure_belongs_to_exactly_one_day(after: int, label: int) -> None:
    """After the question, up to a day later."""
    asked = Questions(np.array([0]), np.array([START]))
    failure = Records(np.array([0]), np.array([0]), np.array([START + after]))

    assert [label] == labels(asked, failure, 0, DAY).tolist()


def test_daily_questions_cover_every_failure_once() -> None:
    """The sum of labels is the number of failures."""
    fleet, failures = wearing(2)
    asked = daily_questions(12, START, START + DAYS * DAY, 6 * HOUR)

    assert len(failures) == labels(asked, failed(failures, fleet), 0, DAY).sum()
    assert len(asked) == 12 * DAYS


@settings(max_examples=15, deadline=None)
@given(st.integers(3 * 24, DAYS * 24 - 24))
def test_nothing_after_the_question_is_looked_at(hour: int) -> None:
    """With the future taken away, every feature is the same."""
    fleet, _ = wearing(3)
    at = START + hour * HOUR
    plan = plan_of(fleet, START + DAYS * DAY)
    past = replace(
        fleet,
        events=fleet.events.where(fleet.events.at <= at),
        repairs=fleet.repairs.where(fleet.repairs.at <= at),
        daily=replace(fleet.daily, mean=fleet.daily.mean[:, : hour // 24]),
    )
    asked = Questions(np.arange(12), np.full(12, at))

    np.testing.assert_array_equal(features(plan, past, asked), features(plan, fleet, asked))
