"""What is decided together in the live problem: who gets which piece of a part that is short, and when they go."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.crew import Crew, CrewPlan, Obstacle, Unassigned, Visit
from domain.instants import DAY, Instant
from domain.text import Text
from maintenance.catalogue_crew import COUNTED_ON
from maintenance.crew_cost import end_of, waiting_cost
from maintenance.crew_shifts import day_in, instant_at
from maintenance.crew_words import filled, unassigned
from maintenance.joint import Lot


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """A problem whose short parts come in lots."""

    crew: Crew
    """The depot's stock as if everything that is on its way were there."""
    lots: tuple[Lot, ...]
    left: tuple[Unassigned, ...] = ()
    """Orders for which there is no piece at all."""
    said: tuple[Text, ...] = ()
    """What the plan counts on."""


def together(crew: Crew, arrivals: Sequence[Lot]) -> Together:
    """The problem with its short parts as lots; without any where none is short or on its way.

    A part is dealt with if more pieces are wanted than the depot has, some are on their way, no van carries it, and
    everybody who wants it wants one piece of it and of nothing else.
    """
    stock = dict(crew.depot.stock or {}) if crew.depot is not None and crew.depot.stock is not None else {}
    short = [part for part in sorted({lot.part for lot in arrivals}) if crew.depot and is_short(crew, part, stock)]
    if crew.depot is None or not short:
        return Together(crew=crew, lots=())
    lots, without, said = list[Lot](), list[Visit](), list[Text]()
    for part in short:
        there = [Lot(part, crew.now)] * stock.get(part, 0)
        coming = [lot for lot in arrivals if lot.part == part and lot.ready_at < end_of(crew)]
        lots += [*there, *coming]
        without += neediest_first(crew, part)[len(there) + len(coming) :]
        stock[part] = len(there) + len(coming)
        said.append(filled(COUNTED_ON, {"part": part, "there": len(there), "coming": len(coming)}))
    gone = {visit.order for visit in without}
    return Together(
        crew=replace(
            crew,
            visits=tuple(visit for visit in crew.visits if visit.order not in gone),
            depot=replace(crew.depot, stock=stock),
        ),
        lots=tuple(lots),
        left=tuple(unassigned(visit, Obstacle.PART, what=", ".join(visit.parts)) for visit in without),
        said=tuple(said),
    )


def is_short(crew: Crew, part: str, stock: Mapping[str, int]) -> bool:
    """A part can be dealt with, and has to be."""
    wanted = [visit for visit in crew.visits if part in visit.parts]
    is_simple = all(dict(visit.parts) == {part: 1} and visit.frozen is None for visit in wanted)
    is_carried = any(one.stock.get(part, 0) for one in crew.technicians)
    return is_simple and not is_carried and len(wanted) > stock.get(part, 0)


def neediest_first(crew: Crew, part: str) -> list[Visit]:
    """Who wants a part, first whose being left out costs most."""
    horizon = end_of(crew) - crew.now
    wanted = [visit for visit in crew.visits if part in visit.parts]
    return sorted(wanted, key=lambda one: (-one.unassigned_cost - waiting_cost(one.waiting, horizon), one.order))


def with_left(made: CrewPlan, found: Together) -> CrewPlan:
    """The plan of the whole problem."""
    return replace(made, unassigned=(*made.unassigned, *found.left))


def arriving(part: str, expected: Iterable[tuple[Instant, int]], zone: str) -> list[Lot]:
    """Pieces on their way: each can be taken along from the morning after the day on which it is expected."""
    by_day: Counter[Instant] = Counter()
    for at, pieces in expected:
        by_day[instant_at(day_in(at + DAY, zone), 0, zone)] += pieces
    return [Lot(part, at) for at, pieces in sorted(by_day.items()) for _ in range(pieces)]
