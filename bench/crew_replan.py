"""Three technicians break down at eleven: what a re-plan that keeps promises moves and costs, beside a free one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bench.crew_synthetic import NOW
from domain.crew import Booking, Crew, CrewPlan, Span, Stop, StopKind, Visit
from domain.instants import DAY, HOUR, MINUTE, Instant

ELEVEN = NOW + DAY + 11 * HOUR
FROZEN_UNTIL = ELEVEN + 2 * HOUR
BREAKDOWNS = 3
EITHER_WAY = 30 * MINUTE
"""A customer was told the planned begin, give or take so much."""

Planned = Callable[[Crew], CrewPlan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """What is known at eleven: the problem that is left, and what customers were told."""

    crew: Crew
    told: Mapping[str, Span]


def morning_of(crew: Crew, made: CrewPlan) -> Morning:
    """Those with the most work after eleven break down; what others begin until one o'clock is frozen."""
    begins = {stop.order: (route.technician, stop) for route in made.routes for stop in visits_of(route.stops)}
    after = {person.id: 0 for person in crew.technicians}
    for who, stop in begins.values():
        after[who] += stop.starts_at >= ELEVEN
    broken = set(sorted(after, key=lambda who: -after[who])[:BREAKDOWNS])
    left = []
    for visit in crew.visits:
        who, stop = begins.get(visit.order, ("", None))
        if stop is None or who in broken:
            if stop is None or stop.starts_at >= ELEVEN:
                left.append(visit)
        elif stop.starts_at < FROZEN_UNTIL:
            left.append(replace(visit, frozen=Booking((who,), stop.starts_at)))
        else:
            left.append(visit)
    people = tuple(person for person in crew.technicians if person.id not in broken)
    told = {
        visit.order: around(begins[visit.order][1].starts_at)
        for visit in left
        if visit.frozen is None and visit.order in begins
    }
    return Morning(
        crew=replace(crew, visits=tuple(left), technicians=people, freeze=FROZEN_UNTIL - crew.now), told=told
    )


def keeping_promises(morning: Morning, planned: Planned) -> CrewPlan:
    """All promises are kept where that can be; whom it leaves out is promised another time, and planned once more."""
    first = planned(with_promises(morning, morning.told))
    out = {one.order for one in first.unassigned}
    return planned(with_promises(morning, {order: span for order, span in morning.told.items() if order not in out}))


def with_promises(morning: Morning, told: Mapping[str, Span]) -> Crew:
    """The problem in which these promises are a rule; what could not be kept in the freeze is none."""
    kept = {order: span for order, span in told.items() if span.end >= FROZEN_UNTIL}
    return replace(morning.crew, visits=tuple(promised(visit, kept.get(visit.order)) for visit in morning.crew.visits))


def promised(visit: Visit, span: Span | None) -> Visit:
    """A visit whose customer was told a time."""
    return visit if span is None else replace(visit, promised=span)


def moved(morning: Morning, made: CrewPlan) -> list[str]:
    """Whose promise is broken."""
    begins = {stop.order: stop.starts_at for route in made.routes for stop in visits_of(route.stops)}
    return [order for order, span in morning.told.items() if not span.begin <= begins.get(order, -1) <= span.end]


def around(at: Instant) -> Span:
    """What the customer was told."""
    return Span(at - EITHER_WAY, at + EITHER_WAY)


def visits_of(stops: tuple[Stop, ...]) -> list[Stop]:
    """Stops at customers."""
    return [stop for stop in stops if stop.kind is StopKind.VISIT]
