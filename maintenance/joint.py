"""Together: dates, parts and routes on one cost, by planning, giving parts to whom they help most, and planning again.

A crew plan says what each day would cost each order; the lots of parts that are there, on their way or could be sent
express are then given out anew at those prices, and the crew planned again, as long as all of it gets cheaper.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from domain.crew import Crew, CrewPlan, Place, Span, StopKind, Visit
from domain.errors import GiveUp
from domain.instants import HOUR, Instant
from domain.routing import Solver
from maintenance.crew_cost import cost_of, end_of, waiting_cost
from maintenance.crew_field import may_make
from maintenance.crew_plan import plan
from maintenance.crew_timetable import Turn, turns_of
from maintenance.crew_ways import Ways
from maintenance.search.run import Effort, Progress


class Lot(NamedTuple):
    """One piece of a part: from when on it can be taken along, and what it costs to have it then."""

    part: str
    ready_at: Instant
    fee: float = 0.0


Allotment = Mapping[str, Lot]
"""By order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who goes where and when, with which piece."""

    plan: CrewPlan
    lots: Allotment
    cost: float
    """The plan's cost with all that is due on top, and the fees of the lots that are used."""


def decide(crew: Crew, lots: Sequence[Lot], ways: Ways, *, seed: int, rounds: int, turns: int) -> Iterator[Decision]:
    """Better and better decisions; the last is the best. At most so many plans of so many rounds; closing cancels.

    A visit that needs one piece of a part that there are lots of takes one of them; `crew.depot` is where they are.
    Raises GiveUp where there are fewer lots than visits that need one.
    """
    steps = decisions(crew, lots, ways, seed=seed, turns=turns, effort=lambda: Effort(rounds=rounds))
    yield from (step for step in steps if isinstance(step, Decision))


def decisions(
    crew: Crew,
    lots: Sequence[Lot],
    ways: Ways,
    *,
    seed: int,
    turns: int,
    effort: Callable[[], Effort],
    solvers: Sequence[Solver] = (),
    before: CrewPlan | None = None,
) -> Iterator[Progress | Decision]:
    """The same with the progress of each plan, which takes one `effort`; each begins with the best before it."""
    allotted = first_come(crew, lots)
    best: Decision | None = None
    tried: set[tuple[tuple[str, Lot], ...]] = set()
    for turn in range(turns):
        tried.add(tuple(sorted(allotted.items())))
        for step in plan(waiting_for(crew, allotted), ways, seed + turn, effort(), solvers, before=before):
            if isinstance(step, Progress):
                yield step
                continue
            found = Decision(plan=step, lots=allotted, cost=cost_with(crew, step, allotted, ways))
            if best is None or found.cost < best.cost:
                best = found
                yield best
        assert best is not None
        allotted = given_anew(crew, best, lots, ways)
        if tuple(sorted(allotted.items())) in tried:
            allotted = best.lots


def first_come(crew: Crew, lots: Sequence[Lot]) -> Allotment:
    """The order that loses most by waiting takes the first free piece; nothing is sent express. Raises GiveUp."""
    parts = {lot.part for lot in lots}
    left = sorted(lots, key=lambda lot: (lot.fee, lot.ready_at))
    horizon = end_of(crew) - crew.now
    found = {}
    for visit in sorted(crew.visits, key=lambda one: (-waiting_cost(one.waiting, horizon), one.order)):
        for part in parts & set(visit.parts):
            lot = next((each for each in left if each.part == part), None)
            if lot is None:
                raise GiveUp(
                    f"There are more orders than lots of {part}; buy some, or leave out an order that needs it."
                )
            left.remove(lot)
            found[visit.order] = lot
    return found


def decided(crew: Crew, allotted: Allotment, ways: Ways, *, seed: int, rounds: int) -> Decision:
    """The crew plan when nobody goes before the piece is there."""
    made = next(
        step
        for step in plan(waiting_for(crew, allotted), ways, seed, Effort(rounds=rounds))
        if isinstance(step, CrewPlan)
    )
    return Decision(plan=made, lots=allotted, cost=cost_with(crew, made, allotted, ways))


def waiting_for(crew: Crew, allotted: Allotment) -> Crew:
    """The problem in which nobody goes before the piece is there."""
    until = end_of(crew)
    visits = tuple(
        replace(visit, windows=later(visit, allotted[visit.order].ready_at, until))
        if visit.order in allotted
        else visit
        for visit in crew.visits
    )
    return replace(crew, visits=visits)


