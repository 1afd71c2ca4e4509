"""Promises at a price: kept where they can be, moved where that pays, and a plan that stands is where it begins."""

from math import isclose

import pytest

from domain.crew import Crew, CrewPlan, Rule, Shift, Span
from domain.instants import MINUTE
from maintenance.crew_check import check
from maintenance.crew_plan import plan
from maintenance.crew_promises import as_told, movable, total_of
from maintenance.search.run import Effort
from tests.maintenance.crews import at, crew, route, stop, technician, visit, ways
from tests.maintenance.crews import plan as planned_by_hand

MORNING = technician(shifts=(Shift(span=Span(at(9), at(11))),))
TEN = Span(at(10), at(10))


def planned(problem: Crew, before: CrewPlan | None = None) -> CrewPlan:
    """The plan, checked beside what customers are told then."""
    *_, made = plan(problem, ways(problem), 1, Effort(rounds=10), before=before)
    assert isinstance(made, CrewPlan)
    assert () == check(as_told(problem, made), made, ways(problem))
    return made


def breakdown(price: float | None) -> Crew:
    """Somebody is promised ten o'clock sharp; a breakdown that takes eighty minutes leaves no room for both then."""
    problem = crew(
        visit("W-1", 1, promised=TEN, unassigned_cost=300.0),
        visit("B-1", 1, duration=80 * MINUTE, unassigned_cost=900.0, windows=(Span(at(9), at(9.2)),)),
        people=(MORNING,),
    )
    return problem if price is None else movable(problem, price)


@pytest.mark.parametrize(
    ("price", "begins"),
    [(None, None), (100.0, at(9 + 85 / 60))],
    ids=["as a rule", "at a price"],
)
def test_a_promise_moves_at_its_price(price: float | None, begins: int | None):
    """Else its visit is left out, which costs more."""
    made = planned(breakdown(price))
    found = {one.order: one.starts_at for each in made.routes for one in each.stops}

    assert begins == found.get("W-1")
    assert ([] if price else ["W-1"]) == [one.order for one in made.unassigned]


def test_a_promise_that_can_be_kept_is_kept():
    """Going at once would spare the wait of an hour; the price is higher."""
    made = planned(movable(crew(visit(promised=TEN)), 150.0))

    assert at(10) == made.routes[0].stops[0].starts_at


def test_only_promises_that_are_not_kept_are_told_anew():
    """The others stay a rule; what is told anew costs its price."""
    problem = movable(crew(visit("W-1", promised=TEN), visit("W-2", promised=TEN)), 150.0)
    made = planned_by_hand(route(stop("W-1", 10), stop("W-2", 10.75)))
    told = as_told(problem, made)

    assert [TEN, None] == [one.promised for one in told.visits]
    assert [Rule.PROMISE] == [one.rule for one in check(problem, made, ways(problem))]
    assert isclose(150.0, total_of(problem, made, ways(problem)) - total_of(told, made, ways(problem)))
    assert problem.visits[0] is told.visits[0]


def test_a_plan_that_stands_is_where_the_search_begins():
    """Without a single try the tours of before are kept; insertion alone would have others."""
    problem = crew(*(visit(f"W-{k}", k + 1) for k in range(6)), people=(technician("ana"), technician("bo")))
    *_, best = plan(problem, ways(problem), 1, Effort(rounds=60))
    assert isinstance(best, CrewPlan)
    *_, again = plan(problem, ways(problem), 2, Effort(rounds=0), before=best)
    assert isinstance(again, CrewPlan)

    assert total_of(problem, again, ways(problem)) <= total_of(problem, best, ways(problem))
