"""Tours on the timetable: what breaks leave no room for is moved or dropped, and a team comes whole or not at all."""

from collections.abc import Mapping, Sequence

from domain.crew import Crew, Depot, Route, StopKind, Visit
from domain.instants import Instant
from maintenance.crew_timetable import Call, Turn, timetable
from maintenance.crew_ways import Ways


def on_time(
    crew: Crew, turns: Sequence[Turn], calls: Sequence[list[Call]], ways: Ways, meets: dict[str, Instant]
) -> list[Route]:
    """Routes with times; visits for which breaks leave no room are dropped, and tried elsewhere."""
    made: list[Route | None] = []
    for turn, wanted in zip(turns, calls, strict=True):
        while (route := by_depot(crew, turn, wanted, ways, meets)) is None:
            wanted.remove(least(wanted, meets))
        made.append(route)
    again_from_teams(crew, calls=calls, made=made, turns=turns, ways=ways, meets=meets)
    return [route for route in made if route is not None and any(one.kind is StopKind.VISIT for one in route.stops)]


def by_depot(crew: Crew, turn: Turn, calls: list[Call], ways: Ways, meets: dict[str, Instant]) -> Route | None:
    """The route with its depot stop where the search put it, or, where breaks leave no room for that, sooner."""
    stop = next((k for k, call in enumerate(calls) if isinstance(call, Depot)), 0)
    rest = [call for k, call in enumerate(calls) if k != stop]
    for k in range(stop, -1, -1):
        route = timetable(crew, turn, [*rest[:k], *calls[stop : stop + 1], *rest[k:]], ways, meets)
        if route is not None:
            return route
    return None


def least(calls: Sequence[Call], meets: Mapping[str, Instant]) -> Call:
    """The visit that can be left out most cheaply; what is fixed goes last."""
    visits = [call for call in calls if isinstance(call, Visit)]
    return min(visits, key=lambda one: (one.order in meets, one.unassigned_cost)) if visits else calls[0]


def again_from_teams(
    crew: Crew,
    *,
    calls: Sequence[list[Call]],
    made: list[Route | None],
    turns: Sequence[Turn],
    ways: Ways,
    meets: dict[str, Instant],
) -> None:
    """Where one of a team is missing, nobody of it comes."""
    for visit in crew.visits:
        there = [k for k, wanted in enumerate(calls) if visit in wanted]
        if visit.crew > len(there) > 0:
            for k in there:
                calls[k].remove(visit)
                made[k] = timetable(crew, turns[k], calls[k], ways, meets)
