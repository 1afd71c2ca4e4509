"""The planner over a real ledger: what it makes, what it follows, and what it takes back."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters import ledger_fitted
from adapters.ledger_sql import SqlLedger
from domain.asset_value import Fitted, Removal
from domain.errors import WrongFormat
from domain.finding import FindingState
from domain.instants import DAY, HOUR, SECOND
from domain.meter import Meter, MeterKind
from domain.plan import Plan, Strategy
from domain.work_order import OrderKind, OrderState
from tests.ledgers import ENGINES
from tests.maintenance.plans import at, plan
from tests.ticketing.cases import finding
from tests.truckroll.plant import AROUND, Plant
from ticketing.classes import NO_CLASSES
from truckroll.known_lives import KnownLives
from truckroll.meter_deeds import Read, import_meters, record_reading
from truckroll.plan_world import signal_of
from truckroll.planner import Planner
from truckroll.stock_files import FileOf, import_parts

S = OrderState
OIL: Plan = plan(start="2026-01-10")


@pytest.fixture(params=ENGINES)
def any_ledger(request, tmp_path) -> Iterator[SqlLedger]:
    """An empty ledger of each engine."""
    with SqlLedger(ENGINES[request.param](tmp_path)) as ledger:
        yield ledger


@pytest.fixture
def ledger(tmp_path) -> Iterator[SqlLedger]:
    """An empty ledger."""
    with SqlLedger(tmp_path / "ledger.db") as ledger:
        yield ledger


def days(plant: Plant) -> list[str]:
    """The dates of all orders."""
    return [str(order.grounds["planned"]) for order in plant.orders()]


def test_an_order_says_why_when_and_what_waiting_costs(any_ledger):
    """And waits for its review, with the work of the job plan."""
    (order,) = Plant(any_ledger, OIL).comes("2026-01-02")

    assert (S.IN_REVIEW, OrderKind.PREVENTIVE, ("oil", "P-1", "1")) == (order.state, order.kind, order.cycle_key)
    assert order.why == {
        "en": "Plan Oiling: every 1 month. It was not done before, as far as is known. It is due on 2026-01-10.",
        "zh": "计划“Oiling”：每1 个月一次。此前没有完成记录。应于 2026-01-10 进行。",
    }
    assert (at("2026-01-07"), at("2026-01-10"), at("2026-01-14")) == (order.ready_at, order.ideal_at, order.due_at)
    assert [1, 3, 7, 14] == [each.days for each in order.waiting]
    assert all(each.is_assumed and each.cost > 0 for each in order.waiting)
    assert (2.0, ("oil",), "oil") == (order.hours, order.skills, order.job_plan)


def test_a_second_look_a_second_planner_and_a_restart_make_nothing_more(any_ledger):
    """The round is open: there is one order."""
    plant = Plant(any_ledger, OIL)
    plant.comes("2026-01-02")
    Planner(any_ledger, AROUND).keep(plant.now)
    plant.planner = Planner(any_ledger, AROUND)

    assert ["2026-01-10"] == [str(order.grounds["planned"]) for order in plant.comes("2026-03-02")]


def test_what_another_planner_made_meanwhile_is_not_made_again(any_ledger, monkeypatch):
    """It looked before the other one wrote: the round that it saw is not the one that is there."""
    plant = Plant(any_ledger, OIL)
    slow, before = Planner(any_ledger, AROUND), any_ledger.begin
    monkeypatch.setattr(any_ledger, "begin", lambda: (monkeypatch.undo(), plant.planner.look(plant.now), before())[2])
    slow.look(plant.now)

    assert ["2026-01-10"] == days(plant)


def test_when_the_work_is_done_the_next_round_comes_and_names_it(any_ledger):
    """The order is closed, and the next why names the day and the order."""
    plant = Plant(any_ledger, OIL)
    (order,) = plant.comes("2026-01-10")
    plant.does(order.number)
    first, second = plant.comes("2026-01-11")

    assert (S.CLOSED, "2026-02-10", "2") == (first.state, second.grounds["planned"], second.cycle)
    assert f"Last done on 2026-01-10 ({order.number})." in second.why["en"]


def test_work_that_is_told_late_counts_on_the_day_on_which_it_was_done(ledger):
    """Back-dated by ten days: the next round is counted from there."""
    plant = Plant(ledger, replace(OIL, after_completion=True))
    (order,) = plant.comes("2026-01-10")
    plant.now = at("2026-01-30")
    plant.does(order.number, done="2026-01-20")

    assert ["2026-01-10", "2026-02-20"] == days(plant)


def test_a_round_that_is_refused_is_over_and_the_next_one_comes(ledger):
    """Whoever refuses it says why; nothing is made again for it."""
    plant = Plant(ledger, OIL)
    (order,) = plant.comes("2026-01-10")
    plant.moves(order.number, S.REJECTED, reason="new pump")

    assert ["2026-01-10", "2026-02-10"] == days(plant)
    assert [S.REJECTED, S.IN_REVIEW] == [order.state for order in plant.orders()]


@pytest.mark.parametrize("state", ["stored", "retired"])
def test_assets_that_are_not_active_have_no_orders(ledger, state):
    """One that nobody has approved is taken back; back in service its work is due as before, under a new number."""
    plant = Plant(ledger, OIL, assets=2)
    plant.comes("2026-01-08")
    plant.registers("P-1", expected_state=state)
    plant.comes("2026-01-09")
    gone = [(order.asset, order.state, order.cycle) for order in plant.orders()]
    plant.registers("P-1", expected_state="active")

    assert [("P-1", S.CANCELLED, "1"), ("P-2", S.IN_REVIEW, "1")] == gone
    back = plant.comes("2026-01-12")[-1]
    assert ("P-1", "2", "2026-01-10") == (back.asset, back.cycle, back.grounds["planned"])


def test_an_order_that_somebody_has_approved_is_not_taken_back(ledger):
    """People have decided."""
    plant = Plant(ledger, OIL)
    (order,) = plant.comes("2026-01-08")
    plant.moves(order.number, S.APPROVED)
    plant.registers("P-1", expected_state="stored")

    assert [S.APPROVED] == [order.state for order in plant.comes("2026-01-09")]


def test_a_paused_plan_makes_nothing_and_keeps_what_it_made(ledger):
    """Until it goes on."""
    plant = Plant(ledger, OIL)
    (order,) = plant.comes("2026-01-08")
    plant.plans(replace(OIL, is_paused=True))
    plant.moves(order.number, S.REJECTED, reason="no")
    assert ["2026-01-10"] == days(plant)
    plant.plans(OIL)

    assert ["2026-01-10", "2026-02-10"] == [str(o.grounds["planned"]) for o in plant.comes("2026-01-20")]


def test_a_repair_with_the_same_work_stands_for_the_round_that_is_due(ledger):
    """The order that nobody has approved is cancelled, and the next round comes in its time."""
    plant = Plant(ledger, OIL)
    plant.comes("2026-01-08")
    number = plant.repairs("oil")
    first, repair, second = plant.comes("2026-01-10")

    assert (S.CANCELLED, number) == (first.state, repair.number)
    assert ("2026-02-10", "2") == (second.grounds["planned"], second.cycle)
    assert f"({number})" in second.why["en"]


def test_other_repairs_and_work_long_before_change_nothing(ledger):
    """Another job plan; or the same one three weeks before a monthly round."""
    plant = Plant(ledger, OIL, replace(OIL, id="belt", job_plan="belt"))
    plant.comes("2026-01-08")
    plant.repairs("board")

    assert [S.IN_REVIEW, S.IN_REVIEW, S.CLOSED] == [order.state for order in plant.orders()]


def test_an_order_is_deferred_no_longer_than_its_plan_allows(ledger):
    """A quarter of the cycle; what is longer is refused with the date."""
    plant = Plant(ledger, OIL)
    (order,) = plant.comes("2026-01-08")
    with pytest.raises(WrongFormat, match="plan oil lets it wait until 2026-01-18T00"):
        plant.moves(order.number, S.DEFERRED, until=at("2026-02-01"))
    plant.moves(order.number, S.DEFERRED, until=at("2026-01-17"))

    assert [S.DEFERRED] == [order.state for order in plant.orders()]


def test_a_round_that_was_merged_is_done_with_the_order_that_took_it_in(ledger):
    """However many take each other in."""
    plant = Plant(ledger, OIL, replace(OIL, id="belt", job_plan="belt"))
    belt, oil = plant.comes("2026-01-10")
    plant.moves(oil.number, S.MERGED, into=belt.number)
    assert 2 == len(plant.comes("2026-01-10"))
    plant.does(belt.number)
    found = {(order.plan, order.grounds["planned"]) for order in plant.orders() if order.is_open}

    assert {("belt", "2026-02-10"), ("oil", "2026-02-10")} == found


def test_orders_of_an_automatic_plan_go_out_at_once(ledger):
    """Nobody reviews them."""
    (order,) = Plant(ledger, replace(OIL, automatic=True)).comes("2026-01-08")

    assert S.RELEASED is order.state


def test_a_changed_horizon_makes_the_order_sooner_and_not_again(ledger):
    """At 80 % on 4 January, at 100 % on the day."""
    plant = Plant(ledger, replace(OIL, call_horizon=100))
    assert [] == plant.comes("2026-01-09")
    plant.plans(replace(OIL, call_horizon=50))
    assert ["2026-01-10"] == [str(o.grounds["planned"]) for o in plant.comes("2026-01-09")]
    plant.plans(replace(OIL, call_horizon=100))

    assert ["2026-01-10"] == [str(o.grounds["planned"]) for o in plant.comes("2026-01-09")]


def test_looks_are_a_minute_apart_and_follow_every_change(ledger):
    """A clock that goes back is looked at once more."""
    plant = Plant(ledger, OIL)
    plant.planner.keep(plant.now)
    plant.planner.keep(plant.now)
    looked = plant.planner.looked_at
    plant.planner.keep(plant.now + HOUR // 120)
    assert looked == plant.planner.looked_at
    plant.planner.keep(plant.now - DAY)

    assert plant.now - DAY == plant.planner.looked_at


def test_after_a_long_look_others_have_the_machine_for_longer(ledger, monkeypatch):
    """Nine times as long; a clock that goes back does not make it wait."""
    plant = Plant(ledger, OIL)
    times = iter(range(0, 1_000 * SECOND, 20 * SECOND))
    monkeypatch.setattr("truckroll.planner.perf_counter_ns", lambda: next(times))
    looked = []
    for seconds in (0, 60, 179, 180, -10):
        plant.planner.keep(plant.now + seconds * SECOND)
        looked.append((plant.planner.looked_at or 0) - plant.now)

    assert [0, 0, 0, 180 * SECOND, -10 * SECOND] == looked


def test_what_is_too_much_for_one_look_is_made_by_the_next(ledger, monkeypatch):
    """Every asset's round once, a few at a time."""
    monkeypatch.setattr("truckroll.planner.MOST_AT_ONCE", 2)
    plant = Plant(ledger, OIL, assets=5)
    made = [len(plant.comes("2026-01-09")) for _ in range(4)]

    assert [2, 4, 5, 5] == made
    assert [f"P-{nth}" for nth in range(1, 6)] == [order.asset for order in plant.orders()]


