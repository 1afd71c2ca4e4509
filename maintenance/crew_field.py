"""From a crew problem to the search's field and back: who can make which visit when, in minutes and money."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from domain.crew import Crew, Place, Span, Technician, Visit
from domain.instants import MINUTE, Instant
from maintenance.crew_cost import end_of, waiting_cost
from maintenance.crew_rest import Fixed, Rest, rests_of, worked
from maintenance.crew_timetable import Call, Turn, starts_of
from maintenance.crew_ways import Ways
from maintenance.search.field import NEVER, Field, field_of
from maintenance.search.nearness import by_time, nearest_first

SURE = 1e7
"""What it costs to leave out what has its people and its time already."""
WIDEST = 60


class Item(NamedTuple):
    """A visit as one technician sees it; one that is fixed has a technician and a time."""

    visit: Visit
    technician: str = ""
    starts_at: Instant | None = None


def may_make(technician: Technician, visit: Visit, at: Instant) -> bool:
    """Skills, certificates at an instant, and pins allow it."""
    return (
        set(visit.skills) <= set(technician.skills)
        and all(technician.certificates.get(one, at) > at for one in visit.certificates)
        and (not visit.pins or technician.id in visit.pins)
    )


class Bounds(NamedTuple):
    """Earliest and latest start of an item on a turn in minutes from now, as it should be, and at another time.

    The latest is NEVER where it may not be made.
    """

    earliest: float
    latest: float
    earliest_late: float
    latest_late: float


CLOSED = Bounds(0.0, NEVER, 0.0, NEVER)


def bounds(crew: Crew, turn: Turn, item: Item, rests: Sequence[Rest] = ()) -> Bounds:
    """When an item may begin on a turn whose clock stands still during rests."""
    if item.starts_at is not None:
        at = minutes(crew, worked(rests, item.starts_at))
        return Bounds(at, at, at, at) if is_in(turn, item) else CLOSED
    visit = item.visit
    told = within(crew, turn, visit, rests)
    if visit.promised is None or visit.moving_cost is None:
        return told
    free = within(crew, turn, replace(visit, promised=None), rests)
    if told.latest_late < told.earliest:
        return Bounds(free.earliest_late, NEVER, free.earliest_late, free.latest_late)
    return Bounds(told.earliest, told.latest_late, free.earliest_late, free.latest_late)


def within(crew: Crew, turn: Turn, visit: Visit, rests: Sequence[Rest]) -> Bounds:
    """When a visit may begin on a turn: in time, and late."""
    first = starts_of(crew, visit, turn.span.begin)
    last = min([turn.span.end - visit.duration, *([visit.promised.end] if visit.promised else [])])
    if first is None or first > last or not may_make(turn.technician, visit, last + visit.duration):
        return CLOSED
    if visit.windows:
        last = min(last, max((one.end for one in visit.windows if one.begin <= first <= one.end), default=first))
    in_time = last if visit.due_at is None else min(last, visit.due_at - visit.duration)
    begins, ends, late = (minutes(crew, worked(rests, at)) for at in (first, in_time, last))
    return Bounds(begins, ends if in_time >= first else NEVER, begins, late)


def is_in(turn: Turn, item: Item) -> bool:
    """An item is fixed for a turn."""
    at = item.starts_at
    return at is not None and item.technician == turn.technician.id and turn.span.begin <= at < turn.span.end


def rests_in(turn: Turn, items: Sequence[Item], ways: Ways) -> tuple[Rest, ...]:
    """A turn's breaks, beside what is fixed for it."""
    fixed = [
        Fixed(Span(at, at + item.visit.duration), item.visit.place)
        for item in items
        if (at := item.starts_at) is not None and is_in(turn, item)
    ]
    return rests_of(turn, fixed, ways)


def minutes(crew: Crew, at: Instant) -> float:
    """An instant in minutes from now."""
    return (at - crew.now) / MINUTE


