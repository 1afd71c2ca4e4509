"""The crew plan: first what is fixed, then teams of two, then everybody else's tours by search; all on a timetable."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from domain.crew import Crew, CrewPlan, Obstacle, Route, Unassigned, Visit
from domain.errors import GiveUp
from domain.instants import MINUTE, Instant
from domain.routing import Sequences, Solver
from maintenance.crew_check import check
from maintenance.crew_cost import cost_of
from maintenance.crew_field import Item, calls_of, field_for, may_make
from maintenance.crew_insert import known_calls, with_visit
from maintenance.crew_obstacles import why_not
from maintenance.crew_on_time import on_time
from maintenance.crew_promises import as_told, freed, total_of
from maintenance.crew_start import best_start
from maintenance.crew_timetable import Call, Turn, starts_of, timetable, turns_of
from maintenance.crew_ways import Ways
from maintenance.search.run import Effort, Progress, moved_in, search, solution

STEP = 30 * MINUTE
"""Between the times that are tried for a team."""
MOST_STANDS, WARM = 0.8, 1.5
"""From this share of the visits on a plan stands, and how warm a search that begins with it is at first."""
MENDED = 20
"""So many of those that are left out are tried once more on the timetable."""


def plan(
    crew: Crew,
    ways: Ways,
    seed: int,
    effort: Effort,
    solvers: Sequence[Solver] = (),
    *,
    before: CrewPlan | None = None,
) -> Iterator[Progress | CrewPlan]:
    """Now and then the progress of the search, at last the plan, which keeps every rule. Closing it cancels.

    Promises with a price (`movable`) are kept where moving them does not pay; the plan keeps `as_told`'s rules. The
    search begins with the best of insertion's tours, each solver's, and those of a plan from `before` with what is
    new put into them; that plan stands where nothing cheaper is found. Raises GiveUp where what is frozen contradicts
    the rules.
    """
    turns = list(turns_of(crew))
    items, meets = items_of(crew, turns, ways)
    found: list[list[int]] = []
    moved: set[str] = set()
    if turns and items:
        field = field_for(crew, turns, items, ways)
        stands = standing(turns, items, before)
        start = best_start(field, seed, solvers, stands)
        for step in search(field, seed, gentle(effort, sum(map(len, stands)) / len(items)), start):
            if isinstance(step, Progress):
                yield step
            else:
                found = solution(field, step)
                moved = {items[c].visit.order for c in moved_in(field, step)}
    seen = freed(crew, moved)
    made = finished(seen, turns, [calls_of(seen, items, route) for route in found], ways, meets)
    made = mended(crew, turns, made, ways)
    if before is not None:
        made = cheaper(crew, made, mended(crew, turns, taken_over(crew, turns, before, ways), ways), ways)
    broken = check(as_told(crew, made), made, ways)
    if broken:
        raise GiveUp(f"{broken[0].text['en']} What is frozen or booked contradicts this; change it and plan again.")
    yield made


def gentle(effort: Effort, share: float) -> Effort:
    """The effort for a search in which so many of the visits stand in a plan already: much heat would melt it."""
    return replace(effort, hottest=min(effort.hottest, WARM), cycles=1) if share >= MOST_STANDS else effort


def cheaper(crew: Crew, made: CrewPlan, other: CrewPlan, ways: Ways) -> CrewPlan:
    """The other plan, where it keeps every rule and costs less, moved promises included."""
    costs_less = total_of(crew, other, ways) < total_of(crew, made, ways)
    return other if costs_less and not check(as_told(crew, other), other, ways) else made


def standing(turns: Sequence[Turn], items: Sequence[Item], before: CrewPlan | None) -> Sequences:
    """The tours of a plan from before, as far as the search places their visits."""
    rows = {(item.visit.order, item.technician): row for row, item in enumerate(items)}
    found: list[list[int]] = []
    for turn in turns if before is not None else ():
        who = turn.technician.id
        orders = (
            stop.order
            for route in (before.routes if before else ())
            if route.technician == who and turn.span.meets(route.span)
            for stop in route.stops
            if turn.span.begin <= stop.starts_at < turn.span.end
        )
        wanted = (rows.get((order, who), rows.get((order, ""))) for order in orders)
        found.append([row for row in wanted if row is not None])
    return found


def taken_over(crew: Crew, turns: Sequence[Turn], before: CrewPlan, ways: Ways) -> CrewPlan:
    """A plan from before on the timetable of this problem, as far as it still goes."""
    known = {visit.order: visit for visit in crew.visits}
    begins = {stop.order: stop.starts_at for route in before.routes for stop in route.stops}
    meets = {name: at for name, at in begins.items() if name in known and is_met(known[name])}
    routes = []
    for turn in turns:
        mine = [one for one in before.routes if one.technician == turn.technician.id and turn.span.holds(one.span)]
        route = timetable(crew, turn, known_calls(crew, mine[0]), ways, meets) if len(mine) == 1 else None
        routes += [route] if route is not None and route.stops else []
    return with_reasons(crew, turns, routes, ways)


def is_met(visit: Visit) -> bool:
    """Its time stands: two make it together, or it is frozen."""
    return visit.crew == 2 or visit.frozen is not None


def mended(crew: Crew, turns: Sequence[Turn], made: CrewPlan, ways: Ways) -> CrewPlan:
    """The plan with what it left out because all are busy, wherever it fits after all and is cheaper so.

    The search knows breaks and teams roughly; on the timetable there may be more room than it thought. Who is left
    out and may be told another time is.
    """
    told = as_told(crew, made)
    if told is not crew:
        crew, made = told, with_reasons(told, turns, made.routes, ways)
    visits = {visit.order: visit for visit in crew.visits}
    left = [visits[one.order] for one in made.unassigned if one.obstacle is Obstacle.FULL]
    for visit in sorted(left, key=lambda one: -one.unassigned_cost)[:MENDED]:
        wider = with_visit(crew, made, visit, ways)
        if wider is not None and cost_of(crew, wider, ways).total < cost_of(crew, made, ways).total:
            made = wider
    return made


def finished(
    crew: Crew, turns: Sequence[Turn], calls: Sequence[list[Call]], ways: Ways, meets: dict[str, Instant]
) -> CrewPlan:
    """The plan of these calls: each tour on its timetable, and why each visit that is in none is not."""
    routes = on_time(crew, turns, calls, ways, meets) if calls else []
    return with_reasons(crew, turns, routes, ways)


def items_of(crew: Crew, turns: Sequence[Turn], ways: Ways) -> tuple[list[Item], dict[str, Instant]]:
    """What the search places, and when those meet who make a visit together."""
    meets: dict[str, Instant] = {}
    fixed: list[Item] = []
    for visit in crew.visits:
        if visit.frozen is not None:
            meets[visit.order] = visit.frozen.starts_at
            fixed += [Item(visit, who, visit.frozen.starts_at) for who in visit.frozen.technicians]
    for visit in crew.visits:
        if visit.frozen is None and visit.crew == 2:
            fixed += team_for(crew, turns=turns, visit=visit, fixed=fixed, meets=meets, ways=ways)
    alone = [Item(visit) for visit in crew.visits if visit.frozen is None and visit.crew == 1]
    return [*fixed, *alone], meets


def team_for(
    crew: Crew, *, turns: Sequence[Turn], visit: Visit, fixed: Sequence[Item], meets: dict[str, Instant], ways: Ways
) -> list[Item]:
    """Two who can meet soonest, given what each is fixed for already; nobody where no two can."""
    best: tuple[Instant, Turn, Turn] | None = None
    able = [turn for turn in turns if may_make(turn.technician, visit, turn.span.end)]
    for first, second in combinations(able, 2):
        if first.technician.id == second.technician.id or not first.span.meets(second.span):
            continue
        at = starts_of(crew, visit, max(first.span.begin, second.span.begin))
        while at is not None and at < min(first.span.end, second.span.end) and (best is None or at < best[0]):
            if all(
                can_meet(crew, turn, visit=visit, at=at, fixed=fixed, meets=meets, ways=ways)
                for turn in (first, second)
            ):
                best = (at, first, second)
            at = starts_of(crew, visit, at + STEP)
    if best is None:
        return []
    meets[visit.order] = best[0]
    return [Item(visit, turn.technician.id, best[0]) for turn in best[1:]]


def can_meet(
    crew: Crew,
    turn: Turn,
    *,
    visit: Visit,
    at: Instant,
    fixed: Sequence[Item],
    meets: Mapping[str, Instant],
    ways: Ways,
) -> bool:
    """A turn has room for a visit at an instant between what is fixed in it, and for the depot."""
    mine = [
        item
        for item in fixed
        if item.technician == turn.technician.id
        and item.starts_at is not None
        and turn.span.begin <= item.starts_at < turn.span.end
    ]
    calls: list[Call] = [item.visit for item in sorted(mine, key=lambda one: one.starts_at or 0)]
    calls.append(visit)
    when = {**meets, visit.order: at}
    calls.sort(key=lambda one: when[one.order] if isinstance(one, Visit) else 0)
    if crew.depot is not None and (visit.parts or visit.tools):
        calls.insert(0, crew.depot)
    return timetable(crew, turn, calls, ways, when) is not None


def with_reasons(crew: Crew, turns: Sequence[Turn], routes: Sequence[Route], ways: Ways) -> CrewPlan:
    """The plan, and why each visit that is not in it is not."""
    there = {stop.order for route in routes for stop in route.stops}
    left: list[Unassigned] = [why_not(crew, turns, visit, ways) for visit in crew.visits if visit.order not in there]
    return CrewPlan(routes=tuple(routes), unassigned=tuple(left))