RUN = Plan(
    id="run",
    name={"en": "Oil by hours"},
    strategy=Strategy.METER,
    meter="km",
    use=500.0,
    job_plan="oil",
    call_horizon=80,
)
KM = Meter(name="km", unit="km", kind=MeterKind.MANUAL)


def test_a_meter_makes_the_order_and_its_value_at_the_work_is_kept(any_ledger):
    """Told ten days late: what it stood at then is worked out from the readings around it."""
    plant = Plant(any_ledger, replace(RUN, after_completion=True))
    import_meters(any_ledger, [KM], by="lee", now=plant.now)
    for nth, day in enumerate(("2026-01-02", "2026-01-12", "2026-01-22", "2026-02-01")):
        plant.now = at(day)
        said = Read(asset="P-1", meter="km", value=100.0 + 100 * nth, at=at(day), by="lee")
        record_reading(any_ledger, said, plant.now)
    (order,) = plant.comes("2026-02-02")
    plant.now = at("2026-02-20")
    record_reading(any_ledger, Read(asset="P-1", meter="km", value=590.0, at=plant.now, by="lee"), plant.now)
    plant.does(order.number, done="2026-02-10")
    track = plant.track("run")

    assert ("2026-02-11", 500.0) == (order.grounds["planned"], order.grounds["target"])
    assert track is not None
    assert pytest.approx(495.0) == track.value


