"""The live crew problem: what the planner sees of orders, people and stock, and what never comes to it."""

from dataclasses import replace
from typing import Any

import pytest

from domain.crew import Booking, CrewPlan, Depot, Obstacle, Place, Span, StopKind
from domain.instants import HOUR, MINUTE, parse_instant
from domain.person import Workplace
from domain.sla import Calendar
from domain.ticket import Priority
from domain.work_order import OrderKind, OrderState, WorkOrder
from maintenance.crew_frozen import settled
from maintenance.crew_live import Terms
from maintenance.crew_offers import savings
from maintenance.crew_shifts import shifts_of
from maintenance.crew_ways import StraightLine, Ways
from tests.maintenance.live_crews import TERMS, at, booked, order, person, place, planned, world

S = OrderState
SOON: Any = {"due_at": at(24 * 20), "kind": OrderKind.PREVENTIVE}
WEEK = ((480, 720), (780, 1020))


def calendar(spans: tuple[tuple[int, int], ...] = WEEK, zone: str = "UTC", **more: object) -> Calendar:
    """The same hours each day."""
    return Calendar(id="c", zone=zone, week=(spans,) * 7, **more)  # type: ignore[arg-type]


def test_a_pause_between_two_stretches_is_a_break():
    """Nobody drives home for lunch; it may begin half an hour sooner or later."""
    (shift,) = shifts_of(calendar(), at(0), at(24), HOUR)

    assert Span(at(8), at(17)) == shift.span
    assert [(Span(at(11.5), at(12.5)), HOUR)] == [tuple(one) for one in shift.breaks]
    assert at(18) == shift.until


def test_a_night_shift_over_midnight_is_one_shift():
    """From ten in the evening until six, though the calendar says it in two days."""
    night = calendar(((0, 360), (1320, 1440)))

    assert [Span(at(-2), at(6)), Span(at(22), at(30))] == [one.span for one in shifts_of(night, at(0), at(24), 0)]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 8), ("2026-03-29", 7), ("2026-10-25", 9)])
def test_on_the_day_the_clocks_change_a_night_is_as_long_as_it_is(day: str, hours: int):
    """The shift that ends on the Sunday in spring is an hour shorter, the one in autumn longer."""
    begin = parse_instant(f"{day}T00:00:00Z")
    night = calendar(((0, 360), (1320, 1440)), "Europe/Berlin")
    first = shifts_of(night, begin, begin + HOUR, 0)[0]

    assert hours * HOUR == first.span.end - first.span.begin


def test_round_the_clock_is_a_shift_a_day():
    """Nobody is on one route for a week."""
    shifts = shifts_of(calendar(((0, 1440),)), at(0), at(48), 0)

    assert [Span(at(0), at(24)), Span(at(24), at(48))] == [one.span for one in shifts]


def test_a_holiday_has_no_shift():
    """The calendar says it by its date."""
    assert () == shifts_of(calendar(days={"2026-03-02": ()}), at(1), at(23), 0)


CANNOT: dict[str, tuple[Obstacle, WorkOrder, dict[str, object]]] = {
    "nobody said where the asset is": (Obstacle.PLACE, order(), {"facts": {}}),
    "nobody goes to its site": (Obstacle.TERRITORY, order(), {"people": (person(territory=("south",)),)}),
    "three people are too many": (Obstacle.CREW, order(crew=3), {}),
    "nobody said where anybody starts": (Obstacle.NOBODY, order(), {"people": (person(lat=None, lon=None),)}),
}


@pytest.mark.parametrize("name", CANNOT)
def test_what_cannot_be_planned_carries_its_reason(name: str):
    """It is left out with a sentence, and not lost."""
    obstacle, which, more = CANNOT[name]
    made = world(which, **more)

    assert [(which.number, obstacle)] == [(one.order, one.obstacle) for one in made.left]
    assert () == made.crew.visits


SEEN: dict[str, tuple[bool, dict[str, object]]] = {
    "approved": (True, {"state": S.APPROVED}),
    "in review": (False, {"state": S.IN_REVIEW}),
    "on hold": (False, {"state": S.ON_HOLD}),
    "at work without a plan": (False, {"state": S.IN_PROGRESS}),
    "not ready before next week": (False, {"ready_at": at(24 * 7)}),
    "without dates": (True, {"due_at": None}),
    "broken, due in half a year": (True, {"due_at": at(24 * 180)}),
    "planned, due in half a year": (False, {"due_at": at(24 * 180), "kind": OrderKind.PREVENTIVE}),
}


@pytest.mark.parametrize("name", SEEN)
def test_the_planner_sees_what_is_to_be_done_before_the_plan_ends(name: str):
    """And nothing else."""
    is_seen, said = SEEN[name]

    assert is_seen == bool(world(order(**said)).crew.visits)


def test_what_goes_out_or_begins_soon_is_frozen():
    """Dispatched, and what begins within two hours; later bookings may change."""
    sent = booked(order(1, state=S.DISPATCHED), 14)
    soon, later = booked(order(2), 8.5), booked(order(3), 11)
    made = world(sent, soon, later)

    assert [Booking(("ana",), at(14)), Booking(("ana",), at(8.5)), None] == [one.frozen for one in made.crew.visits]


