"""Use per day, and when a limit is reached: by history alone, with honest limits; readings by people."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from domain.errors import WrongFormat
from domain.instants import DAY, HOUR
from domain.meter import DueAt, Forecast, MeterReading, Point
from maintenance.meter_readings import check_reading, in_force, offset, stands
from maintenance.meter_use import due_at, forecast, growing, interval, joined, student, use_per_day

START = 20_000 * DAY


def daily(*uses: float, begin: float = 0.0) -> list[Point]:
    """A meter at the end of each day, which began at a number."""
    totals = np.cumsum([begin, *uses])
    return [Point(START + nth * DAY, float(total)) for nth, total in enumerate(totals)]


@pytest.mark.parametrize(
    ("uses", "per_day", "windows", "is_robust"),
    [
        ([5.0] * 3, 5.0, 3, False),
        ([4.0, 6.0, 5.0], 5.0, 3, False),
        ([10, 10, 10, 10, 10, 0, 0] * 4, 50 / 7, 4, True),
        ([10, 10, 10, 10, 10, 0, 0] * 30, 50 / 7, 12, True),
        ([1.0] * 60 + [0.0] * 7 + [1.0] * 14, 1.0, 11, True),
    ],
)
def test_use_is_what_the_last_weeks_say(uses: list[float], per_day: float, windows: int, is_robust: bool) -> None:
    """Whole weeks from four weeks on, so that weekends and a holiday do not matter."""
    use = use_per_day(daily(*uses))

    assert use is not None
    assert (pytest.approx(per_day), windows, is_robust) == (use.per_day, use.windows, use.is_robust)


@pytest.mark.parametrize("line", [[], daily(), daily(5.0), daily(5.0, 5.0)])
def test_nothing_is_invented_without_history(line: Sequence[Point]) -> None:
    """Fewer than three days say nothing of the use, and so nothing of when a limit is reached."""
    assert use_per_day(line) is None
    assert due_at(Point(START, 10.0), None, 100.0) is None
    assert Forecast(value=10.0, at=START) == forecast(Point(START, 10.0), None)


def test_a_meter_that_stands_still_is_never_due() -> None:
    """Nor is one that may stand still due by a latest day."""
    line = daily(*[0.0] * 10)
    assert due_at(line[-1], use_per_day(line), 100.0) is None

    shaky = daily(0.0, 0.0, 10.0)
    due = due_at(shaky[-1], use_per_day(shaky), 100.0)
    assert due is not None
    assert due.latest is None


def test_the_limit_is_reached_after_what_is_left_at_the_use_of_a_day() -> None:
    """Steady use leaves no doubt; a limit that lies behind was reached when it was seen."""
    line = daily(*[5.0] * 30, begin=50.0)
    in_ten_days = START + 40 * DAY
    assert DueAt(at=in_ten_days, earliest=in_ten_days, latest=in_ten_days) == due_at(line[-1], use_per_day(line), 250.0)
    then = line[-1].at
    assert DueAt(at=then, earliest=then, latest=then) == due_at(line[-1], None, 200.0)


def test_nine_of_ten_limits_are_reached_within_the_interval() -> None:
    """Uses that vary a lot from day to day, of many seeds."""
    random = np.random.default_rng(7)
    held = total = 0
    for days in (5, 14, 40, 90):
        for _ in range(150):
            uses = random.gamma(2.0, 5.0, 400)
            line = daily(*uses[:days])
            due = due_at(line[-1], use_per_day(line), line[-1].value + 300.0)
            if due is None:
                continue
            reached = line[-1].at + int(np.searchsorted(np.cumsum(uses[days:]), 300.0) + 1) * DAY
            held += due.earliest <= reached and (due.latest is None or reached <= due.latest + DAY)
            total += 1

    assert total > 550
    assert 0.87 <= held / total <= 0.99


@pytest.mark.parametrize(("degrees", "expected"), [(2, 2.920), (3, 2.353), (5, 2.015), (11, 1.796), (27, 1.703)])
def test_students_quantile(degrees: int, expected: float) -> None:
    """As in the tables, to one in a hundred."""
    assert expected == pytest.approx(student(degrees), rel=0.01)


def test_a_longer_way_ahead_narrows_the_mean() -> None:
    """What varies from week to week evens out."""
    use = use_per_day(daily(*[1.0, 2.0, 3.0, 9.0, 4.0] * 10))

    assert use is not None
    short, far = interval(use, 7), interval(use, 365)
    assert short[1] - short[0] > far[1] - far[0]


def test_devices_that_followed_each_other_make_one_line() -> None:
    """The sum at every instant at which any of them says something."""
    old = [Point(START, 100.0), Point(START + 4 * DAY, 140.0)]
    new = [Point(START + 5 * DAY, 0.0), Point(START + 7 * DAY, 30.0)]

    assert [100.0, 140.0, 140.0, 170.0] == [point.value for point in joined([old, new])]
    assert [] == joined([[], []])


def reading(at: float, value: float, **changes: object) -> MeterReading:
    """What somebody read, some days after the start."""
    when = START + int(at * DAY)
    made = MeterReading(
        id=0, asset="press-1", meter="km", at=when, value=value, counted=0.0, by="lee", recorded_at=when
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_correction_takes_the_place_of_what_it_corrects() -> None:
    """Both stay; only one counts."""
    readings = [reading(1, 500, id=1), reading(2, 5100, id=2), reading(2, 510, id=3, corrects=2)]

    assert [1, 3] == [each.id for each in in_force(readings)]
    assert Point(START + 2 * DAY, 510.0) == stands([], readings)


def test_a_meter_goes_on_from_what_a_person_read() -> None:
    """Devices count on top of it, also across a swap."""
    line = [Point(START, 100.0), Point(START + DAY, 140.0)]
    readings = [reading(0.5, 2_000, counted=120.0)]

    assert 1880.0 == offset(readings)
    assert Point(START + DAY, 2020.0) == stands(line, readings)
    assert Point(START + DAY, 140.0) == stands(line, [])
    assert stands([], []) is None


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (reading(9, 600), "has not come yet"),
        (reading(3, -1), "never below 0"),
        (reading(3, float("nan")), "never below 0"),
        (reading(3, 1e300), "or above 1e.20"),
        (reading(3, 400), "stood at 510 already, 400 is less"),
        (reading(3, 600, corrects=9), "Reading 9 of km is not there"),
    ],
)
def test_a_wrong_reading_gets_a_sentence(wrong: MeterReading, sentence: str) -> None:
    """What to do about it."""
    with pytest.raises(WrongFormat, match=sentence):
        check_reading(wrong, [reading(2, 510, id=3)], [], START + 4 * DAY)


def test_a_fall_with_a_reason_and_a_correction_downwards_are_taken() -> None:
    """The meter was exchanged; a slip of the pen."""
    known = [reading(1, 400, id=1), reading(2, 5100, id=2)]
    check_reading(reading(3, 4, why="meter exchanged"), known, [], START + 4 * DAY)
    check_reading(reading(2, 510, corrects=2), known, [], START + 4 * DAY)

    assert [0.0, 110.0, 110.0] == [
        point.value
        for point in growing([Point(START, 400.0), Point(START + HOUR, 510.0), Point(START + 2 * HOUR, 4.0)])
    ]