def test_a_finding_makes_one_order_and_takes_it_back_when_it_is_over(any_ledger):
    """Nobody has approved it."""
    wears = replace(RUN, id="wear", strategy=Strategy.CONDITION, meter="", use=0.0, rules=("tv-crash-loop",))
    plant = Plant(any_ledger, wears)
    plant.registers("TV-17")
    found = finding(asset="TV-17", started_at=at("2026-01-03"))
    with any_ledger.begin() as transaction:
        transaction.save_finding(found, [])
    (order,) = plant.comes("2026-01-04")
    over = replace(found, state=FindingState.RESOLVED, position=found.position + 1)
    with any_ledger.begin() as transaction:
        transaction.save_finding(over, [])

    assert (OrderKind.CONDITION_BASED, found.id) == (order.kind, order.grounds["finding"])
    assert [S.CANCELLED] == [each.state for each in plant.comes("2026-01-05")]


@pytest.mark.parametrize("chance", [float("nan"), 1.5, -1.0])
def test_a_finding_whose_chance_is_none_stops_no_plan(chance):
    """It says that something is wrong, and no more."""
    told = finding(details={"probability": chance, "horizon": "7d"})

    assert (None, None) == (signal_of(told).chance, signal_of(told).horizon_days)
    assert 0.5 == signal_of(replace(told, details={"probability": 0.5, "horizon": "7d"})).chance


