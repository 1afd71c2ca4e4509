"""What is decided together: parts that are short and on their way; everything else stays as the crew plan sees it."""

from typing import Any

import pytest

from domain.crew import Crew, Depot, Obstacle, Shift, Span
from maintenance.crew_check import check
from maintenance.joint import Lot, decide
from maintenance.joint_live import arriving, together, with_left
from tests.maintenance.crews import HOME, at, crew, technician, visit, ways

TOMORROW = Lot("fan", at(24))


def wanted(count: int, there: int, people: tuple[Any, ...] = (), **more: Any) -> Crew:
    """So many orders want a fan, the last of them most."""
    visits = (visit(f"W-{k}", 1, parts={"fan": 1}, unassigned_cost=100.0 + k, **more) for k in range(count))
    return crew(*visits, people=people, depot=Depot(place=HOME, stock={"fan": there}))


@pytest.mark.parametrize(
    ("problem", "arrivals"),
    [
        (wanted(2, 2), (TOMORROW,)),
        (wanted(2, 1), ()),
        (wanted(2, 1, people=(technician(stock={"fan": 1}),)), (TOMORROW,)),
        (crew(visit(parts={"fan": 2}), depot=Depot(place=HOME, stock={})), (TOMORROW,)),
        (crew(visit(parts={"fan": 1})), (TOMORROW,)),
    ],
    ids=["enough", "nothing comes", "in a van", "two for one order", "no depot"],
)
def test_what_is_not_short_or_not_simple_stays_as_it_is(problem: Crew, arrivals: tuple[Lot, ...]):
    """The usual plan is made."""
    found = together(problem, arrivals)

    assert (problem, ()) == (found.crew, found.lots)


def test_more_orders_than_pieces_leave_out_whom_it_costs_least():
    """It says that its part is missing; the plan of the whole problem keeps every rule but the day's stock."""
    two_days = technician(shifts=tuple(Shift(span=Span(at(day + 9), at(day + 17))) for day in (0, 24)))
    problem = wanted(3, 1, people=(two_days,))
    found = together(problem, (TOMORROW,))
    *_, best = decide(found.crew, found.lots, ways(found.crew), seed=1, rounds=5, turns=2)
    made = with_left(best.plan, found)
    late = [stop.starts_at for route in made.routes for stop in route.stops if stop.starts_at >= at(24)]

    assert [("W-0", Obstacle.PART)] == [(one.order, one.obstacle) for one in made.unassigned]
    assert () == check(found.crew, best.plan, ways(found.crew))
    assert late


def test_a_piece_can_be_taken_along_from_the_next_morning():
    """In local time; several of a day at once."""
    assert [Lot("fan", at(23)), Lot("fan", at(23))] == arriving("fan", [(at(12), 1), (at(8), 1)], "Europe/Berlin")
