"""Promises that may move at a price: who is told another time, and what that costs beside the plan."""

from collections.abc import Collection
from dataclasses import replace

from domain.crew import Crew, CrewPlan, StopKind, Visit
from domain.instants import Instant
from maintenance.crew_cost import cost_of
from maintenance.crew_ways import Ways


def movable(crew: Crew, price: float) -> Crew:
    """The problem in which whom something was promised may be told another time, at a price each."""
    return replace(crew, visits=tuple(replace(visit, moving_cost=price) for visit in crew.visits))


def as_told(crew: Crew, plan: CrewPlan) -> Crew:
    """The problem without the promises that may move and that a plan does not keep: their customers are told anew."""
    begins = begins_of(plan)
    return freed(crew, {visit.order for visit in crew.visits if not is_kept(visit, begins.get(visit.order))})


def freed(crew: Crew, orders: Collection[str]) -> Crew:
    """The problem without the promises of some orders, as far as these may move."""
    if not orders:
        return crew
    return replace(
        crew,
        visits=tuple(
            replace(visit, promised=None) if visit.order in orders and visit.moving_cost is not None else visit
            for visit in crew.visits
        ),
    )


def total_of(crew: Crew, plan: CrewPlan, ways: Ways) -> float:
    """What a plan costs, moved promises included."""
    begins = begins_of(plan)
    moved = (visit.moving_cost or 0.0 for visit in crew.visits if not is_kept(visit, begins.get(visit.order)))
    return cost_of(crew, plan, ways).total + sum(moved)


def is_kept(visit: Visit, at: Instant | None) -> bool:
    """Nothing was promised, or work begins when it was."""
    return visit.promised is None or (at is not None and visit.promised.begin <= at <= visit.promised.end)


def begins_of(plan: CrewPlan) -> dict[str, Instant]:
    """When each visit begins."""
    stops = (stop for route in plan.routes for stop in route.stops if stop.kind is StopKind.VISIT)
    return {stop.order: stop.starts_at for stop in stops}