def test_a_release_of_an_automatic_plan_waits_for_its_parts(ledger):
    """Approved until the part is there."""
    plant = Plant(ledger, replace(OIL, automatic=True))
    oil = replace(plant.planner.around.jobs["oil"], kit={"filter": 1})
    plant.planner.around = replace(AROUND, jobs={"oil": oil})
    import_parts(ledger, FileOf.PARTS, "id,lead_days\nfilter,3\n", "parts.csv", by="lee", now=plant.now, dry_run=False)
    depot = "id,kind\nmain,depot\n"
    import_parts(ledger, FileOf.DEPOTS, depot, "depots.csv", by="lee", now=plant.now, dry_run=False)
    (waits,) = plant.comes("2026-01-08")
    count = "part,location,pieces\nfilter,main,2\n"
    import_parts(ledger, FileOf.STOCK, count, "stock.csv", by="lee", now=plant.now, dry_run=False)

    assert S.APPROVED is waits.state
    assert [S.RELEASED] == [each.state for each in plant.comes("2026-01-09")]


def test_what_waiting_costs_rests_on_the_lives_of_the_part_where_they_are_known(ledger):
    """By the age of the piece that is in; nothing of the chance is assumed any more."""
    plant = Plant(ledger, OIL, assets=12)
    oil = replace(plant.planner.around.jobs["oil"], kit={"belt": 1})
    plant.planner.around = replace(AROUND, jobs={"oil": oil}, lives=KnownLives(NO_CLASSES))
    begin = at("2020-01-01")
    worn = [
        Fitted(asset=f"P-{nth}", position="b", part="belt", since=begin, until=begin + (300 + 40 * nth) * DAY,
               removal=Removal.FAILED, by="lee")
        for nth in range(2, 13)
    ]  # fmt: skip
    now_in = Fitted(asset="P-1", position="b", part="belt", since=at("2024-07-01"), by="lee")
    with ledger.begin() as transaction:
        ledger_fitted.add_fitted(transaction.connection, [*worn, now_in])
    orders = {order.asset: order for order in plant.comes("2026-01-08")}
    old, none = orders["P-1"], orders["P-2"]

    assert (False, 11) == (old.grounds["chance_is_assumed"], old.grounds["lives"]["belt"]["failures"])
    assert 556.0 == old.grounds["lives"]["belt"]["age_days"]
    assert (True, 0.5) == (none.grounds["chance_is_assumed"], none.grounds["failures_per_year"])
    assert old.waiting[-1].cost > 1.5 * none.waiting[-1].cost
