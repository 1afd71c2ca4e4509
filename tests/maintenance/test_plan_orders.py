"""Orders of plans by use and by a detector's word: when they are made, what they say, and when they are needless."""

from dataclasses import replace
from typing import Any

import pytest

from domain.asset_value import FailureCost
from domain.instants import DAY
from domain.meter import Forecast
from domain.plan import Plan, Signal, Strategy, Track
from domain.work_order import OrderKind
from maintenance.plan_orders import Made, generate
from maintenance.plan_tracks import worked
from maintenance.plan_world import World
from tests.maintenance.plans import ROOM, Years, asset, at, plan

NOW = at("2026-06-01")
RUN = Plan(
    id="oil", name={"en": "Oiling"}, strategy=Strategy.METER, meter="hours", use=500.0, job_plan="oil", call_horizon=80
)


def standing(value: float, per_day: float | None = 10.0) -> World:
    """A pump that has run so many hours."""
    read = Forecast(value=value, at=NOW, per_day=per_day, low=8.0 if per_day else None, high=12.0 if per_day else None)
    return replace(ROOM, meters={("P-1", "hours"): read})


def made(of: Plan, world: World, track: Track | None = None) -> Made | None:
    """The order that is made now."""
    tracks = {} if track is None else {(of.id, "P-1"): track}
    return next(generate(NOW, [of], [asset()], tracks, world), None)


@pytest.mark.parametrize(("value", "day"), [(380.0, None), (420.0, "2026-06-09"), (505.0, "2026-06-01")])
def test_use_makes_work_due_and_the_date_comes_from_its_pace(value, day):
    """Called at 80 % of 500 h; due when it probably gets there, or now where it has."""
    found = made(RUN, standing(value))

    assert day == (found and found.order.grounds["planned"])


def test_without_a_pace_only_what_is_reached_is_due():
    """Nobody can say when."""
    assert made(RUN, standing(499.0, per_day=None)) is None
    assert made(RUN, standing(500.0, per_day=None)) is not None
    assert made(RUN, replace(ROOM)) is None


def test_the_why_names_the_meter_the_limit_and_the_interval():
    """In both languages, and the numbers stand in the grounds."""
    found = made(RUN, standing(420.0))
    assert found is not None

    assert found.order.why["en"] == (
        "Plan Oiling: every 500 of hours. It was not done before, as far as is known. "
        "It reaches 500 about 2026-06-09 (now 420, 10 a day, 9 times in 10 between 8 and 12)."
    )
    assert "hours 每 500 一次" in found.order.why["zh"]
    assert (500.0, 420.0, 10.0) == tuple(found.order.grounds[key] for key in ("target", "value", "per_day"))


@pytest.mark.parametrize(
    ("after_completion", "at_value", "target"), [(False, 530.0, 1000.0), (True, 530.0, 1030.0), (False, 950.0, 1500.0)]
)
def test_the_next_limit_counts_from_the_last_or_from_the_value_when_the_work_was_done(
    after_completion, at_value, target
):
    """And not from a limit that was just passed by."""
    of = replace(RUN, after_completion=after_completion)
    first = made(of, standing(500.0))
    assert first is not None
    done = worked(of, replace(first.after, order="W-2026-000001"), NOW, "W-2026-000001", own=True, value=at_value)
    second = made(of, standing(1500.0), done)

    assert target == (second and second.order.grounds["target"])


def test_a_repair_puts_the_use_off_from_its_own_value():
    """Work by another order at 470 h: due at 970 h."""
    track = worked(RUN, Track(plan="oil", asset="P-1"), NOW - DAY, "W-2026-000009", own=False, job="oil", value=470.0)

    assert made(RUN, standing(505.0), track) is None
    found = made(RUN, standing(969.0), track)
    assert 970.0 == (found and found.order.grounds["target"])


WEAR = Plan(
    id="oil", name={"en": "Bearing"}, strategy=Strategy.CONDITION, rules=("wears",), job_plan="oil", within_days=7
)
SIGNAL = Signal(id="F-1", rule="wears", asset="P-1", since=NOW - DAY, title={"en": "Bearing wears", "zh": "轴承磨损"})


def told(*signals: Signal, cost: float = 5_000.0) -> World:
    """What detectors say of the pump."""
    failure = FailureCost(amount=cost, is_assumed=False, why={"en": "said"})
    return replace(ROOM, signals={"P-1": signals}, costs=lambda asset: failure)


def test_a_condition_that_holds_makes_one_order():
    """Within a week; not again for the same finding, and not for what began before the work was done."""
    found = made(WEAR, told(SIGNAL))
    assert found is not None
    assert (OrderKind.CONDITION_BASED, "2026-06-08", "F-1") == (
        found.order.kind,
        found.order.grounds["planned"],
        found.order.grounds["finding"],
    )
    assert "轴承磨损（F-1）自 2026-05-31 起成立" in found.order.why["zh"]
    done = worked(WEAR, replace(found.after, order="W-2026-000001"), NOW, "W-2026-000001", own=True)

    assert made(WEAR, told(SIGNAL), done) is None
    assert made(WEAR, told(replace(SIGNAL, id="F-2")), done) is None
    assert made(WEAR, told(replace(SIGNAL, id="F-3", since=NOW + 1)), done) is not None
    assert made(WEAR, told(replace(SIGNAL, rule="other"))) is None


@pytest.mark.parametrize(("chance", "is_made"), [(0.5, True), (0.01, False)])
def test_a_forecast_makes_an_order_where_it_pays(chance: float, is_made: bool):
    """The chance times the failure cost against the planned cost: 120 of 5,120."""
    of = replace(WEAR, strategy=Strategy.FORECAST)
    found = made(of, told(replace(SIGNAL, chance=chance, horizon_days=10.0)))

    assert is_made == (found is not None)
    if found is not None:
        assert (OrderKind.PREDICTIVE, chance) == (found.order.kind, found.order.grounds["chance"])
        costs = [each.cost for each in found.order.waiting]
        assert [0.0, *costs] == sorted([*costs, 0.0])
        assert not found.order.waiting[0].is_assumed


def test_the_cost_of_waiting_is_the_chance_times_what_a_failure_costs_more():
    """0.5 failures a year, 500 assumed."""
    years = Years(plan(start="2026-06-01"))
    order = years.look(NOW).order  # type: ignore[union-attr]

    assert [pytest.approx(500 * (1 - 2.718281828 ** (-0.5 * day / 365.25)), rel=1e-6) for day in (1, 3, 7, 14)] == [
        each.cost for each in order.waiting
    ]
    assert all(each.is_assumed for each in order.waiting)


@pytest.mark.parametrize("facts", [{"expected_state": "stored"}, {"expected_state": "retired"}, {"claimed": False}])
def test_assets_that_nobody_uses_or_registered_have_no_orders(facts: dict[str, Any]):
    """Whatever is due."""
    found = generate(NOW, [plan(start="2026-06-01")], [asset(**facts)], {}, ROOM)

    assert [] == list(found)


def test_assets_that_stand_alike_are_worked_out_together():
    """The date of one is that of all; another start, and nothing of it is left."""
    world = replace(ROOM, dates={})
    late, tracks = plan(start="2026-06-01"), {}
    some = [asset(f"P-{nth}") for nth in range(50)]

    first = [made.order.ideal_at for made in generate(NOW, [late], some, tracks, world)]
    known = len(world.dates["oil"][1])
    second = [made.order.ideal_at for made in generate(NOW, [replace(late, start="2026-06-02")], some, tracks, world)]

    assert (50, 1) == (len(first), known)
    assert [each + DAY for each in first] == second
