"""What waiting costs rests on lives where they are known, each part by its age, and says when it is assumed."""

from dataclasses import replace

import numpy as np
import pytest

from domain.instants import DAY
from domain.plan import FAILURES_PER_YEAR
from maintenance.beliefs import known
from maintenance.life import Weibull
from maintenance.plan_chances import InUse, KnownLife, chances_of
from tests.maintenance.plans import at, plan

NOW = at("2026-06-01")
BELT = Weibull(3.0, 400.0)
LIVES = {"belt": KnownLife(known(BELT), 30, 20), "P-17": KnownLife(known(Weibull(1.0, 1_000.0)), 9, 4)}
KIT = ("belt", "screw")


def life(family, now):
    """Of this plant."""
    return LIVES.get(family)


def dies(age: float, days: float) -> float:
    """That a belt of this age fails within so many days more."""
    return float(1.0 - np.exp((age / 400.0) ** 3 - ((age + days) / 400.0) ** 3))


@pytest.mark.parametrize("age", [0, 200, 390])
def test_a_part_of_the_kit_speaks_by_its_age(age):
    """An old belt is dearer to wait for than a new one; nothing is assumed."""
    found = chances_of(plan(start="2026-01-10"), NOW, KIT, InUse("P-17", {"belt": NOW - age * DAY, "P-17": 0}), life)

    assert [pytest.approx(dies(age, days)) for days in (1, 7, 14)] == [found.by_day(days) for days in (1, 7, 14)]
    assert (False, {"belt"}) == (found.is_assumed, set(found.grounds["lives"]))
    assert (float(age), 20) == (found.grounds["lives"]["belt"]["age_days"], found.grounds["lives"]["belt"]["failures"])


def test_without_a_known_part_the_model_speaks_and_without_that_the_plan():
    """The plan's number is assumed until somebody says another."""
    oiling = plan(start="2026-01-10")
    model = chances_of(oiling, NOW, ["screw"], InUse("P-17", {"P-17": NOW - 50 * DAY}), life)
    supposed = chances_of(oiling, NOW, KIT, InUse("P-18", {"P-18": 0}), life)
    said = chances_of(replace(oiling, failures_per_year=2.0), NOW, KIT, InUse(), life)

    assert pytest.approx(1 - np.exp(-0.014), rel=1e-6) == model.by_day(14)
    assert (False, True, False) == (model.is_assumed, supposed.is_assumed, said.is_assumed)
    assert pytest.approx(1 - np.exp(-14 * FAILURES_PER_YEAR / 365.25)) == supposed.by_day(14)
    assert {"failures_per_year": 2.0} == said.grounds


def test_one_of_several_parts_failing_is_enough():
    """Two belts of different names, each of its age."""
    two = {"belt": LIVES["belt"], "rope": LIVES["belt"]}
    use = InUse("", {"belt": NOW - 300 * DAY, "rope": NOW - 100 * DAY})
    found = chances_of(plan(start="2026-01-10"), NOW, ["belt", "rope"], use, lambda family, now: two.get(family))

    assert pytest.approx(1 - (1 - dies(300, 7)) * (1 - dies(100, 7))) == found.by_day(7)
