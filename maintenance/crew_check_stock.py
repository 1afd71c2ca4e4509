"""Parts and tools in the checker: what is in the van before the depot, and what the depot can give."""

from collections import Counter
from collections.abc import Iterator

from domain.crew import Crew, CrewPlan, Rule, StopKind, Technician, Violation
from maintenance.crew_words import violation


def broken_stock(crew: Crew, plan: CrewPlan) -> Iterator[Violation]:
    """Parts and tools that are not there when they are needed, in order of time."""
    fetched: Counter[str] = Counter()
    for technician in crew.technicians:
        yield from broken_van(crew, plan, technician, fetched)
    stock = crew.depot.stock if crew.depot else {}
    if stock is None:
        return
    for part, count in sorted(fetched.items()):
        if count > stock.get(part, 0):
            yield violation(Rule.DEPOT, what=f"{count} × {part} ({stock.get(part, 0)})")


def broken_van(crew: Crew, plan: CrewPlan, technician: Technician, fetched: Counter[str]) -> Iterator[Violation]:
    """What one technician lacks; what is taken from the depot is added to `fetched`.

    The van's own stock is used first; a stop at the depot gives parts for all that comes after it, and tools until
    the route ends.
    """
    visits = {visit.order: visit for visit in crew.visits}
    leaders = first_of_team(plan)
    left, supplied = Counter(technician.stock), False
    for route in sorted((one for one in plan.routes if one.technician == technician.id), key=lambda one: one.leaves_at):
        tools = set(technician.tools)
        for stop in route.stops:
            if stop.kind is StopKind.DEPOT:
                supplied = True
                tools.update(tool for visit in crew.visits for tool in visit.tools)
            if stop.kind is not StopKind.VISIT or leaders[stop.order] != technician.id:
                continue
            visit = visits[stop.order]
            for tool in visit.tools:
                if tool not in tools:
                    yield violation(Rule.TOOL, technician=technician.id, order=visit.order, what=tool)
            for part, count in visit.parts.items():
                missing = max(count - left[part], 0)
                left[part] -= count - missing
                if missing and not supplied:
                    yield violation(Rule.PART, technician=technician.id, order=visit.order, what=part)
                fetched[part] += missing if supplied else 0


def first_of_team(plan: CrewPlan) -> dict[str, str]:
    """Who of those that make a visit brings its parts and tools: the first in the plan."""
    who: dict[str, str] = {}
    for route in plan.routes:
        for stop in route.stops:
            who.setdefault(stop.order, route.technician)
    return who
