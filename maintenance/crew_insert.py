"""One visit more: a finished plan with a visit put where it takes least time, every rule kept."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from domain.crew import Crew, CrewPlan, Depot, Route, StopKind, Visit
from domain.instants import Duration, Instant
from maintenance.crew_check import check
from maintenance.crew_field import may_make
from maintenance.crew_timetable import Call, Turn, timetable, turns_of
from maintenance.crew_ways import Ways

TRIED = 6
"""Of the places that take least time, so many are checked against every rule."""


class Fit(NamedTuple):
    """A turn's route with the visit in it, and what it takes more."""

    takes: Duration
    turn: Turn
    before: Route | None
    after: Route


def with_visit(crew: Crew, plan: CrewPlan, visit: Visit, ways: Ways) -> CrewPlan | None:
    """The plan with a visit that it left out; None where no route can hold it as the others stand.

    A visit of two joins two routes at one time. What is in the plan stays with whom it is; its times may move as
    far as every rule allows.
    """
    meets = meetings(crew, plan)
    left = tuple(one for one in plan.unassigned if one.order != visit.order)
    turns = [turn for turn in turns_of(crew) if may_make(turn.technician, visit, turn.span.begin)]
    if visit.crew == 2:
        return with_team(crew, plan, visit, ways, turns)
    fits = sorted(
        (fit for turn in turns for fit in fits_in(crew, plan, turn, visit=visit, ways=ways, meets=meets)),
        key=lambda one: one.takes,
    )
    for fit in fits[:TRIED]:
        made = replace(plan, routes=exchanged(plan.routes, [fit]), unassigned=left)
        if not check(crew, made, ways):
            return made
    return None


def with_team(crew: Crew, plan: CrewPlan, visit: Visit, ways: Ways, turns: Sequence[Turn]) -> CrewPlan | None:
    """The plan with a visit of two, at the soonest time at which one of them can be there and another can join."""
    meets = meetings(crew, plan)
    left = tuple(one for one in plan.unassigned if one.order != visit.order)
    alone = replace(visit, crew=1)
    times = {
        start_of(fit.after, visit)
        for turn in turns
        for fit in fits_in(crew, plan, turn, visit=alone, ways=ways, meets=meets)
    }
    for at in sorted(times):
        then = {**meets, visit.order: at}
        fits: dict[str, Fit] = {}
        for turn in turns:
            for fit in fits_in(crew, plan, turn, visit=visit, ways=ways, meets=then):
                known = fits.get(turn.technician.id)
                fits[turn.technician.id] = fit if known is None or fit.takes < known.takes else known
        pair = sorted(fits.values(), key=lambda one: one.takes)[:2]
        made = replace(plan, routes=exchanged(plan.routes, pair), unassigned=left)
        if len(pair) == 2 and not check(crew, made, ways):
            return made
    return None


def fits_in(
    crew: Crew, plan: CrewPlan, turn: Turn, *, visit: Visit, ways: Ways, meets: dict[str, Instant]
) -> Iterator[Fit]:
    """Every place in a turn, with a stop at the depot where parts or tools may be missing."""
    mine = [one for one in plan.routes if one.technician == turn.technician.id and turn.span.holds(one.span)]
    if len(mine) > 1:
        return
    before = mine[0] if mine else None
    calls = known_calls(crew, before) if before else []
    took = before.returns_at - before.leaves_at if before else 0
    for k in range(len(calls) + 1):
        for added in additions(crew, visit):
            after = timetable(crew, turn, [*calls[:k], *added, *calls[k:]], ways, meets)
            if after is not None:
                yield Fit(after.returns_at - after.leaves_at - took, turn, before, after)


def additions(crew: Crew, visit: Visit) -> Iterator[list[Call]]:
    """The visit alone, and after the depot where it needs something."""
    yield [visit]
    if crew.depot is not None and (visit.parts or visit.tools):
        yield [crew.depot, visit]


def known_calls(crew: Crew, route: Route) -> list[Call]:
    """What a route stops for, breaks and what is not there any more aside."""
    visits = {visit.order: visit for visit in crew.visits}
    depot: list[Depot] = [crew.depot] if crew.depot else []
    found: list[Call] = []
    for stop in route.stops:
        if stop.kind is StopKind.VISIT and stop.order in visits:
            found.append(visits[stop.order])
        elif stop.kind is StopKind.DEPOT:
            found += depot
    return found


def meetings(crew: Crew, plan: CrewPlan) -> dict[str, Instant]:
    """When those meet who make a visit together, and when what is frozen begins."""
    fixed = {visit.order for visit in crew.visits if visit.crew == 2 or visit.frozen is not None}
    return {stop.order: stop.starts_at for route in plan.routes for stop in route.stops if stop.order in fixed}


def exchanged(routes: Sequence[Route], fits: Sequence[Fit]) -> tuple[Route, ...]:
    """The routes with some in the place of others."""
    gone = [fit.before for fit in fits if fit.before is not None]
    return (*(one for one in routes if one not in gone), *(fit.after for fit in fits))


def start_of(route: Route, visit: Visit) -> Instant:
    """When a route's visit begins."""
    return next(stop.starts_at for stop in route.stops if stop.order == visit.order)
