"""Obstacles: why a visit has no place in the plan; the first thing that stands in everybody's way."""

from collections.abc import Sequence

from domain.crew import Crew, Obstacle, Technician, Unassigned, Visit
from maintenance.crew_timetable import Call, Turn, starts_of, timetable
from maintenance.crew_ways import Ways
from maintenance.crew_words import listed, unassigned


def why_not(crew: Crew, turns: Sequence[Turn], visit: Visit, ways: Ways) -> Unassigned:
    """What stands in the way of everybody who is left after the obstacles before it; at last, that they are busy."""
    able = [one for one in crew.technicians if not visit.pins or one.id in visit.pins]
    if not able:
        return unassigned(visit, Obstacle.PIN, what=listed(visit.pins))
    able = [one for one in able if set(visit.skills) <= set(one.skills)]
    if not able:
        return unassigned(visit, Obstacle.SKILL, what=listed(visit.skills))
    able = [one for one in able if all(one.certificates.get(name, 0) > crew.now for name in visit.certificates)]
    if not able:
        return unassigned(visit, Obstacle.CERTIFICATE, what=listed(visit.certificates))
    if len(able) < visit.crew:
        return unassigned(visit, Obstacle.TEAM, count=len(able))
    lacking = [part for part, count in visit.parts.items() if not any(has(crew, one, part, count) for one in able)]
    if lacking:
        return unassigned(visit, Obstacle.PART, what=listed(lacking))
    lacking = [tool for tool in visit.tools if crew.depot is None and all(tool not in one.tools for one in able)]
    if lacking:
        return unassigned(visit, Obstacle.TOOL, what=listed(lacking))
    return no_time(crew, [turn for turn in turns if turn.technician in able], visit, ways)


def has(crew: Crew, technician: Technician, part: str, count: int) -> bool:
    """Van and depot together have so many."""
    own = technician.stock.get(part, 0)
    if crew.depot is None:
        return own >= count
    return crew.depot.stock is None or own + crew.depot.stock.get(part, 0) >= count


def no_time(crew: Crew, turns: Sequence[Turn], visit: Visit, ways: Ways) -> Unassigned:
    """Nobody works then, nobody can get there in a shift, or all are busy."""
    starts = [(turn, starts_of(crew, visit, turn.span.begin)) for turn in turns]
    open_turns = [turn for turn, at in starts if at is not None and at < turn.span.end]
    if not open_turns:
        return unassigned(visit, Obstacle.WINDOW)
    calls: list[Call] = [visit]
    if all(timetable(crew, turn, calls, ways) is None for turn in open_turns):
        return unassigned(visit, Obstacle.TRAVEL)
    return unassigned(visit, Obstacle.FULL)
