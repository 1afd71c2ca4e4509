"""What is under way and contradicts a rule: it happens all the same, so its people are away, and somebody is told."""

from collections.abc import Sequence
from dataclasses import replace

from domain.crew import Crew, Span, Technician, Visit
from domain.text import Text
from maintenance.catalogue_crew import CONTRADICTS
from maintenance.crew_field import may_make
from maintenance.crew_timetable import Call, Turn, timetable, turns_of
from maintenance.crew_ways import Ways
from maintenance.crew_words import filled, listed


def settled(crew: Crew, ways: Ways) -> tuple[Crew, tuple[Text, ...]]:
    """The problem without frozen visits that no route can hold, and a sentence about each.

    Reality is stronger than the rules: the people of such a visit are away while it lasts.
    """
    frozen = sorted((one for one in crew.visits if one.frozen is not None), key=begin_of)
    people = {one.id: one for one in crew.technicians}
    kept: dict[str, list[Visit]] = {name: [] for name in people}
    gone: list[Visit] = []
    for visit in frozen:
        names = visit.frozen.technicians if visit.frozen else ()
        if all(is_held(crew, people[name], [*kept[name], visit], ways) for name in names):
            for name in names:
                kept[name].append(visit)
        else:
            gone.append(visit)
    if not gone:
        return crew, ()
    return without(crew, gone), tuple(said(visit) for visit in gone)


def is_held(crew: Crew, technician: Technician, visits: Sequence[Visit], ways: Ways) -> bool:
    """A technician's routes can hold all of these."""
    turns = list(turns_of(replace(crew, technicians=(technician,))))
    return (
        all(may_make(technician, one, begin_of(one) + one.duration) for one in visits)
        and all(any(turn.span.begin <= begin_of(one) < turn.span.end for turn in turns) for one in visits)
        and all(is_driven(crew, turn, visits, ways) for turn in turns)
    )


def is_driven(crew: Crew, turn: Turn, visits: Sequence[Visit], ways: Ways) -> bool:
    """A turn can hold those of the visits that lie in it, with a stop at the depot where parts are missing."""
    calls: list[Call] = [one for one in visits if turn.span.begin <= begin_of(one) < turn.span.end]
    wanted = {part for one in calls if isinstance(one, Visit) for part in one.parts}
    meets = {one.order: begin_of(one) for one in visits}
    if wanted and crew.depot is not None and not wanted <= set(turn.technician.stock):
        calls.insert(0, crew.depot)
    return not calls or timetable(crew, turn, calls, ways, meets) is not None


def without(crew: Crew, gone: Sequence[Visit]) -> Crew:
    """The problem in which these visits are their people's absence."""
    away: dict[str, list[Span]] = {one.id: [] for one in crew.technicians}
    for visit in gone:
        for name in visit.frozen.technicians if visit.frozen else ():
            away[name].append(Span(begin_of(visit), begin_of(visit) + visit.duration))
    names = {visit.order for visit in gone}
    return replace(
        crew,
        visits=tuple(one for one in crew.visits if one.order not in names),
        technicians=tuple(replace(one, leave=(*one.leave, *away[one.id])) for one in crew.technicians),
    )


def begin_of(visit: Visit) -> int:
    """When a frozen visit begins."""
    return visit.frozen.starts_at if visit.frozen else 0


def said(visit: Visit) -> Text:
    """What the reader of the plan is told."""
    who = listed(visit.frozen.technicians) if visit.frozen else ""
    return filled(CONTRADICTS, {"order": visit.order, "who": who})
