"""What a crew plan costs in the operator's money: ways, hours, overtime, waiting, broken promises, what is left out."""

from collections.abc import Iterable
from itertools import pairwise

from domain.crew import Crew, CrewCost, CrewPlan, Place, Route, StopKind, Technician, Visit
from domain.instants import DAY, HOUR, Duration, Instant
from domain.work_order import Waiting
from maintenance.crew_ways import Ways


def cost_of(crew: Crew, plan: CrewPlan, ways: Ways) -> CrewCost:
    """The plan's cost, by what it is for. What is left out waits until the plan's end, and costs its price on top."""
    people = {technician.id: technician for technician in crew.technicians}
    visits = {visit.order: visit for visit in crew.visits}
    begins = {
        stop.order: stop.starts_at for route in plan.routes for stop in route.stops if stop.kind is StopKind.VISIT
    }
    left = [visits[one.order] for one in plan.unassigned]
    late = [visit for order, at in begins.items() if is_late(visit := visits[order], at)]
    horizon = end_of(crew)
    return CrewCost(
        travel=sum(km_of(crew, people[route.technician], route, ways) for route in plan.routes) * crew.km_cost,
        work=sum(
            hours(route.span.end - route.span.begin) * people[route.technician].hour_cost for route in plan.routes
        ),
        overtime=sum(overtime(people[route.technician], route) for route in plan.routes),
        waiting=sum(waiting_cost(visits[order].waiting, at - crew.now) for order, at in begins.items())
        + sum(waiting_cost(visit.waiting, horizon - crew.now) for visit in left),
        breaches=sum(visit.breach_cost for visit in late)
        + sum(visit.breach_cost for visit in left if visit.due_at is not None),
        unassigned=sum(visit.unassigned_cost for visit in left),
    )


def is_late(visit: Visit, at: Instant) -> bool:
    """Work that begins at `at` ends after it is due."""
    return visit.due_at is not None and at + visit.duration > visit.due_at


def end_of(crew: Crew) -> Instant:
    """When the last shift ends; without shifts, now."""
    return max((shift.span.end for one in crew.technicians for shift in one.shifts), default=crew.now)


def km_of(crew: Crew, technician: Technician, route: Route, ways: Ways) -> float:
    """The length of a route."""
    places = {visit.order: visit.place for visit in crew.visits}
    way = [technician.home, *stops_of(crew, places, route), technician.home]
    return sum(ways.between(here, there).km for here, there in pairwise(way))


def stops_of(crew: Crew, places: dict[str, Place], route: Route) -> Iterable[Place]:
    """Where a route stops; a break is nowhere else."""
    for stop in route.stops:
        if stop.kind is StopKind.VISIT:
            yield places[stop.order]
        elif stop.kind is StopKind.DEPOT and crew.depot is not None:
            yield crew.depot.place


def overtime(technician: Technician, route: Route) -> float:
    """What the time after the shift's regular end costs on top."""
    shift = next((one for one in technician.shifts if one.span.begin <= route.leaves_at <= one.until), None)
    return hours(max(route.returns_at - shift.span.end, 0)) * technician.overtime_cost if shift else 0.0


def waiting_cost(waiting: Iterable[Waiting], past: Duration) -> float:
    """The cost of waiting so long: straight lines between the days that are given, and the last line goes on."""
    days, before, slope = max(past, 0) / DAY, (0.0, 0.0), 0.0
    for point in sorted(waiting, key=lambda one: one.days):
        if point.days > before[0]:
            slope = (point.cost - before[1]) / (point.days - before[0])
        if days <= point.days:
            break
        before = (float(point.days), point.cost)
    return before[1] + slope * (days - before[0])


def hours(duration: Duration) -> float:
    """A duration in hours."""
    return duration / HOUR
