"""What to buy, and when a model's tickets surge."""

from dataclasses import replace

import numpy as np
import pytest

from domain.instants import DAY, Instant
from domain.part import Incoming, Level, Movement, MovementKind, Part, Serving
from domain.work_order import OrderKind, OrderState
from maintenance.part_chances import MANY, PERIOD, PERIODS, Chances, chances_of
from maintenance.part_demand import Outlook, Wave, proposals
from maintenance.surge import WINDOW, surges, warning
from tests.orders import an_order
from tests.ticketing.promises import MONDAY as NOW

FAN = Part(id="fan", name={"en": "Fan"}, cost=5.0, lead_days=30, pack=4, models=("TV-55",))


def issue(back: int, pieces: int = 1, part: str = "fan") -> Movement:
    """Pieces that were taken so many periods ago."""
    at: Instant = NOW - back * PERIOD - DAY
    said = {"id": f"{part}-{back}", "at": at, "recorded_at": at, "location": "central", "by": "bo"}
    return Movement(kind=MovementKind.ISSUE, part=part, pieces=pieces, **said)  # type: ignore[arg-type]


def level(**said: object) -> Level:
    """Fans in the depot."""
    return Level(part="fan", location="central", **said)  # type: ignore[arg-type]


def outlook(**said: object) -> Outlook:
    """Fans that are wanted about twice a month."""
    issues = [issue(back, 2) for back in range(12)]
    return replace(Outlook(now=NOW, parts={"fan": FAN}, issues=issues), **said)  # type: ignore[arg-type]


def test_a_purchase_is_proposed_in_packs_when_too_little_is_left() -> None:
    """With its cost, its arrival, and what it is reckoned from."""
    (found,) = proposals(outlook(levels=[level(on_hand=1)]))

    assert (0, 1, 0) == (found.pieces % 4, found.available, found.on_order)
    assert (found.pieces * 5.0, NOW + 30 * DAY) == (found.cost, found.arrives_at)
    assert {"planned": 0, "forecast": 0, "history": 2} == pytest.approx(found.shares, abs=0.3)
    assert found.reorder_point > found.demand
    assert "1 available and 0 on order are less than the reorder point" in found.why["en"]


@pytest.mark.parametrize(
    "enough", [{"on_hand": 12}, {"on_hand": 2, "incoming": (Incoming(NOW + DAY, 10),)}], ids=["there", "on its way"]
)
def test_nothing_is_bought_twice(enough: dict[str, object]) -> None:
    """What is on its way counts."""
    assert [] == proposals(outlook(levels=[level(**enough)]))


def test_planned_work_and_forecast_failures_are_added_once() -> None:
    """Within the lead time; what is reserved already is not counted again."""
    soon, late = NOW + 10 * DAY, NOW + 200 * DAY
    orders = [
        an_order(OrderState.APPROVED, kind=OrderKind.PREVENTIVE, kit={"fan": 3}, due_at=soon),
        an_order(OrderState.IN_REVIEW, kind=OrderKind.PREDICTIVE, kit={"fan": 2}, due_at=soon),
        an_order(OrderState.APPROVED, kind=OrderKind.PREVENTIVE, kit={"fan": 50}, due_at=late),
        an_order(OrderState.RELEASED, kind=OrderKind.PREVENTIVE, kit={"fan": 90}, number="W-2026-000009"),
    ]
    quiet, busy = (proposals(outlook(orders=some, shorts={"W-2026-000009": {"fan": 1}}))[0] for some in ([], orders))

    assert {"planned": 4.0, "forecast": 2.0} == {name: busy.shares[name] for name in ("planned", "forecast")}
    assert quiet.reorder_point + 6 == busy.reorder_point


def test_a_fixed_reorder_point_is_obeyed() -> None:
    """And a part that nobody ever wanted is not bought."""
    fixed = replace(FAN, reorder_point=3)
    assert [] == proposals(outlook(parts={"fan": fixed}, levels=[level(on_hand=3)]))
    assert 2 <= proposals(outlook(parts={"fan": fixed}, levels=[level(on_hand=2)]))[0].pieces
    assert [] == proposals(outlook(issues=()))


