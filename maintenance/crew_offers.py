"""What is offered because somebody is there anyway: work that is due later, and the money that doing it now saves."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from domain.crew import Crew, CrewPlan, Route, StopKind, Visit
from maintenance.crew_cost import cost_of
from maintenance.crew_insert import known_calls, meetings
from maintenance.crew_timetable import Call, Turn, timetable, turns_of
from maintenance.crew_ways import Ways


def savings(crew: Crew, plan: CrewPlan, along: Collection[str], ways: Ways) -> Mapping[str, float]:
    """By order that goes along with a plan: what coming again for it costs, less what this plan costs more with it.

    What coming again costs is the order's `unassigned_cost`. Each is judged beside all others as they stand.
    """
    made = {stop.order for route in plan.routes for stop in route.stops}
    visits = (visit for visit in crew.visits if visit.order in along and visit.order in made)
    return {visit.order: round(visit.unassigned_cost - added(crew, plan, visit, ways), 2) for visit in visits}


def added(crew: Crew, plan: CrewPlan, visit: Visit, ways: Ways) -> float:
    """What a plan costs more with one of its visits: ways, work, overtime, and what waits longer."""
    return running(crew, plan, ways) - running(crew, without(crew, plan, visit, ways), ways)


def running(crew: Crew, plan: CrewPlan, ways: Ways) -> float:
    """What a plan costs, without the price of leaving something out."""
    cost = cost_of(crew, replace(plan, unassigned=()), ways)
    return cost.total - cost.unassigned


def without(crew: Crew, plan: CrewPlan, visit: Visit, ways: Ways) -> CrewPlan:
    """A plan that leaves out one of its visits; all others stay with whom they are, in their order."""
    meets, turns = meetings(crew, plan), list(turns_of(crew))
    routes = [route for route in plan.routes if not has(route, visit)]
    for route in plan.routes:
        calls = shorter(crew, route, visit) if has(route, visit) else []
        turn = turn_of(turns, route)
        if calls and turn is not None:
            routes.append(timetable(crew, turn, calls, ways, meets) or route)
    return replace(plan, routes=tuple(routes))


def shorter(crew: Crew, route: Route, visit: Visit) -> list[Call]:
    """What a route still stops for without one of its visits, and without a depot stop that only it needs."""
    calls = [call for call in known_calls(crew, route) if call != visit]
    others: list[Call] = [call for call in calls if isinstance(call, Visit)]
    return calls if any(isinstance(one, Visit) and (one.parts or one.tools) for one in others) else others


def turn_of(turns: Collection[Turn], route: Route) -> Turn | None:
    """The turn that a route is made in."""
    return next((one for one in turns if one.technician.id == route.technician and one.span.holds(route.span)), None)


def has(route: Route, visit: Visit) -> bool:
    """A route makes a visit."""
    return any(stop.kind is StopKind.VISIT and stop.order == visit.order for stop in route.stops)
