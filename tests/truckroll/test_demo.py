"""`truckroll demo`: what it is equipped with, and how tomorrow is shown. That it ends well is seen by running it."""

from pathlib import Path

import pytest

from adapters import ledger_meters, ledger_parts, ledger_people, ledger_plans
from adapters.ledger_sql import SqlLedger
from domain.crew import CrewCost, CrewPlan, Route, Stop, StopKind
from domain.crew_proposal import Proposal
from domain.instants import HOUR
from firmware_sim.ready_made import FULL_SPEED
from firmware_sim.scenario import Scenario
from truckroll.demo_supplies import CALM_SPEED, METER, PLAN, equip
from truckroll.demo_tomorrow import calls
from truckroll.settings import Settings


@pytest.mark.parametrize(("devices", "worn"), [(200, 10), (20, 3), (1, 0)])
def test_fans_that_wear_reach_the_limit_and_the_depot_has_too_few(tmp_path: Path, devices: int, worn: int) -> None:
    """Whatever the size: half of them get their part, and nobody's daily life is worn."""
    fleet = Scenario.demo(devices=devices, seconds=20, seed=7)
    with SqlLedger(tmp_path / "ledger.db") as ledger:
        equip(ledger, Settings(home=tmp_path), fleet)
        with ledger.reading() as connection:
            plan = ledger_plans.plans(connection)[PLAN].plan
            level = ledger_parts.levels(connection, ["fan"]).get(("fan", "central"))
            meters = [meter.name for meter in ledger_meters.meters(connection)]
            people = ledger_people.staff(connection).people

    assert CALM_SPEED * fleet.duration / HOUR == pytest.approx(plan.use, abs=0.01)
    assert plan.use < (1400 + FULL_SPEED) * 0.75 * fleet.duration / HOUR
    assert worn // 2 == (level.on_hand if level else 0)
    assert [METER] == meters
    assert {"tech-1", "tech-2", "tech-3"} == set(people)


def test_at_the_depot_is_fetched_what_the_later_orders_need() -> None:
    """Breaks are left out; a second stop fetches for those after it only."""
    kinds = [StopKind.DEPOT, StopKind.VISIT, StopKind.BREAK, StopKind.VISIT, StopKind.DEPOT, StopKind.VISIT]
    orders = ["", "W-1", "", "W-2", "", "W-3"]
    stops = tuple(
        Stop(kind=kind, order=order, arrives_at=at * HOUR, starts_at=at * HOUR, ends_at=(at + 1) * HOUR)
        for at, (kind, order) in enumerate(zip(kinds, orders, strict=True))
    )
    route = Route(technician="ana", leaves_at=0, returns_at=9 * HOUR, stops=stops)
    made = Proposal(made_at=0, plan=CrewPlan(routes=(route,)), cost=CrewCost())
    kits = {"W-1": {"fan": 1}, "W-2": {"fan (reserved)": 1, "belt": 2}, "W-3": {"fan": 1}}

    found = list(calls(made, kits, {"W-1": "lobby"}))

    assert ["", "W-1", "W-2", "", "W-3"] == [call.order for call in found]
    assert [{"fan": 2, "belt": 2}, {"fan": 1}, {"fan": 1, "belt": 2}, {"fan": 1}, {"fan": 1}] == [
        dict(call.parts) for call in found
    ]
    assert "lobby" == found[1].asset
