"""Hours of the week: learnt where weeks have shown them, and a holiday in midweek stands out."""

import numpy as np

from detectors.statistics.daily import DailyMeans
from detectors.statistics.fleet import FleetSettings, FleetTier
from domain.instants import DAY, HOUR

BEGIN = 20_454 * DAY
WEEKS = 12
HOURS = np.arange(WEEKS * 168)
DAYS = HOURS // 24
NOISE = np.random.default_rng(3).normal(0.0, 1.0, len(HOURS))
IS_BUSY = (DAYS % 7 < 5) & (HOURS % 24 >= 8) & (HOURS % 24 < 18)
OFFICE = 20.0 + 15.0 * IS_BUSY + NOISE
HOLIDAY = DAYS == 9 * 7 + 2


def off(values, *, knows_weeks):
    """How far the last hours were off, hour by hour; 0 while nothing is known."""
    means = DailyMeans.empty(1, parts=48, knows_weeks=knows_weeks)
    slots = np.array([0])
    steps = (means.step(slots, np.array([BEGIN + n * HOUR]), values[n : n + 1])[1] for n in range(len(values)))
    return np.nan_to_num([float(step[0, 0]) for step in steps])


def test_weekends_are_no_surprise_once_weeks_are_known():
    """The time of day alone is wrong every weekend; from the fourth week on the hour of the week is not."""
    by_day, by_week = off(OFFICE, knows_weeks=False), off(OFFICE, knows_weeks=True)
    known = DAYS >= 4 * 7

    assert by_day[known].max() > 8.0
    assert by_week[known].max() < 4.0
    assert np.array_equal(by_day[DAYS < 14], by_week[DAYS < 14])


def test_a_holiday_in_midweek_stands_out():
    """Values of a weekend on a Wednesday: by the time of day they are usual, by the hour of the week they are not."""
    values = np.where(HOLIDAY, 20.0 + NOISE, OFFICE)
    before = (DAYS >= 4 * 7) & (DAYS < 9 * 7)

    by_week = off(values, knows_weeks=True)

    assert by_week[HOLIDAY].max() > 3.0 * by_week[before].max()


def test_without_a_weekly_rhythm_nothing_changes():
    """The hour of the week is believed only where it explains much."""
    values = 20.0 + 5.0 * np.sin(HOURS / 24 * 2 * np.pi) + NOISE

    assert np.array_equal(off(values, knows_weeks=False), off(values, knows_weeks=True))


def test_the_hour_of_the_week_costs_less_than_two_kilobytes():
    """All three views of the fleet tier together."""
    assert FleetTier.empty(1).bytes_a_slot() <= 2048
    assert FleetTier.empty(1, settings=FleetSettings(weeks=False)).bytes_a_slot() < FleetTier.empty(1).bytes_a_slot()
