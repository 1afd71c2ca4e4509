"""The score: what was found, held against the truth."""

import pytest

from domain.instants import DAY, SECOND
from firmware_sim.score import score
from firmware_sim.truth import Expected, Truth

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