def test_before_now_nobody_leaves_home_except_who_is_on_the_way():
    """At eleven the plan holds what began at nine, and everybody else leaves home after eleven."""
    going = booked(order(1, state=S.IN_PROGRESS, hours=3.0), 9)
    made = world(going, order(2), order(3), now=at(11), people=(person("ana"), person("ben")))
    routes = {route.technician: route for route in planned(made).routes}

    assert {"W-2026-000001"} <= {stop.order for stop in routes["ana"].stops}
    assert all(route.leaves_at >= at(11) for who, route in routes.items() if who != "ana")
    assert all(
        stop.starts_at >= at(13)
        for route in routes.values()
        for stop in route.stops
        if stop.kind is StopKind.VISIT and stop.order != going.number
    )


def test_who_is_ill_is_sent_nowhere_and_others_take_over():
    """What she was sent to is not frozen any more."""
    sent = booked(order(1, state=S.DISPATCHED), 14)
    made = world(sent, now=at(11), people=(person("ana"), person("ben")), away={"ana": Span(at(11), at(72))})

    assert ["ben"] == [route.technician for route in planned(made).routes]


def test_work_that_contradicts_a_rule_happens_and_is_told():
    """Nobody can be at two places; both stand, the second as an absence."""
    far = {"P-1": place(1), "P-2": place(2, lat=49.5)}
    one, two = booked(order(1, state=S.DISPATCHED), 10), booked(order(2, state=S.DISPATCHED), 10.5)
    made = world(one, two, facts=far)
    crew, said = settled(made.crew, Ways(made.crew, StraightLine()))

    assert [one.number] == [visit.order for visit in crew.visits]
    assert two.number in said[0]["en"]
    assert Span(at(10.5), at(11.5)) in crew.technicians[0].leave


def test_what_is_due_soon_is_done_where_somebody_goes_anyway():
    """A plan's order in review at the same place joins; the same far from everything does not."""
    plan_order = order(2, asset="P-1", state=S.IN_REVIEW, **SOON)
    approved_far = order(3, state=S.APPROVED, **SOON)
    facts = {"P-1": place(1), "P-3": place(3, lat=49.0)}
    made = world(order(1), plan_order, approved_far, facts=facts)
    there = {stop.order for route in planned(made).routes for stop in route.stops if stop.order}

    assert {plan_order.number, approved_far.number} == made.extra
    assert {"W-2026-000001", plan_order.number} == there


def test_what_goes_along_says_what_it_saves():
    """At the same place it saves all of the trip of another day; where nobody goes nothing is offered."""
    late = order(2, asset="P-1", state=S.IN_REVIEW, hours=0.5, **SOON)
    made = world(order(1), late, facts={"P-1": place(1)})
    ways = Ways(made.crew, StraightLine())
    found = planned(made)

    assert {late.number: TERMS.trip_cost} == savings(made.crew, found, made.extra, ways)
    assert {} == savings(made.crew, CrewPlan(), made.extra, ways)


def test_what_costs_a_way_round_saves_less():
    """The way to the next place is taken off."""
    near = order(2, state=S.APPROVED, hours=0.5, **SOON)
    made = world(order(1), near)
    (saved,) = savings(made.crew, planned(made), made.extra, Ways(made.crew, StraightLine())).values()

    assert 0 < saved < TERMS.trip_cost


def test_urgent_work_is_dearer_to_leave_out():
    """By its priority; what an order says of waiting itself goes before the usual price of a day."""
    urgent, low = (world(order(priority=each)).crew.visits[0] for each in (Priority.URGENT, Priority.LOW))

    assert 8 == urgent.unassigned_cost / low.unassigned_cost
    assert 8 == urgent.breach_cost / low.breach_cost


def test_pins_and_territories_say_who_may_come():
    """A pin goes before the territory."""
    people = (person("ana", territory=("no*",)), person("ben", territory=("south",)))

    assert ("ana",) == world(order(), people=people).crew.visits[0].pins
    assert ("ben",) == world(order(pins=("ben",)), people=people).crew.visits[0].pins


def test_a_stock_out_in_the_depot_leaves_the_order_out():
    """The part is neither in the van nor in the depot."""
    depot = Depot(place=Place(48.0, 9.0), stock={"pump": 1})
    made = world(order(1), depot=depot, kits={"W-2026-000001": {"pump": 2}})

    assert [Obstacle.PART] == [one.obstacle for one in planned(made).unassigned]
    assert [] == list(
        planned(replace(made, crew=replace(made.crew, depot=replace(depot, stock={"pump": 2})))).unassigned
    )


def test_people_without_a_shift_work_the_usual_day():
    """From Monday to Friday; agents go nowhere."""
    agent = person("zoe", workplace=Workplace.REMOTE)
    made = world(order(), people=(person(), agent), days=7, terms=Terms(overtime=30 * MINUTE))

    assert ["ana"] == [one.id for one in made.crew.technicians]
    assert [Span(at(8 + 24 * day), at(17 + 24 * day)) for day in range(5)] == [
        shift.span for shift in made.crew.technicians[0].shifts
    ]


def test_of_whom_nobody_said_where_they_start_is_told():
    """They are not planned."""
    made = world(order(), people=(person(), person("ben", lat=None, lon=None)))

    assert ("ben",) == made.homeless