def field_for(crew: Crew, turns: Sequence[Turn], items: Sequence[Item], ways: Ways) -> Field:
    """The field of a crew problem; each turn's clock stands still during its breaks."""
    n, homes = len(items), list(dict.fromkeys(turn.technician.home for turn in turns))
    places = places_of(crew, homes, items)
    legs = [[ways.between(here, there) for there in places] for here in places]
    travel = np.array([[leg.duration / MINUTE for leg in row] for row in legs])
    price = [leg.km * crew.km_cost for row in legs for leg in row]
    rested = [(turn, rests_in(turn, items, ways)) for turn in turns]
    limits = np.array([bounds(crew, turn, item, mine) for turn, mine in rested for item in items])
    limits = limits.reshape(len(turns), n, 4)
    parts, owners = kinds_of(crew), list(dict.fromkeys(turn.technician.id for turn in turns))
    people = {turn.technician.id: turn.technician for turn in turns}
    tools = {tool: bit for bit, tool in enumerate(dict.fromkeys(one for item in items for one in item.visit.tools))}
    open_at = np.where(limits[..., 3] >= 0, limits[..., 2], np.inf).min(axis=0)
    open_at[~np.isfinite(open_at)] = 0.0
    close_at = np.maximum(limits[..., 3].max(axis=0), open_at)
    when, rank = by_time(open_at, close_at)
    depot = crew.depot
    real = {
        "travel": travel.ravel().tolist(),
        "price": price,
        "service": [*(item.visit.duration / MINUTE for item in items), *(0.0 for _ in homes)]
        + ([depot.loading / MINUTE] if depot else []),
        "earliest": limits[..., 0].ravel().tolist(),
        "latest": limits[..., 1].ravel().tolist(),
        "earliest_late": limits[..., 2].ravel().tolist(),
        "latest_late": limits[..., 3].ravel().tolist(),
        "extra": [extra_cost(crew, turn, item) for turn in turns for item in items],
        "breach": [breach(item.visit) for item in items],
        "penalty": [penalty(crew, item) for item in items],
        "begin": [minutes(crew, turn.span.begin) for turn in turns],
        "end": [minutes(crew, worked(mine, turn.span.end)) for turn, mine in rested],
        "regular": [minutes(crew, worked(mine, turn.shift.span.end)) for turn, mine in rested],
        "per_time": [turn.technician.hour_cost / 60 for turn in turns],
        "per_overtime": [turn.technician.overtime_cost / 60 for turn in turns],
    }
    whole = {
        "home": [n + homes.index(turn.technician.home) for turn in turns],
        "parts": [needed(item, part, items) for item in items for part in parts],
        "stock": [people[owner].stock.get(part, 0) for owner in owners for part in parts],
        "owner": [owners.index(turn.technician.id) for turn in turns],
        "store": [(depot.stock or {}).get(part, 0) if depot else 0 for part in parts],
        "needs": [bits(item.visit.tools, tools) for item in items],
        "has": [bits(turn.technician.tools, tools) for turn in turns],
        "twin": [-1] * len(turns),
        "near": nearest_first(travel, open_at, close_at),
        "when": when,
        "rank": rank,
    }
    return field_of(
        real,
        whole,
        n=n,
        tours=len(turns),
        width=min(n, WIDEST) + 3,
        kinds=len(parts),
        places=len(places),
        has_price=True,
        depot=len(places) - 1 if depot else -1,
        depot_opens=minutes(crew, depot.opens.begin) if depot else 0.0,
        depot_closes=minutes(crew, depot.opens.end - depot.loading) if depot else 0.0,
        is_store_limited=depot is not None and depot.stock is not None,
    )


def places_of(crew: Crew, homes: Sequence[Place], items: Sequence[Item]) -> list[Place]:
    """Items, homes, depot."""
    places = [*(item.visit.place for item in items), *homes]
    return [*places, crew.depot.place] if crew.depot else places


def kinds_of(crew: Crew) -> list[str]:
    """All parts that a visit needs."""
    return list(dict.fromkeys(part for visit in crew.visits for part in visit.parts))


def needed(item: Item, part: str, items: Sequence[Item]) -> int:
    """How many of a part: of those who make a visit together, the first brings them."""
    first = next(one for one in items if one.visit.order == item.visit.order)
    return item.visit.parts.get(part, 0) if first is item else 0


def bits(names: Iterable[str], order: Mapping[str, int]) -> int:
    """Names as bits."""
    return sum(1 << order[name] for name in set(names) if name in order)


def extra_cost(crew: Crew, turn: Turn, item: Item) -> float:
    """What waiting until a turn costs, judged at its middle."""
    return waiting_cost(item.visit.waiting, (turn.span.begin + turn.span.end) // 2 - crew.now)


def breach(visit: Visit) -> float:
    """What it costs to make a visit at another time than it should be: late, or not as it was promised."""
    if visit.promised is None or visit.moving_cost is None:
        return visit.breach_cost
    was_in_time = visit.due_at is not None and visit.promised.end + visit.duration <= visit.due_at
    return visit.moving_cost + (visit.breach_cost if was_in_time else 0.0)


def penalty(crew: Crew, item: Item) -> float:
    """What it costs to leave an item out."""
    visit = item.visit
    if item.starts_at is not None:
        return SURE
    late = visit.breach_cost if visit.due_at is not None else 0.0
    moved = (visit.moving_cost or 0.0) if visit.promised is not None else 0.0
    return visit.unassigned_cost + late + moved + waiting_cost(visit.waiting, end_of(crew) - crew.now)


def calls_of(crew: Crew, items: Sequence[Item], route: Sequence[int]) -> list[Call]:
    """The stops of one of the search's routes, as the problem sees them."""
    visits, depot = {visit.order: visit for visit in crew.visits}, crew.depot
    return [visits[items[c].visit.order] if c < len(items) or depot is None else depot for c in route]
