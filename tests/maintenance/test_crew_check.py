"""The checker names each hard rule that a plan breaks, and nothing else."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from domain.crew import Booking, Break, Crew, CrewPlan, Depot, Obstacle, Place, Rule, Shift, Span, StopKind, Unassigned
from domain.instants import HOUR, MINUTE, parse_instant
from domain.text import LANGUAGES
from maintenance.catalogue_crew import BROKEN, WHY_NOT
from maintenance.crew_check import check
from tests.maintenance.crews import at, crew, plan, route, stop, technician, visit, ways

ONE = plan(route(stop("W-1", 10)))
TWO_VISITS = crew(visit(), visit("W-2", 3))
PAIR = (technician("ana"), technician("bo"))
DEPOT = Depot(place=Place(0.0, 0.02))
LOADED = plan(route(stop("", 9.5, 10, kind=StopKind.DEPOT), stop("W-1", 10)))
LUNCH = (Shift(span=Span(at(9), at(17)), breaks=(Break(Span(at(12), at(13)), 30 * MINUTE),)),)
LEFT_OUT = (Unassigned(order="W-1", obstacle=Obstacle.FULL, why={"en": "full", "zh": "满"}),)

BREAKS_ONE_RULE: dict[str, tuple[Rule, Crew, CrewPlan]] = {
    "a stranger's visit": (Rule.KNOWN, crew(visit()), plan(route(stop("W-9", 10)))),
    "a stranger's route": (Rule.KNOWN, crew(visit()), plan(route(stop("W-1", 10), who="eve"))),
    "forgotten without a reason": (Rule.ONCE, TWO_VISITS, ONE),
    "made and left out": (Rule.ONCE, crew(visit()), replace(ONE, unassigned=LEFT_OUT)),
    "made twice": (Rule.ONCE, crew(visit()), plan(route(stop("W-1", 10), stop("W-1", 12)))),
    "one of a team of two": (Rule.ONCE, crew(visit(crew=2), people=PAIR), ONE),
    "in two places": (
        Rule.ORDER,
        TWO_VISITS,
        plan(route(stop("W-1", 10), returns=11), route(stop("W-2", 11), leaves=10.5, returns=12)),
    ),
    "no skill": (Rule.SKILL, crew(visit(skills=("pump",))), ONE),
    "no certificate": (Rule.CERTIFICATE, crew(visit(certificates=("lift",))), ONE),
    "expires at work": (
        Rule.CERTIFICATE,
        crew(visit(certificates=("lift",)), people=(technician(certificates={"lift": at(10.25)}),)),
        ONE,
    ),
    "before the shift": (Rule.SHIFT, crew(visit()), plan(route(stop("W-1", 10), leaves=8))),
    "after the shift": (Rule.SHIFT, crew(visit()), plan(route(stop("W-1", 10), returns=17.5))),
    "on leave": (Rule.LEAVE, crew(visit(), people=(technician(leave=(Span(at(16), at(20)),)),)), ONE),
    "on a holiday": (Rule.HOLIDAY, crew(visit(), holidays=(Span(at(0), at(24)),)), ONE),
    "no break": (Rule.BREAK, crew(visit(), people=(technician(shifts=LUNCH),)), ONE),
    "too short a break": (
        Rule.BREAK,
        crew(visit(), people=(technician(shifts=LUNCH),)),
        plan(route(stop("W-1", 10), stop("", 12.5, 20, kind=StopKind.BREAK))),
    ),
    "outside its windows": (Rule.WINDOW, crew(visit(windows=(Span(at(13), at(15)),))), ONE),
    "not as promised": (Rule.PROMISE, crew(visit(promised=Span(at(13), at(15)))), ONE),
    "flies": (Rule.TRAVEL, crew(visit(east=24)), ONE),
    "flies home": (Rule.TRAVEL, crew(visit(east=12)), plan(route(stop("W-1", 10), returns=11))),
    "begins before arriving": (Rule.TRAVEL, crew(visit()), plan(route(stop("W-1", 10, arrives=at(10.5))))),
    "works too little": (Rule.DURATION, crew(visit()), plan(route(stop("W-1", 10, 10)))),
    "no part": (Rule.PART, crew(visit(parts={"fan": 1}), depot=DEPOT), ONE),
    "no tool": (Rule.TOOL, crew(visit(tools=("crane",)), depot=DEPOT), ONE),
    "the depot after the work": (
        Rule.PART,
        crew(visit(parts={"fan": 1}), depot=DEPOT),
        plan(route(stop("W-1", 10), stop("", 11, 10, kind=StopKind.DEPOT))),
    ),
    "the depot has run out": (
        Rule.DEPOT,
        crew(visit(parts={"fan": 2}), depot=replace(DEPOT, stock={"fan": 1})),
        LOADED,
    ),
    "the depot is closed": (Rule.DEPOT, crew(visit(), depot=replace(DEPOT, opens=Span(at(12), at(14)))), LOADED),
    "there is no depot": (Rule.DEPOT, crew(visit()), LOADED),
    "a team that does not meet": (
        Rule.TEAM,
        crew(visit(crew=2), people=PAIR),
        plan(route(stop("W-1", 10)), route(stop("W-1", 11), who="bo")),
    ),
    "not whom it is pinned to": (Rule.PIN, crew(visit(pins=("bo",)), people=PAIR), ONE),
    "moved though frozen": (Rule.FREEZE, crew(visit(frozen=Booking(("ana",), at(9.5)))), ONE),
    "left out though frozen": (
        Rule.FREEZE,
        crew(visit(frozen=Booking(("ana",), at(9.5)))),
        plan(unassigned=LEFT_OUT),
    ),
    "begins inside the freeze": (Rule.FREEZE, crew(visit(), now=at(8.5)), ONE),
}

KEEPS_ALL: dict[str, tuple[Crew, CrewPlan]] = {
    "as it should be": (crew(visit()), ONE),
    "left out with a reason": (crew(visit()), plan(unassigned=LEFT_OUT)),
    "a part in the van": (crew(visit(parts={"fan": 1}), people=(technician(stock={"fan": 1}),)), ONE),
    "a part and a tool from the depot": (
        crew(visit(parts={"fan": 2}, tools=("crane",)), depot=replace(DEPOT, stock={"fan": 2})),
        LOADED,
    ),
    "a break in its time": (
        crew(visit(), people=(technician(shifts=LUNCH),)),
        plan(route(stop("W-1", 10), stop("", 12.5, 30, kind=StopKind.BREAK))),
    ),
    "home before the break": (
        crew(visit(), people=(technician(shifts=LUNCH),)),
        plan(route(stop("W-1", 10), returns=13)),
    ),
    "works on holidays": (
        crew(visit(), people=(technician(works_holidays=True),), holidays=(Span(at(0), at(24)),)),
        ONE,
    ),
    "overtime that is allowed": (
        crew(visit(), people=(technician(shifts=(Shift(span=Span(at(9), at(11)), overtime=HOUR),)),)),
        plan(route(stop("W-1", 11), returns=12)),
    ),
    "a team that meets": (
        crew(visit(crew=2), people=PAIR),
        plan(route(stop("W-1", 10)), route(stop("W-1", 10), who="bo")),
    ),
    "frozen and kept": (crew(visit(frozen=Booking(("ana",), at(10))), now=at(9.5)), ONE),
}


@pytest.mark.parametrize("name", BREAKS_ONE_RULE)
def test_each_broken_rule_is_named(name: str):
    """One rule is broken, and exactly that one is told, in every language."""
    rule, problem, made = BREAKS_ONE_RULE[name]
    found = check(problem, made, ways(problem))

    assert [rule] == [one.rule for one in found]
    assert all(found[0].text[language] for language in LANGUAGES)


@pytest.mark.parametrize("name", KEEPS_ALL)
def test_a_plan_that_keeps_the_rules_breaks_none(name: str):
    """Nothing is told of a plan that can be carried out."""
    problem, made = KEEPS_ALL[name]

    assert () == check(problem, made, ways(problem))


def test_a_night_shift_over_midnight_is_one_shift():
    """A route from 22:30 until 02:00 lies in a shift from 22:00 until 06:00."""
    night = technician(shifts=(Shift(span=Span(at(22), at(30))),))
    problem = crew(visit(), people=(night,))
    made = plan(route(stop("W-1", 24.5), leaves=22.5, returns=26))

    assert () == check(problem, made, ways(problem))


def test_on_the_day_the_clock_goes_forward_the_night_is_shorter():
    """From 22:00 until 06:00 in Berlin are seven hours; eight hours of work do not fit, though the clock says so."""
    berlin = ZoneInfo("Europe/Berlin")
    begin = parse_instant("2026-03-28T22:00", berlin)
    shift = Shift(span=Span(begin, parse_instant("2026-03-29T06:00", berlin)))
    problem = crew(visit(east=0, duration=8 * HOUR), people=(technician(shifts=(shift,)),))
    hours = (begin - at(0)) / HOUR
    made = plan(route(stop("W-1", hours, 8 * 60), leaves=hours, returns=hours + 8))

    assert 7 * HOUR == shift.span.end - shift.span.begin
    assert [Rule.SHIFT] == [one.rule for one in check(problem, made, ways(problem))]


def test_every_rule_and_obstacle_has_its_sentence():
    """No rule can be broken without words for it."""
    assert set(Rule) == set(BROKEN)
    assert set(Obstacle) == set(WHY_NOT)
    assert set(Rule) == {rule for rule, _, _ in BREAKS_ONE_RULE.values()}
