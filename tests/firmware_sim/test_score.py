"""The score: what was found, held against the truth."""

import pytest

from domain.instants import DAY, HOUR, MINUTE, SECOND
from firmware_sim.score import Alarm, Share, score, together
from firmware_sim.truth import Expected, Incident, Truth

A, B, C = (("A", "panel", "crash-loop"), ("B", "panel", "crash-loop"), ("C", "panel", "crash-loop"))
MS = SECOND // 1000


def truth(*keys):
    """These tickets are due at 1 s, 2 s, …"""
    expected = {
        key: Expected(key=key, device=key[0], decided_at=nth * SECOND, faults=()) for nth, key in enumerate(keys, 1)
    }
    return Truth(devices=10, duration=DAY, expected=expected)


def test_all_found_is_perfect():
    """With the delay of each."""
    result = score(truth(A, B), [(*B, 2 * SECOND + 30 * MS), (*A, SECOND + 10 * MS)])

    assert result.is_perfect
    assert (result.expected, result.found, result.delays) == (2, 2, (10 * MS, 30 * MS))
    assert result.as_dict()["delay_ms"] == {"p50": 10.0, "p95": 30.0, "max": 30.0}


def test_what_is_missing_extra_or_doubled_is_named():
    """Of a doubled ticket the earlier one counts for the delay."""
    result = score(truth(A, B), [(*A, 3 * SECOND), (*A, 2 * SECOND), (*C, SECOND)])

    assert (result.missing, result.extra, result.doubled) == ((B,), (C,), (A,))
    assert result.delays == (SECOND,)
    assert not result.is_perfect
    assert (result.recall, result.precision, result.false_per_1000_device_days) == (0.5, 0.5, 100.0)


def test_nothing_expected_and_nothing_found_is_perfect():
    """No division by nothing."""
    result = score(truth(), [])

    assert result.is_perfect
    assert (result.recall, result.precision, result.delay(0.95)) == (1.0, 1.0, 0)


@pytest.mark.parametrize(("share", "rank"), [(0.01, 1), (0.5, 10), (0.51, 11), (0.95, 19), (0.951, 20), (1.0, 20)])
def test_a_quantile_is_the_nearest_rank(share, rank):
    """The smallest delay that so many do not exceed."""
    keys = [(f"asset-{n:02d}", "panel", "crash-loop") for n in range(20)]
    found = [(*key, nth * SECOND + nth * MS) for nth, key in enumerate(keys, 1)]

    assert rank * MS == score(truth(*keys), found).delay(share)


def test_a_real_run_expects_only_what_was_decided_in_it_at_its_own_times():
    """Stopped early, the loops that were not finished are nobody's failure."""
    run = truth(A, B, C).published({C: 70 * SECOND, A: 90 * SECOND})

    assert [(key, e.decided_at) for key, e in run.expected.items()] == [(C, 70 * SECOND), (A, 90 * SECOND)]


def incident(**scope):
    """It can be known after a minute and must be found within ten."""
    return Incident(scope=scope, members=("A",), decided_at=MINUTE, found_within=10 * MINUTE, kind="crash-loop")


def test_a_ticket_before_it_can_be_known_is_extra_and_one_after_its_window_is_late():
    """Neither counts as found."""
    early, late = (
        Expected(key=key, device=key[0], decided_at=HOUR, faults=(), found_within=MINUTE, kind="wear") for key in (A, B)
    )
    due = Truth(devices=10, duration=DAY, expected={A: early, B: late})
    result = score(due, [(*A, HOUR - 1), (*B, HOUR + 2 * MINUTE)])

    assert (result.found, result.missing, result.extra, result.late) == (0, (A, B), (A,), (B,))
    assert {"wear": Share(2, 0)} == result.kinds


def test_an_incident_is_found_once_by_what_it_names():
    """More detail is right; another suspect, or the same one again, is false."""
    due = Truth(devices=10, duration=DAY, incidents=(incident(firmware="2.5.0"),), optional=frozenset({A}))
    alarms = [
        Alarm({"firmware": "2.4.1"}, 2 * MINUTE),
        Alarm({"firmware": "2.5.0", "model": "TV"}, 3 * MINUTE),
        Alarm({"firmware": "2.5.0"}, 4 * MINUTE),
    ]
    result = score(due, [(*A, 2 * MINUTE)], alarms)

    assert (result.expected, result.found, result.extra) == (1, 1, ())
    assert result.delays == (2 * MINUTE,)
    assert result.false_incidents == ({"firmware": "2.4.1"}, {"firmware": "2.5.0"})


def test_an_incident_that_comes_too_late_is_missed_and_false():
    """By its window."""
    due = Truth(devices=10, duration=DAY, incidents=(incident(site="coast"),))
    result = score(due, [], [Alarm({"site": "coast"}, HOUR)])

    assert (result.found, result.missing_incidents) == (0, ({"site": "coast"},))


def test_several_runs_together_are_one_score():
    """Sums of everything, one row of delays."""
    one = score(truth(A, B), [(*A, SECOND + 3 * MS), (*C, SECOND)])
    other = score(truth(A), [(*A, SECOND + MS)])
    both = together([one, other])

    assert (both.expected, both.found, both.missing, both.extra) == (3, 2, (B,), (C,))
    assert both.delays == (MS, 3 * MS)
    assert (both.precision, both.tickets, both.device_days) == (2 / 3, 3, 20.0)
    assert {"crash-loop": Share(3, 2)} == both.kinds
