"""Meters: what devices say becomes the use of their asset, whatever happens to the counter on the way."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.instants import DAY, HOUR, MINUTE, SECOND
from domain.meter import Count, Meter, MeterKind, Point, SlipKind, told_apart
from domain.registry import Facts
from maintenance.catalogue_meters import slip_sentence
from maintenance.meters import LATENESS, Heard, hear, stand

START = 20_000 * DAY
LATER = START + 1000 * DAY
PAGES = Meter(name="pages", unit="pages", kind=MeterKind.COUNTER, metric="pages", most_per_hour=600.0)
CYCLES = Meter(name="cycles", unit="cycles", kind=MeterKind.COUNTER, metric="cycles")
SMALL = Meter(
    name="pulses", unit="l", kind=MeterKind.COUNTER, metric="pulses", rolls_over_at=1000.0, most_per_hour=300.0
)
HOURS = Meter(name="hours", unit="h", kind=MeterKind.GAUGE, metric="running", most_per_hour=1.0)
FIRST = Count(is_first=True)


def every(step: int, *values: float, since: int = START) -> list[Point]:
    """Values at even distances."""
    return [Point(since + nth * step, value) for nth, value in enumerate(values)]


def all_settled(meter: Meter, points: Sequence[Point], count: Count = FIRST) -> Heard:
    """What has become of the points once lateness has passed."""
    newest = max(point.at for point in points)
    return hear(meter, count, [*points, Point(newest + LATENESS + 1, points[-1].value)])


def value(meter: Meter, points: Sequence[Point], count: Count = FIRST) -> float:
    """How the count stands after the points."""
    last = stand(meter, hear(meter, count, points).count)
    assert last is not None
    return last.value


@pytest.mark.parametrize(
    ("meter", "values", "expected"),
    [
        (PAGES, (100, 110, 130), 130),
        (PAGES, (100, 110, 5, 25), 135),
        (PAGES, (100, 0, 20), 120),
        (PAGES, (100, 0, 0, 20), 120),
        (PAGES, (100, 0, 110), 110),
        (PAGES, (100, 90_000, 110), 110),
        (PAGES, (100, 90_000, 90_010, 110), 110),
        (PAGES, (100, 90_000, 90_010, 90_030), 130),
        (PAGES, (100, 90_000, 50_000, 110), 110),
        (PAGES, (100, -3, 110), 110),
        (PAGES, (5000, 4990, 4991, 4995), 5005),
        (CYCLES, (10, 1_000_000, 4), 1_000_004),
        (SMALL, (950, 990, 10, 30), 1030),
        (SMALL, (600, 10), 610),
        (SMALL, (990, 0, 10), 1010),
    ],
)
def test_a_counter_that_does_what_counters_do(meter: Meter, values: tuple[float, ...], expected: float) -> None:
    """Growth, resets, slips, jumps that stay, and roll-overs."""
    assert expected == value(meter, every(30 * MINUTE, *values))


def test_what_is_kept_aside_is_told_in_a_sentence() -> None:
    """The reading that cannot be changes nothing and is not lost."""
    heard = all_settled(PAGES, every(30 * MINUTE, 100, 90_000, 110, 0, 120))

    assert [(90_000.0, SlipKind.JUMP), (0.0, SlipKind.ZERO)] == [(s.value, s.kind) for s in heard.slips]
    assert 2 == heard.count.slips
    assert "90000 is more use since 100 at 2024-10-04T00:00:00.000Z" in slip_sentence(heard.slips[0])["en"]
    assert all({"en", "zh"} == set(slip_sentence(slip)) for slip in heard.slips)


def test_a_new_device_goes_on_where_the_old_one_ended() -> None:
    """The first brings its own number; the one after it only adds what it counts from its first reading on."""
    old = value(PAGES, every(MINUTE, 5000, 5010))
    new = value(PAGES, every(MINUTE, 70, 75, 90), Count(is_first=False))

    assert 5030 == old + new


def test_a_gauge_is_added_up_while_it_is_known() -> None:
    """Two hours on, one off; of a long silence only the longest gap counts."""
    on_off = [*every(10 * MINUTE, *[1] * 12, *[0] * 6, 1), Point(START + 10 * HOUR, 1.0)]
    heard = hear(HOURS, FIRST, on_off)
    last = stand(HOURS, heard.count)

    assert last is not None
    assert 2.25 == pytest.approx(last.value)
    settled = all_settled(HOURS, on_off).count.settled
    assert settled is not None
    assert 7 * HOUR - 15 * MINUTE == settled.unmeasured


def test_late_readings_find_their_place_and_repeated_ones_change_nothing() -> None:
    """Within lateness the order of arrival does not matter; what comes later still is counted as late only."""
    inorder = every(MINUTE, 100, 110, 3, 8, 12, 30)
    shuffled = [inorder[n] for n in (0, 2, 1, 5, 4, 3, 2, 1)]
    assert all_settled(CYCLES, inorder).count.settled == all_settled(CYCLES, shuffled).count.settled

    after = hear(CYCLES, hear(CYCLES, FIRST, [*inorder, Point(START + HOUR, 31)]).count, [Point(START, 7_000.0)])
    assert 1 == after.count.late
    assert 141.0 == value(CYCLES, [*inorder, Point(START + HOUR, 31), Point(START, 7_000.0)])


def test_one_row_a_day_says_how_the_meter_stood_in_the_evening() -> None:
    """However often the device spoke."""
    heard = all_settled(CYCLES, every(6 * HOUR, *range(12)))

    assert {20_000: 3.0, 20_001: 7.0, 20_002: 11.0} == {day: point.value for day, point in heard.days.items()}
    assert START + 18 * HOUR == heard.days[20_000].at


def test_a_tail_is_bounded() -> None:
    """A device that says a thousand things a second is believed in the order of its clock as far as there is room."""
    heard = hear(CYCLES, FIRST, every(SECOND // 1000, *range(5000)))

    assert 128 == len(heard.count.tail)
    assert 4999.0 == value(CYCLES, every(SECOND // 1000, *range(5000)))


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, True),
        ({"model": ("TV-*",)}, True),
        ({"model": ("PUMP-*", "TV-55")}, True),
        ({"model": ("tv-*",)}, False),
        ({"model": ("TV-*",), "tag.region": ("cn-*",)}, True),
        ({"site": ("?*",)}, False),
    ],
)
def test_a_meter_is_for_devices_of_some_facts(where: dict[str, tuple[str, ...]], expected: bool) -> None:
    """All that is named must match, each by any of its globs."""
    facts = Facts(device="tv-1", asset="lobby", model="TV-55", tags={"region": "cn-east"})
    meter = Meter(name="pages", unit="", kind=MeterKind.COUNTER, metric="pages", where=where)

    assert expected == meter.is_for(facts)


# -- the same, told plainly


def oracle(meter: Meter, points: Sequence[Point]) -> float:
    """What a counter has counted, by rules of thumb over all its readings at once: the last at an instant holds."""
    readings = [Point(at, value) for at, value in sorted(dict(points).items()) if value >= 0]
    total, last = readings[0].value, readings[0]
    nth = 1
    while nth < len(readings):
        here, following = readings[nth], readings[nth + 1 : nth + 2]
        if here.value == 0 and last.value > 0 and (not following or following[0].value >= last.value):
            nth += 1
            continue
        total += here.value - last.value if here.value >= last.value else here.value
        last, nth = here, nth + 1
    return total


READINGS = st.lists(st.tuples(st.integers(0, 400), st.integers(-2, 30)), min_size=1, max_size=40).filter(
    lambda rows: any(value >= 0 for value in dict(rows).values())
)


@settings(max_examples=150, deadline=None)
@given(rows=READINGS)
def test_counters_count_as_if_all_had_been_known_at_once(rows: list[tuple[int, int]]) -> None:
    """Whatever the order of arrival within lateness, and whatever is said twice."""
    points = [Point(START + at * SECOND, float(value)) for at, value in rows]

    assert oracle(CYCLES, points) == value(CYCLES, points)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(st.integers(0, 5000), st.integers(-2, 900)), min_size=1, max_size=60),
    cuts=st.sets(st.integers(0, 60)),
    meter=st.sampled_from([PAGES, CYCLES, SMALL, HOURS]),
)
def test_it_does_not_matter_how_readings_are_cut_into_batches(
    rows: list[tuple[int, int]], cuts: set[int], meter: Meter
) -> None:
    """State, days and what is kept aside are the same, also for what comes far too late."""
    points = [Point(START + at * MINUTE, float(value)) for at, value in rows]
    whole = hear(meter, FIRST, points)
    count, days, slips = FIRST, dict[int, Point](), []
    edges = sorted({0, len(points), *(cut for cut in cuts if cut < len(points))})
    for begin, end in pairwise(edges):
        part = hear(meter, count, points[begin:end])
        count, days, slips = part.count, days | part.days, slips + part.slips

    assert (whole.count, whole.days, whole.slips) == (count, days, slips)


@settings(max_examples=100, deadline=None)
@given(
    steps=st.lists(st.integers(0, 10), min_size=2, max_size=40),
    wrong=st.sets(st.integers(1, 39), max_size=6),
    limit=st.sampled_from([0.0, 256.0]),
)
def test_jumps_now_and_then_disturb_nothing(steps: list[int], wrong: set[int], limit: float) -> None:
    """A counter with impossible readings between its own counts what it counts without them, roll-overs too."""
    meter = Meter(name="n", unit="", kind=MeterKind.COUNTER, metric="n", most_per_hour=20.0, rolls_over_at=limit)
    points: list[Point] = []
    total = 7
    for nth, step in enumerate(steps):
        total += step if nth else 0
        at = START + nth * HOUR
        points.append(Point(at, float(total % 256 if limit else total)))
        if nth in wrong:
            points.append(Point(at + MINUTE, 1e9 + nth * 1e6))

    assert float(total) == value(meter, points)


@pytest.mark.parametrize("kind", [MeterKind.COUNTER, MeterKind.GAUGE])
def test_a_device_that_says_the_greatest_number_there_is_makes_no_meter_infinite(kind: MeterKind) -> None:
    """Added up it would be infinite, which no ledger keeps; it is kept aside, and the meter goes on."""
    meter = Meter(name="use", unit="h", kind=kind, metric="use")
    points = every(900, *[1.7e308 if nth % 2 else 2.0 for nth in range(1, 12)])

    heard = all_settled(meter, points)

    assert heard.count.stands is not None
    assert heard.count.stands.value <= 2.0
    assert {SlipKind.JUMP} == {slip.kind for slip in heard.slips}


def test_a_long_list_of_names_is_looked_up_and_not_tried_one_by_one() -> None:
    """Names are names, patterns are patterns, and both may stand together."""
    many = Meter(
        name="use",
        unit="h",
        kind=MeterKind.GAUGE,
        metric="use",
        where={"asset": (*(f"P-{nth}" for nth in range(5_000)), "Q-*")},
    )
    found = [many.is_for(Facts(device="d", asset=name)) for name in ("P-4999", "Q-1", "P-5000", "P-*")]

    assert [True, True, False, False] == found
    assert ("Q-*",) == told_apart(many.where["asset"])[1]