def test_many_parts_learn_from_each_other() -> None:
    """A part that was wanted once is kept when its like are."""
    parts = {f"p{n}": Part(id=f"p{n}", name={"en": "P"}, lead_days=30, service=0.9) for n in range(MANY + 10)}
    chance = np.random.default_rng(1)
    history = {name: chance.poisson(0.6, PERIODS) for name in parts}
    found = chances_of(parts, history)

    assert {0, 1, 2, 3} >= {each.stock for each in found.values()}
    assert pytest.approx(0.6, abs=0.15) == np.mean([each.mean for each in found.values()])


def test_three_times_the_usual_is_a_surge() -> None:
    """Against the model's own weeks, with numbers and the parts to look at; a few tickets are none."""
    week = [NOW - n * DAY // 4 for n in range(12)]
    before = [NOW - WINDOW - n * 2 * DAY for n in range(28)]
    opened = {"TV-55": [*week, *before], "TV-65": [*week, *before * 2], "TV-9": week[:4]}

    (surge,) = surges(opened, {"fan": FAN}, NOW)

    assert ("TV-55", 12, 3.5, ("fan",)) == (surge.model, surge.tickets, surge.usual, surge.parts)
    assert (
        "12 tickets of model TV-55 in the last 7 days; usual are 3.5 (+243 %). Look at the parts: fan."
        == warning(surge)["en"]
    )
    assert "∞" in warning(surges({"new": week}, {}, NOW)[0])["zh"]


@pytest.mark.parametrize("month", [1_000, 3_000, 100_000])
def test_what_is_wanted_by_the_thousand_is_bought_by_the_thousand(month: int) -> None:
    """A shelf with half of what a month takes is too little, however long the distribution would be."""
    issues = [issue(back, month + back % 3 * month // 10) for back in range(PERIODS)]

    (found,) = proposals(outlook(issues=issues, levels=[level(on_hand=month // 2)]))

    assert found.demand == pytest.approx(1.1 * month)
    assert 1.1 * month < found.reorder_point < 1.4 * month
    assert found.pieces > 1.5 * month


@pytest.mark.parametrize(("left", "days", "pieces"), [(20, 30, 18), (5, 30, 10), (20, 90, 6), (0, 30, 0)])
def test_a_campaigns_units_without_an_order_want_parts_as_their_waves_come(left: int, days: int, pieces: int) -> None:
    """Three at a time within so many days, as far as a purchase would come too late; never more than are left."""
    wave = Wave(kit={"fan": 2, "glue": 1}, left=left, units=3, days=days)

    assert {"fan": {"planned": pieces, "forecast": 0}} == outlook(waves=[wave]).known_needs()


def test_at_one_price_for_a_missing_piece_the_same_service_needs_less_money() -> None:
    """Lively cheap parts are kept, seldom-wanted dear ones less; all together their demand is met as often."""
    chance = np.random.default_rng(4)
    wanted = np.geomspace(0.05, 3.0, 2 * MANY)
    dear = chance.permutation(np.geomspace(1.0, 50.0, 2 * MANY))
    parts = {
        f"p{n}": Part(id=f"p{n}", name={"en": "P"}, lead_days=30, service=0.9, cost=float(dear[n]))
        for n in range(2 * MANY)
    }
    history = {f"p{n}": chance.poisson(wanted[n], PERIODS) for n in range(2 * MANY)}
    each, all_ = (chances_of(parts, history, serving) for serving in Serving)
    come = chance.poisson(np.repeat(2 * wanted[:, None], 400, axis=1))

    def money(found: dict[str, Chances]) -> float:
        return sum(found[name].up_to * part.cost for name, part in parts.items())

    def met(found: dict[str, Chances]) -> float:
        stock = np.array([found[name].up_to for name in parts])
        return float(np.minimum(come, stock[:, None]).sum() / come.sum())

    assert met(all_) > 0.88
    assert money(all_) < 0.9 * money(each)
    assert set(parts) == set(all_)