def cost_with(crew: Crew, made: CrewPlan, allotted: Allotment, ways: Ways) -> float:
    """What a plan costs with the fees of the lots that it uses."""
    left = {one.order for one in made.unassigned}
    fees = sum(lot.fee for order, lot in allotted.items() if order not in left)
    return cost_of(crew, made, ways).total + fees


def later(visit: Visit, ready_at: Instant, until: Instant) -> tuple[Span, ...]:
    """A visit's windows as far as the piece is there; without windows, from then on."""
    if not visit.windows:
        return (Span(ready_at, max(until, ready_at)),)
    kept = tuple(Span(max(one.begin, ready_at), one.end) for one in visit.windows if one.end > ready_at)
    return kept or (Span(until, until),)


# -- giving the pieces out anew


def given_anew(crew: Crew, best: Decision, lots: Sequence[Lot], ways: Ways) -> Allotment:
    """Swaps and free pieces, each taken while it lowers what the orders would cost on the days they then could have."""
    prices = {visit.order: Prices.of(crew, visit, best.plan, ways) for visit in crew.visits if visit.order in best.lots}
    mine = dict(best.lots)
    left = list(lots)
    for lot in mine.values():
        left.remove(lot)
    changed = True
    while changed:
        changed = False
        for order in sorted(mine):
            changed |= took_free(order, mine, left, prices) or swapped(order, mine, prices)
    return mine


def took_free(order: str, mine: dict[str, Lot], left: list[Lot], prices: Mapping[str, "Prices"]) -> bool:
    """Whether a piece that nobody has suits an order better."""
    has, price = mine[order], prices[order]
    free = [lot for lot in left if lot.part == has.part]
    best = min(free, key=price.under, default=has)
    if price.under(best) >= price.under(has) - 1e-9:
        return False
    left.remove(best)
    left.append(has)
    mine[order] = best
    return True


def swapped(order: str, mine: dict[str, Lot], prices: Mapping[str, "Prices"]) -> bool:
    """Whether two orders are better off, together, with each other's piece."""
    for other in sorted(mine):
        a, b = mine[order], mine[other]
        if a.part != b.part or a == b:
            continue
        before = prices[order].under(a) + prices[other].under(b)
        if prices[order].under(b) + prices[other].under(a) < before - 1e-9:
            mine[order], mine[other] = b, a
            return True
    return False


@dataclass(frozen=True, slots=True)
class Prices:
    """What each moment would cost an order, beside the plan as it is: waiting, and the way round."""

    days: tuple[tuple[Instant, float], ...]
    """The last start of each turn that may make it, and what being put into that turn costs."""
    left: float
    """What leaving it out costs."""

    @classmethod
    def of(cls, crew: Crew, visit: Visit, made: CrewPlan, ways: Ways) -> "Prices":
        """By the cheapest place in each turn's route, without it where it is in; an empty turn goes there alone."""
        days = []
        for turn in turns_of(crew):
            last = turn.span.end - visit.duration
            if may_make(turn.technician, visit, turn.span.end):
                way = detour(crew, visit, stops(crew, turn, made, visit.order), turn.technician.hour_cost, ways)
                middle = (turn.span.begin + turn.span.end) // 2
                days.append((last, way + waiting_cost(visit.waiting, middle - crew.now)))
        left = visit.unassigned_cost + waiting_cost(visit.waiting, end_of(crew) - crew.now)
        return cls(tuple(days), left)

    def under(self, lot: Lot) -> float:
        """The cheapest that is possible with a lot."""
        return min((price + lot.fee for last, price in self.days if last >= lot.ready_at), default=self.left)


def stops(crew: Crew, turn: Turn, made: CrewPlan, without: str) -> list[Place]:
    """Where a turn goes, an order left out."""
    places = {one.order: one.place for one in crew.visits}
    there = [
        places[one.order]
        for route in made.routes
        if route.technician == turn.technician.id and turn.span.begin <= route.leaves_at < turn.span.end
        for one in route.stops
        if one.kind is StopKind.VISIT and one.order != without
    ]
    return [turn.technician.home, *there, turn.technician.home]


def detour(crew: Crew, visit: Visit, way: Sequence[Place], hour_cost: float, ways: Ways) -> float:
    """What the cheapest place in a route adds: kilometres, and the time of the way and of the work."""
    work = visit.duration / HOUR * hour_cost

    def added(here: Place, there: Place) -> float:
        legs = (ways.between(here, visit.place), ways.between(visit.place, there))
        skipped = ways.between(here, there)
        km = sum(leg.km for leg in legs) - skipped.km
        time = sum(leg.duration for leg in legs) - skipped.duration
        return km * crew.km_cost + time / HOUR * hour_cost

    return work + min(added(here, there) for here, there in pairwise(way))
