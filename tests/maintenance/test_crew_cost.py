"""A plan's cost in money, by what it is for."""

import pytest

from domain.crew import CrewCost, Obstacle, Shift, Span, Unassigned
from domain.instants import DAY, HOUR
from domain.work_order import Waiting
from maintenance.crew_cost import cost_of, waiting_cost
from tests.maintenance.crews import at, crew, plan, route, stop, technician, visit, ways

CURVE = (Waiting(days=1, cost=10.0), Waiting(days=3, cost=50.0), Waiting(days=7, cost=90.0))


@pytest.mark.parametrize(("days", "cost"), [(-1, 0.0), (0.5, 5.0), (1, 10.0), (2, 30.0), (7, 90.0), (9, 110.0)])
def test_waiting_costs_what_lies_on_the_line_between_two_days(days: float, cost: float):
    """Before, between, on and after the days that are given."""
    assert cost == pytest.approx(waiting_cost(CURVE, round(days * DAY)))


def test_each_cost_is_counted_once():
    """Ten kilometres, three hours of which one is overtime, one breach, one left out that had been due."""
    people = (technician(shifts=(Shift(span=Span(at(9), at(11)), overtime=HOUR),)),)
    made = visit(east=5, due_at=at(10), breach_cost=70.0)
    left = visit("W-2", due_at=at(10), breach_cost=5.0, unassigned_cost=300.0)
    problem = crew(made, left, people=people, km_cost=0.5)
    reason = Unassigned(order="W-2", obstacle=Obstacle.FULL, why={"en": "full"})
    cost = cost_of(problem, plan(route(stop("W-1", 10), returns=12), unassigned=(reason,)), ways(problem))

    assert CrewCost(travel=5.0, work=180.0, overtime=30.0, waiting=0.0, breaches=75.0, unassigned=300.0) == cost
    assert 590.0 == cost.total
