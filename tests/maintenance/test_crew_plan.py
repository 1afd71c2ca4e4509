"""A crew plan keeps every rule, serves what can be served, and says why the rest is left out."""

from typing import Any

import pytest

from domain.crew import Booking, Break, Crew, CrewPlan, Depot, Obstacle, Place, Shift, Span, StopKind, Technician
from domain.errors import GiveUp
from domain.instants import MINUTE
from maintenance.crew_check import check
from maintenance.crew_cost import cost_of
from maintenance.crew_plan import plan
from maintenance.search.run import Effort
from tests.maintenance.crews import at, crew, technician, visit, ways

PAIR = (technician("ana"), technician("bo"))
LUNCH = (Shift(span=Span(at(9), at(17)), breaks=(Break(Span(at(12), at(13)), 30 * MINUTE),)),)
DEPOT = Depot(place=Place(0.0, 0.02))


def planned(problem: Crew, rounds: int = 10) -> CrewPlan:
    """The plan, checked."""
    found = [step for step in plan(problem, ways(problem), 1, Effort(rounds=rounds)) if isinstance(step, CrewPlan)]
    assert () == check(problem, found[-1], ways(problem))
    return found[-1]


def kinds(made: CrewPlan) -> list[str]:
    """What happens in the first route."""
    return [stop.kind for stop in made.routes[0].stops]


def test_a_team_of_two_begins_together():
    """Both are there at the same time; the checker has looked."""
    made = planned(crew(visit(crew=2), visit("W-2", 3), people=PAIR))

    assert () == made.unassigned
    assert {"ana", "bo"} == {route.technician for route in made.routes}


def test_the_break_is_taken_on_a_long_day():
    """Fourteen half hours fill the day; lunch is among them."""
    made = planned(crew(*(visit(f"W-{k}", 2) for k in range(14)), people=(technician(shifts=LUNCH),)))

    assert StopKind.BREAK in kinds(made)


def test_what_is_not_in_the_van_is_fetched_first():
    """A tool and a part: the route goes by the depot before the work."""
    made = planned(crew(visit(parts={"fan": 1}, tools=("crane",)), depot=DEPOT))

    assert [StopKind.DEPOT, StopKind.VISIT] == kinds(made)


def test_a_night_shift_over_midnight_is_planned():
    """The work that may begin at one in the morning is done then."""
    night = technician(shifts=(Shift(span=Span(at(22), at(30))),))
    made = planned(crew(visit(windows=(Span(at(25), at(26)),)), people=(night,)))

    assert at(25) == made.routes[0].stops[0].starts_at


def test_what_is_frozen_stays_and_the_rest_goes_around_it():
    """Dispatched to bo at ten; the plan keeps it."""
    made = planned(crew(visit(frozen=Booking(("bo",), at(10))), visit("W-2", 2), people=PAIR, now=at(9)))
    begins = {stop.order: (route.technician, stop.starts_at) for route in made.routes for stop in route.stops}

    assert ("bo", at(10)) == begins["W-1"]


def test_frozen_work_that_breaks_a_rule_is_told():
    """Bo is ill: what is frozen for bo has to be changed by a person first."""
    ill = (technician("ana"), technician("bo", leave=(Span(at(0), at(24)),)))
    problem = crew(visit(frozen=Booking(("bo",), at(10))), people=ill, now=at(9))

    with pytest.raises(GiveUp, match="frozen"):
        planned(problem)


CANNOT: dict[str, tuple[Obstacle, dict[str, Any], Technician]] = {
    "pinned to nobody": (Obstacle.PIN, {"pins": ("eve",)}, technician()),
    "no skill": (Obstacle.SKILL, {"skills": ("pump",)}, technician()),
    "expired": (Obstacle.CERTIFICATE, {"certificates": ("lift",)}, technician(certificates={"lift": at(1)})),
    "alone": (Obstacle.TEAM, {"crew": 2}, technician()),
    "no part": (Obstacle.PART, {"parts": {"fan": 1}}, technician()),
    "no tool": (Obstacle.TOOL, {"tools": ("crane",)}, technician()),
    "at night": (Obstacle.WINDOW, {"windows": (Span(at(20), at(22)),)}, technician()),
    "too far": (Obstacle.TRAVEL, {"place": Place(0.0, 1.0)}, technician()),
    "ill": (Obstacle.WINDOW, {}, technician(leave=(Span(at(0), at(24)),))),
}


@pytest.mark.parametrize("name", CANNOT)
def test_what_is_left_out_carries_its_reason(name: str):
    """The first obstacle in everybody's way."""
    obstacle, needs, person = CANNOT[name]

    assert [obstacle] == [one.obstacle for one in planned(crew(visit(**needs), people=(person,))).unassigned]


def test_more_work_than_time_leaves_the_cheapest_out():
    """Two fit; the one that costs least to leave out is left."""
    short = technician(shifts=(Shift(span=Span(at(9), at(10.5))),))
    costly = (visit("W-1"), visit("W-2"), visit("W-3", unassigned_cost=100.0))
    made = planned(crew(*costly, people=(short,)), 20)

    assert [("W-3", Obstacle.FULL)] == [(one.order, one.obstacle) for one in made.unassigned]


def test_searching_does_not_make_it_dearer():
    """Insertion alone against forty rounds more."""
    problem = crew(*(visit(f"W-{k}", (k * 7) % 11) for k in range(12)), people=PAIR, depot=DEPOT)
    dear, cheap = (cost_of(problem, planned(problem, rounds), ways(problem)).total for rounds in (0, 40))

    assert cheap <= dear
