"""A made-up region with orders and technicians, and what a nearest-due-date dispatcher makes of it."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from domain.crew import Break, Crew, CrewPlan, Depot, Place, Route, Shift, Span, StopKind, Technician, Visit
from domain.instants import DAY, HOUR, MINUTE, Instant
from domain.work_order import Waiting
from maintenance.crew_field import may_make
from maintenance.crew_plan import with_reasons
from maintenance.crew_timetable import Call, Turn, timetable, turns_of
from maintenance.crew_ways import Ways

NOW: Instant = 20_514 * DAY
SKILLS = ("pump", "tv", "hvac", "charger", "vending")
PARTS = ("fan", "board", "seal")


def region(seed: int, orders: int, technicians: int, days: int) -> Crew:
    """The same for the same seed: half a degree across, one depot in the middle."""
    chance = np.random.default_rng(seed)
    place = lambda: Place(*(round(float(x), 5) for x in chance.uniform((52.3, 13.1), (52.7, 13.7))))  # noqa: E731
    people = tuple(
        Technician(
            id=f"t{k:02d}",
            home=place(),
            shifts=tuple(shift(day) for day in range(1, days + 1)),
            skills=tuple(str(one) for one in chance.choice(SKILLS, 3, replace=False)),
            stock={part: int(chance.integers(0, 4)) for part in PARTS},
            tools=("lift",) if chance.random() < 0.5 else (),
        )
        for k in range(technicians)
    )
    visits = tuple(order(chance, f"W-{k:04d}", place(), days) for k in range(orders))
    return Crew(now=NOW, visits=visits, technicians=people, depot=Depot(place=Place(52.5, 13.4)))


def shift(day: int) -> Shift:
    """From eight to five with an hour of overtime at most, and lunch."""
    begin = NOW + day * DAY + 8 * HOUR
    lunch = Break(Span(begin + 3 * HOUR, begin + 5 * HOUR), 30 * MINUTE)
    return Shift(span=Span(begin, begin + 9 * HOUR), overtime=HOUR, breaks=(lunch,))


def order(chance: np.random.Generator, name: str, place: Place, days: int) -> Visit:
    """One order; a third has a window of four hours on one day."""
    day = NOW + int(chance.integers(1, days + 1)) * DAY + 8 * HOUR
    half = day + int(chance.integers(0, 2)) * 4 * HOUR
    windows = (Span(half, half + 4 * HOUR),) if chance.random() < 0.33 else ()
    due_at = day + int(chance.integers(3, 11)) * HOUR
    return Visit(
        order=name,
        place=place,
        duration=int(chance.integers(2, 5)) * 10 * MINUTE,
        skills=(str(chance.choice(SKILLS)),),
        windows=windows,
        due_at=max(due_at, half + 5 * HOUR) if windows else due_at,
        breach_cost=float(chance.choice((0, 50, 150))),
        parts={str(chance.choice(PARTS)): 1} if chance.random() < 0.4 else {},
        tools=("lift",) if chance.random() < 0.15 else (),
        waiting=(Waiting(days=1, cost=float(chance.choice((5, 20, 60)))),),
        unassigned_cost=500.0,
    )


def dispatched(crew: Crew, ways: Ways) -> CrewPlan:
    """The next due goes to whoever can begin it first at the end of a route, by the depot only where parts run out."""
    turns = list(turns_of(crew))
    calls: list[list[Call]] = [[] for _ in turns]
    routes: list[Route | None] = [None for _ in turns]
    left = {turn.technician.id: dict(turn.technician.stock) for turn in turns}
    for visit in sorted(crew.visits, key=lambda one: (one.due_at or crew.now, one.order)):
        found = list(offers(crew, turns, calls, left, visit=visit, ways=ways))
        if found:
            _, k, more, route = min(found, key=lambda one: one[:2])
            calls[k] += more
            routes[k] = route
            if crew.depot not in calls[k]:
                stock = left[turns[k].technician.id]
                stock.update({part: stock.get(part, 0) - count for part, count in visit.parts.items()})
    return with_reasons(crew, turns, [route for route in routes if route is not None], ways)


def offers(
    crew: Crew,
    turns: Sequence[Turn],
    calls: Sequence[list[Call]],
    left: Mapping[str, Mapping[str, int]],
    *,
    visit: Visit,
    ways: Ways,
) -> Iterator[tuple[Instant, int, list[Call], Route]]:
    """Whoever can append a visit: when it would begin, whose route, what is appended, the route."""
    for k, turn in enumerate(turns):
        if not may_make(turn.technician, visit, turn.span.end):
            continue
        stock = left[turn.technician.id]
        lasts = all(stock.get(part, 0) >= count for part, count in visit.parts.items())
        is_stocked = crew.depot in calls[k] or (lasts and set(visit.tools) <= set(turn.technician.tools))
        more: list[Call] = [visit] if is_stocked or crew.depot is None else [crew.depot, visit]
        route = timetable(crew, turn, [*calls[k], *more], ways)
        if route is not None:
            yield starts(route, visit), k, more, route


def starts(route: Route, visit: Visit) -> Instant:
    """When a route's visit begins."""
    return next(one.starts_at for one in route.stops if one.kind is StopKind.VISIT and one.order == visit.order)
