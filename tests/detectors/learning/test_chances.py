"""Chances agree with sums by hand and with published values."""

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.learning.chances import beta_share, discoveries, effective, luck, wilson


@given(st.integers(1, 60), st.data(), st.floats(0.001, 0.999))
def test_luck_is_the_binomial_tail(tries: int, data: st.DataObject, chance: float) -> None:
    """The sum over all outcomes that are as good or better."""
    hits = data.draw(st.integers(0, tries))
    tail = sum(comb(tries, n) * chance**n * (1 - chance) ** (tries - n) for n in range(hits, tries + 1))

    assert luck(hits, tries, chance) == pytest.approx(tail, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("x", "a", "b", "share"),
    [(0.0, 2, 3, 0.0), (1.0, 2, 3, 1.0), (0.5, 2.5, 2.5, 0.5), (0.25, 1, 1, 0.25), (0.5, 2, 3, 0.6875)],
)
def test_the_beta_share_has_its_known_values(x: float, a: float, b: float, share: float) -> None:
    """Ends, symmetry, the uniform one, and a polynomial."""
    assert beta_share(x, a, b) == pytest.approx(share)


@pytest.mark.parametrize(
    ("hits", "tries", "low", "high"),
    [(10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (0, 0, 0.0, 1.0)],
)
def test_wilsons_interval_has_its_known_values(hits: int, tries: int, low: float, high: float) -> None:
    """Never outside of 0 and 1, and wide for few."""
    assert wilson(hits, tries) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("hits", "tries", "worth"),
    [
        ([10, 0, 10, 0], [10, 10, 10, 10], 3.0),
        ([5, 5, 5, 5], [10, 10, 10, 10], 40.0),
        ([9], [9], 1.0),
        ([3, 3, 3], [3, 3, 3], 9.0),
        ([], [], 0.0),
    ],
    ids=["assets all or nothing", "assets alike", "one asset", "always right", "none"],
)
def test_tries_on_one_asset_repeat_each_other(hits: list[int], tries: list[int], worth: float) -> None:
    """The more assets differ, the fewer independent tries there are; never more than were made."""
    assert effective(np.array(hits, float), np.array(tries, float)) == pytest.approx(worth)


def test_discoveries_pay_for_every_question() -> None:
    """The same p-values stand among few questions and fall among many."""
    seen = np.array([0.2, 0.0001, 0.004])

    assert [False, True, True] == discoveries(seen, 3, 0.05).tolist()
    assert [False, True, False] == discoveries(seen, 20, 0.05).tolist()
    assert [False, False, False] == discoveries(seen, 10_000, 0.05).tolist()
    assert [] == discoveries(np.array([]), 0, 0.05).tolist()
