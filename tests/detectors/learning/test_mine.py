"""Mining finds what was planted, nothing where nothing is, and believes no single device."""

import csv
import os
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest

from detectors.learning.evidence import alarms, question, weigh
from detectors.learning.history import MILLISECOND, history_of
from detectors.learning.mine import Mined, Search, mine
from detectors.learning.patterns import Pattern, Shape
from domain.instants import DAY, HOUR, MINUTE, parse_instant
from tests.detectors.learning.planted import START, Rows, history, planted

PDM = os.environ.get("TRUCKROLL_PDM")
PUMP = Pattern(Shape.ALL, 1, HOUR, ("brownout", "overheat"))


def proposed(mined: Mined) -> list[tuple[str, Pattern]]:
    """Modes and their patterns."""
    return [(one.mode, one.pattern) for one in mined.proposals]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_was_planted_is_found_and_nothing_else(seed: int) -> None:
    """The pair within an hour, and the row of three: each for its failure."""
    mined = mine(history(seed), Search(windows=(HOUR, 6 * HOUR, DAY)))

    assert proposed(mined) == [("pump", PUMP), ("valve", Pattern(Shape.COUNT, 3, HOUR, ("retry",)))]
    assert all(one.confirmed.precision > 0.9 and one.confirmed.recall > 0.9 for one in mined.proposals)
    assert all(8 * HOUR <= one.found.lead[0] <= one.found.lead[2] <= 20 * HOUR for one in mined.proposals)


def test_where_nothing_comes_before_failures_nothing_is_proposed() -> None:
    """Twenty histories of noise, even where a rule may be wrong nearly always."""
    search = Search(min_precision=0.0, min_support=3)

    assert [] == [one for seed in range(20) for one in mine(history(seed, causes=False), search).proposals]


def test_a_single_sick_device_makes_no_rule() -> None:
    """One device with many failures after many events says nothing of the others."""
    events, failures = planted(4, causes=False)
    for day in range(10, 200, 3):
        events.append(("D-0", "click", START + day * DAY))
        failures.append(("D-0", "pump", START + day * DAY + 6 * HOUR))

    assert [] == proposed(mine(history_of(events, failures), Search()))


def test_the_order_of_rows_does_not_matter_and_what_is_told_twice_counts_once() -> None:
    """Shuffled and doubled files give the same proposals with the same evidence."""
    events, failures = planted(5)
    once = mine(history_of(events, failures), Search())
    again = mine(history_of([*reversed(events), *events], failures[::-1]), Search())

    assert [(one.pattern, one.found, one.confirmed) for one in again.proposals] == [
        (one.pattern, one.found, one.confirmed) for one in once.proposals
    ]


def test_events_in_a_burst_are_one_alarm() -> None:
    """Fifty in ten minutes before a failure are one alarm that was right; the next a day later is another."""
    burst: Rows = [("D", "e", START + n * 12_000 * MILLISECOND) for n in range(50)]
    told = history_of([*burst, ("D", "e", START + 2 * DAY), ("D", "x", START + 9 * DAY)], [("D", "f", START + HOUR)])
    places = alarms(told, told.event_lines[told.names.index("e")], DAY)
    evidence = weigh(question(told, 0, DAY), places)

    assert (evidence.alarms, evidence.hits, evidence.failures) == (2, 1, 1)


@pytest.mark.parametrize(
    ("after", "right"),
    [(0, 0), (MILLISECOND, 1), (DAY, 1), (DAY + MILLISECOND, 0)],
    ids=["at the same instant", "just after", "at the horizon", "beyond it"],
)
def test_a_failure_counts_after_the_alarm_and_up_to_the_horizon(after: int, right: int) -> None:
    """An alarm that comes with the failure warns nobody."""
    told = history_of([("D", "e", START), ("D", "x", START + 9 * DAY)], [("D", "f", START + after)])
    places = alarms(told, told.event_lines[0], DAY)

    assert right == weigh(question(told, 0, DAY), places).hits


def test_alarms_that_nobody_can_judge_yet_are_left_out() -> None:
    """The horizon of an alarm at the end of the history has not passed."""
    told = history_of([("D", "e", START), ("D", "e", START + 5 * DAY)], [("E", "f", START + 5 * DAY + HOUR)])

    assert 1 == len(alarms(told, told.event_lines[0], DAY))


def test_a_blind_alarm_is_right_as_often_as_failures_cover_the_time() -> None:
    """Two failures an hour apart cover 25 hours of ten judged days; time is counted once."""
    told = history_of(
        [("D", "x", START), ("D", "x", START + 11 * DAY - MILLISECOND)],
        [("D", "f", START + 3 * DAY), ("D", "f", START + 3 * DAY + HOUR)],
    )

    np.testing.assert_allclose(told.covered(0, DAY), [25 / 240])


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"horizon": 0}, "the horizon is longer than nothing"),
        ({"windows": (400 * DAY,)}, "a window is longer than nothing"),
        ({"fdr": 1.0}, "shares between 0 and 1"),
        ({"min_support": 0}, "whole numbers from 1"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(wish: dict[str, int], sentence: str) -> None:
    """Each with what is wrong."""
    with pytest.raises(ValueError, match=sentence):
        Search(**wish)  # type: ignore[arg-type]


@pytest.mark.skipif(not PDM, reason="TRUCKROLL_PDM names the folder of the machines' errors and failures")
def test_on_the_machines_two_errors_within_an_hour_come_before_comp2() -> None:
    """error2 and error3 within the same hour, a day ahead, right more than nine times in ten."""
    mined = mine(history_of(rows("PdM_errors.csv", "errorID"), rows("PdM_failures.csv", "failure")), Search())
    best = next(one for one in mined.proposals if one.mode == "comp2")

    assert best.pattern == Pattern(Shape.ALL, 1, HOUR, ("error2", "error3"))
    assert best.confirmed.precision_interval.low > 0.9
    assert best.confirmed.recall_interval.low > 0.9
    assert best.confirmed.lead[1] > 23 * HOUR + 59 * MINUTE


def rows(file: str, column: str) -> Rows:
    """The rows of a file."""
    with (Path(PDM or "") / file).open(encoding="utf-8") as lines:
        return [(r["machineID"], r[column], parse_instant(r["datetime"], UTC)) for r in csv.DictReader(lines)]
