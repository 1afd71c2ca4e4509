"""Dates, parts and routes together: pieces go to whom they help, express where it pays, and no plan gets worse."""

import pytest

from domain.crew import Crew, Depot, Place, Shift, Span, StopKind, Technician, Visit
from domain.errors import GiveUp
from domain.instants import DAY, HOUR, Instant
from domain.work_order import Waiting
from maintenance.crew_check import check
from maintenance.crew_ways import StraightLine, Ways
from maintenance.joint import Decision, Lot, decide, first_come

NOW: Instant = 20_514 * DAY
HOME = Place(52.5, 13.4)


def visit(name: str, place: Place, *costs: float) -> Visit:
    """An hour with one seal; what it costs on the first day, the second, and so on."""
    waiting = tuple(Waiting(days=day, cost=cost) for day, cost in enumerate(costs, start=1))
    return Visit(order=name, place=place, duration=HOUR, parts={"seal": 1}, waiting=waiting, unassigned_cost=900.0)


def crew(*visits: Visit) -> Crew:
    """One technician on two days."""
    shifts = tuple(
        Shift(span=Span(NOW + day * DAY + 8 * HOUR, NOW + day * DAY + 17 * HOUR), overtime=HOUR) for day in (1, 2)
    )
    return Crew(
        now=NOW, visits=visits, technicians=(Technician(id="t", home=HOME, shifts=shifts),), depot=Depot(place=HOME)
    )


def decisions(problem: Crew, *lots: Lot) -> list[Decision]:
    """All that were better than what came before."""
    return list(decide(problem, lots, Ways(problem, StraightLine()), seed=1, rounds=20, turns=4))


def test_the_piece_that_is_there_goes_where_the_crew_is_anyway() -> None:
    """Somebody must go far on the first day; the neighbour gets the piece, though another loses more by waiting."""
    far, near = Place(52.9, 14.2), Place(52.51, 13.41)
    urgent = visit("urgent", far, 10.0, 800.0, 1_600.0)
    neighbour = visit("neighbour", Place(52.901, 14.201), 0.0, 5.0, 10.0)
    other = visit("other", near, 0.0, 8.0, 16.0)
    problem = crew(urgent, neighbour, other)
    there, later = Lot("seal", NOW), Lot("seal", NOW + 2 * DAY)

    found = decisions(problem, there, there, later)

    assert {"urgent": there, "other": there, "neighbour": later} == first_come(problem, (there, there, later))
    assert {"urgent": there, "other": later, "neighbour": there} == found[-1].lots
    assert found[-1].cost < found[0].cost
    assert [] == list(check(problem, found[-1].plan, Ways(problem, StraightLine())))


@pytest.mark.parametrize(("fee", "is_express"), [(50.0, True), (5_000.0, False)])
def test_express_is_paid_where_it_costs_less_than_waiting(fee: float, is_express: bool) -> None:
    """A machine that stands is worth a fee, but not any."""
    problem = crew(visit("stands", HOME, 600.0, 1_200.0, 1_800.0))

    best = decisions(problem, Lot("seal", NOW + 2 * DAY), Lot("seal", NOW, fee))[-1]

    assert is_express == (best.lots["stands"].fee > 0)


def test_nobody_goes_before_the_piece_is_there() -> None:
    """Whatever waiting costs."""
    ready = NOW + 2 * DAY + 10 * HOUR
    problem = crew(visit("stands", HOME, 600.0, 1_200.0, 1_800.0))

    best = decisions(problem, Lot("seal", ready))[-1]

    starts = [stop.starts_at for route in best.plan.routes for stop in route.stops if stop.kind is StopKind.VISIT]
    assert [True] == [at >= ready for at in starts]


def test_too_few_pieces_are_said() -> None:
    """An order without a lot cannot be decided."""
    with pytest.raises(GiveUp, match="more orders than lots of seal"):
        decisions(crew(visit("a", HOME, 1.0), visit("b", HOME, 1.0)), Lot("seal", NOW))
