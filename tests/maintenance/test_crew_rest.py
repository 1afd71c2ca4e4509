"""Breaks: where they do least harm on the timetable, and as time that stands still for the search."""

import pytest

from domain.crew import Booking, Break, Crew, CrewPlan, Depot, Place, Shift, Span, StopKind
from domain.instants import HOUR, MINUTE, Instant, parse_instant
from domain.sla import Calendar
from maintenance.crew_check import check
from maintenance.crew_plan import plan
from maintenance.crew_rest import Fixed, Rest, rests_of, worked
from maintenance.crew_shifts import shifts_of
from maintenance.crew_timetable import timetable, turns_of
from maintenance.search.run import Effort
from tests.maintenance.crews import HOME, at, crew, technician, visit, ways

HALF = 30 * MINUTE
LUNCH = Break(Span(at(11), at(13)), HALF)
ANA = technician(shifts=(Shift(span=Span(at(9), at(17)), breaks=(LUNCH,)),))


def planned(problem: Crew, before: CrewPlan | None = None) -> CrewPlan:
    """The plan, checked."""
    *_, made = plan(problem, ways(problem), 1, Effort(rounds=10), before=before)
    assert isinstance(made, CrewPlan)
    assert () == check(problem, made, ways(problem))
    return made


def begins(made: CrewPlan) -> dict[str, Instant]:
    """By order; the break under its own name."""
    return {stop.order or stop.kind: stop.starts_at for route in made.routes for stop in route.stops}


@pytest.mark.parametrize(
    ("hours", "counted"), [(10, 10.0), (12, 12.0), (12.25, 12.0), (12.5, 12.0), (13, 12.5), (17, 16.5)]
)
def test_the_clock_stands_still_while_somebody_rests(hours: float, counted: float):
    """Before, during and after a break of half an hour at noon."""
    assert at(counted) == worked([Rest(at(12), HALF)], at(hours))


@pytest.mark.parametrize(
    ("fixed", "rests"),
    [
        ((), 12.0),
        (((11.75, 12.5),), 12.5),
        (((9.0, 12.25), (13.25, 17.0)), 12.25),
        (((9.0, 17.0),), 12.0),
    ],
    ids=["in the middle", "in the longer part of the day", "between what is fixed", "no room at all"],
)
def test_a_break_is_where_what_is_fixed_leaves_most_room(fixed: tuple[tuple[float, float], ...], rests: float):
    """The nearest such time to the middle of its own."""
    problem = crew(people=(ANA,))
    (turn,) = turns_of(problem)
    works = [Fixed(Span(at(begin), at(end)), HOME) for begin, end in fixed]

    assert (Rest(at(rests), HALF),) == rests_of(turn, works, ways(problem))


def test_lunch_waits_for_what_was_promised():
    """At a quarter past eleven somebody expects her; she rests afterwards, and not as soon as she may."""
    early, late = (visit(name, windows=(Span(at(begin), at(begin + 1)),)) for name, begin in (("W-1", 10), ("W-3", 15)))
    made = planned(crew(early, visit("W-2", promised=Span(at(11.25), at(11.4))), late, people=(ANA,)))

    assert begins(made)["break"] >= at(11.75)
    assert () == made.unassigned


def test_lunch_breaks_no_due_date_that_it_need_not():
    """Rest first would be late by a quarter of an hour."""
    due = visit("W-1", 12, due_at=at(12), breach_cost=100.0)
    problem = crew(due, visit("W-2", 13), visit("W-3", 14), people=(ANA,), now=at(4.5), freeze=6 * 60 * MINUTE)
    (turn,) = turns_of(problem)
    route = timetable(problem, turn, problem.visits, ways(problem))

    assert route is not None
    assert [StopKind.VISIT, StopKind.BREAK] == [stop.kind for stop in route.stops[:2]]
    assert route.stops[0].ends_at <= at(12)


def test_what_is_frozen_around_lunch_stays_and_lunch_is_taken():
    """Two that are dispatched leave half an hour between them; a stop at the depot for later work comes elsewhere."""
    first, second = (
        visit(f"W-{k}", 1, frozen=Booking(("ana",), at(begin)), parts={"fan": k - 1})
        for k, begin in ((1, 11.5), (2, 12.5))
    )
    later = visit("W-3", 1, parts={"fan": 1})
    made = planned(crew(first, second, later, people=(ANA,), now=at(8), depot=Depot(place=Place(0.0, 0.02))))

    assert () == made.unassigned
    assert (at(11.5), at(12.5)) == (begins(made)["W-1"], begins(made)["W-2"])


def test_a_night_with_a_pause_is_planned_on_the_day_the_clocks_change():
    """From ten until six in spring, an hour shorter than on the wall; work after the pause begins when it should."""
    night = Calendar(id="n", zone="Europe/Berlin", week=(((0, 120), (180, 360), (1320, 1440)),) * 7)
    begin = parse_instant("2026-03-28T12:00:00Z")
    person = technician(shifts=shifts_of(night, begin, begin + 12 * HOUR, 0))
    late = parse_instant("2026-03-29T03:00:00Z")
    problem = crew(
        visit("W-1", windows=(Span(begin, late),)),
        visit("W-2", windows=(Span(late, late),)),
        people=(person,),
        now=begin,
    )
    made = planned(problem)

    assert () == made.unassigned
    assert late == begins(made)["W-2"]
