"""Planning again: what was promised is kept as far as anybody can, and only what cannot be kept is told anew."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace

from domain.crew import Crew, CrewPlan, StopKind, Visit
from domain.instants import Instant
from domain.routing import Solver
from maintenance.crew_plan import plan
from maintenance.crew_ways import Ways
from maintenance.search.run import Effort, Progress


def replanned(
    crew: Crew,
    ways: Ways,
    seed: int,
    effort: Callable[[], Effort],
    solvers: Sequence[Solver] = (),
    *,
    before: CrewPlan | None = None,
    price: float,
) -> Iterator[Progress | CrewPlan]:
    """Now and then the progress, at last the plan, which keeps every rule but promises; these at `price` each.

    Twice `effort` is made. First every promise is a rule, and whose it is costs the price more to leave out; the tours
    of `before` are a start. Then whoever was left out may be told another time, and the others may move only within
    what they were told. Closing it cancels; raises GiveUp where what is frozen contradicts the rules.
    """
    careful = with_price(crew, price)
    first = yield from kept(plan(careful, ways, seed, effort(), solvers, before=before))
    freed = as_told(careful, first)
    yield from plan(freed, ways, seed, effort(), solvers if freed is not careful else (), before=first)


def kept(steps: Iterator[Progress | CrewPlan]) -> Generator[Progress, None, CrewPlan]:
    """The progress of one search; its plan is returned."""
    made = CrewPlan()
    for step in steps:
        if isinstance(step, CrewPlan):
            made = step
        else:
            yield step
    return made


def with_price(crew: Crew, price: float) -> Crew:
    """The problem in which leaving out whom something was promised costs that much more."""
    visits = (
        visit if visit.promised is None else replace(visit, unassigned_cost=visit.unassigned_cost + price)
        for visit in crew.visits
    )
    return replace(crew, visits=tuple(visits))


def as_told(crew: Crew, made: CrewPlan) -> Crew:
    """The problem without the promises that a plan does not keep; the same where it keeps all."""
    begins = {
        stop.order: stop.starts_at for route in made.routes for stop in route.stops if stop.kind is StopKind.VISIT
    }
    if all(is_kept(visit, begins.get(visit.order)) for visit in crew.visits):
        return crew
    return replace(
        crew,
        visits=tuple(
            visit if is_kept(visit, begins.get(visit.order)) else replace(visit, promised=None) for visit in crew.visits
        ),
    )


def is_kept(visit: Visit, at: Instant | None) -> bool:
    """Nothing was promised, or work begins when it was."""
    return visit.promised is None or (at is not None and visit.promised.begin <= at <= visit.promised.end)
