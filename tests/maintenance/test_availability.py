"""Mean time between failures, mean time to restoration, availability."""

from math import inf

import numpy as np
import pytest

from domain.instants import DAY, HOUR
from maintenance.availability import Measured, Outage, Service, dependability


def test_figures_are_those_of_the_standards():
    """Two pumps over 100 days, three outages of 10, 20 and 30 hours: 197.5 days up, 60 hours down."""
    first = Service(0, outages=(Outage(10 * DAY, 10 * DAY + 10 * HOUR), Outage(50 * DAY, 50 * DAY + 20 * HOUR)))
    found = dependability([first, Service(0, outages=(Outage(5 * DAY, 5 * DAY + 30 * HOUR),))], 0, 100 * DAY)

    assert (3, 3, 60 * HOUR) == (found.failures, found.restored, found.down)
    assert (197.5 / 3, 20.0, 197.5 / 200) == pytest.approx(
        (found.mtbf_days.value, found.mttr_hours.value, found.availability.value)
    )


def test_the_interval_of_a_mean_is_the_chi_square_one():
    """2 failures in 200 days, 90 %: 400 by 12.592 (6 degrees of freedom) and by 0.7107 (4)."""
    outages = (Outage(10 * DAY, 10 * DAY + 1), Outage(20 * DAY, 20 * DAY + 1))
    found = dependability([Service(0, outages=outages), Service(0)], 0, 100 * DAY).mtbf_days

    assert (400 / 12.5916, 400 / 0.710723) == pytest.approx((found.low, found.high), rel=1e-5)


def test_no_failure_bounds_the_mean_from_below_only():
    """100 days without one: at least 33 days, with 90 % between both ends."""
    found = dependability([Service(0)], 0, 100 * DAY)

    assert (None, inf) == (found.mtbf_days.value, found.mtbf_days.high)
    assert 100 / 2.995732 == pytest.approx(found.mtbf_days.low, rel=1e-5)
    assert Measured(1.0, 0.0, 1.0) == found.availability


def test_what_is_still_down_counts_as_down_and_not_as_restored():
    """Leaving it out would make repairs look short."""
    outages = (Outage(10 * DAY, 11 * DAY), Outage(90 * DAY))
    found = dependability([Service(0, outages=outages)], 0, 100 * DAY)

    assert (2, 1, 264.0) == (found.failures, found.restored, found.mttr_hours.value)


def test_only_the_span_counts():
    """An outage from before it is down time in it and no failure of it; an asset is counted while it was in service."""
    early = Service(-50 * DAY, outages=(Outage(-5 * DAY, 2 * DAY),))
    gone = Service(0, until=10 * DAY, outages=(Outage(20 * DAY, 21 * DAY),))
    found = dependability([early, gone, Service(200 * DAY)], 0, 100 * DAY)

    assert (0, 1, 2 * DAY, 108 * DAY) == (found.failures, found.restored, found.down, found.up)


def test_outages_that_overlap_are_one():
    """Two tickets of one stillstand: down once, failed once, and over when the last is over."""
    outages = (Outage(10 * DAY, 14 * DAY), Outage(12 * DAY, 13 * DAY), Outage(13 * DAY, 15 * DAY))
    found = dependability([Service(0, outages=outages)], 0, 100 * DAY)

    assert (1, 1, 5 * DAY) == (found.failures, found.restored, found.down)


def test_intervals_hold_as_often_as_they_say():
    """200 fleets that fail every 30 days and are down for 2 days on average, watched for a year."""
    chance, held = np.random.default_rng(4), [0, 0, 0]
    for _ in range(200):
        services = []
        for _ in range(3):
            at, outages = 0.0, []
            while (at := at + chance.exponential(30.0)) < 365.0:
                outages.append(Outage(int(at * DAY), int((at := at + chance.exponential(2.0)) * DAY)))
            services.append(Service(0, outages=tuple(outages)))
        found = dependability(services, 0, 365 * DAY)
        truth = ((found.mtbf_days, 30.0), (found.mttr_hours, 48.0), (found.availability, 30.0 / 32.0))
        held = [count + (one.low <= true <= one.high) for count, (one, true) in zip(held, truth, strict=True)]

    assert [True, True, True] == [0.86 <= one / 200 <= 0.96 for one in held]


def test_nothing_watched_is_nothing_known():
    """No asset, or a chance that is none."""
    assert None is dependability([], 0, DAY).availability.value
    with pytest.raises(ValueError, match="between 0 and 1"):
        dependability([], 0, DAY, sure=1.0)
