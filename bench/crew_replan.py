"""Three machines, or three technicians, break down at eleven: the problem that is left, and whose promise moved."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from bench.crew_synthetic import NOW, PARTS, SKILLS
from domain.crew import Booking, Crew, CrewPlan, Place, Span, Stop, StopKind, Visit
from domain.instants import DAY, HOUR, MINUTE, Instant
from domain.work_order import Waiting

ELEVEN = NOW + DAY + 11 * HOUR
FROZEN_UNTIL = ELEVEN + 2 * HOUR
BREAKDOWNS = 3
EITHER_WAY = 30 * MINUTE
"""A customer was told the planned begin, give or take so much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """What is known at eleven: the problem that is left, and what customers were told."""

    crew: Crew
    told: Mapping[str, Span]


def machines_down(crew: Crew, made: CrewPlan, seed: int) -> Morning:
    """Three machines stand since eleven: three orders more, due in four hours, dear by the day."""
    chance = np.random.default_rng([seed, 11])
    more = tuple(
        Visit(
            order=f"B-{nth}",
            place=Place(*(round(float(x), 5) for x in chance.uniform((52.3, 13.1), (52.7, 13.7)))),
            duration=int(chance.integers(3, 7)) * 10 * MINUTE,
            skills=(str(chance.choice(SKILLS)),),
            parts={str(chance.choice(PARTS)): 1},
            due_at=ELEVEN + 4 * HOUR,
            breach_cost=250.0,
            waiting=(Waiting(days=1, cost=600.0),),
            unassigned_cost=1_000.0,
        )
        for nth in range(BREAKDOWNS)
    )
    return morning_of(replace(crew, visits=(*crew.visits, *more)), made, set())


def technicians_down(crew: Crew, made: CrewPlan) -> Morning:
    """The three technicians with the most work after eleven break down."""
    after = {person.id: 0 for person in crew.technicians}
    for route in made.routes:
        after[route.technician] += sum(stop.starts_at >= ELEVEN for stop in visits_of(route.stops))
    return morning_of(crew, made, set(sorted(after, key=lambda who: -after[who])[:BREAKDOWNS]))


def morning_of(crew: Crew, made: CrewPlan, gone: Collection[str]) -> Morning:
    """What is left when some are gone at eleven; what the others begin until one o'clock is frozen."""
    begins = {
        stop.order: (route.technician, stop.starts_at) for route in made.routes for stop in visits_of(route.stops)
    }
    left, told = [], {}
    for visit in crew.visits:
        who, at = begins.get(visit.order, ("", None))
        if at is not None and who not in gone and at < FROZEN_UNTIL:
            left.append(replace(visit, frozen=Booking((who,), at)))
        elif at is None or at >= ELEVEN:
            told |= {} if at is None else {visit.order: around(at)}
            left.append(visit)
    return Morning(
        crew=replace(
            crew,
            visits=tuple(left),
            technicians=tuple(person for person in crew.technicians if person.id not in gone),
            freeze=FROZEN_UNTIL - crew.now,
        ),
        told=told,
    )


def with_promises(morning: Morning) -> Crew:
    """The problem in which what customers were told is promised."""
    visits = (replace(visit, promised=morning.told.get(visit.order)) for visit in morning.crew.visits)
    return replace(morning.crew, visits=tuple(visits))


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
