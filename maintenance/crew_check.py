"""The checker: whether a crew plan keeps every hard rule, and in which sentences it does not.

Whoever makes a plan, by hand or by search, has it checked here; nothing else decides what is allowed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from domain.crew import Crew, CrewPlan, Route, Rule, Shift, Span, Stop, StopKind, Technician, Violation, Visit
from domain.instants import MINUTE, instant_text
from maintenance.crew_check_stock import broken_stock
from maintenance.crew_ways import Ways
from maintenance.crew_words import listed, span_text, violation


def check(crew: Crew, plan: CrewPlan, ways: Ways) -> tuple[Violation, ...]:
    """Every hard rule that the plan breaks; none = the plan can be carried out as it stands."""
    visits = {visit.order: visit for visit in crew.visits}
    people = {technician.id: technician for technician in crew.technicians}
    strangers = tuple(broken_names(plan, visits, people))
    if strangers:
        return strangers
    return (
        *broken_counts(crew, plan),
        *(broken for route in plan.routes for broken in broken_route(crew, people[route.technician], route, ways)),
        *(
            broken
            for who, stop in visited(plan)
            for broken in broken_visit(crew, people[who], visits[stop.order], stop)
        ),
        *broken_overlaps(plan),
        *broken_stock(crew, plan),
    )


def visited(plan: CrewPlan) -> Iterator[tuple[str, Stop]]:
    """Technician and stop of each visit."""
    for route in plan.routes:
        yield from ((route.technician, stop) for stop in route.stops if stop.kind is StopKind.VISIT)


def broken_names(plan: CrewPlan, visits: Mapping[str, Visit], people: Mapping[str, Technician]) -> Iterator[Violation]:
    """What the problem does not know."""
    named = [stop.order for _, stop in visited(plan)] + [left.order for left in plan.unassigned]
    strangers = [order for order in named if order not in visits]
    strangers += [route.technician for route in plan.routes if route.technician not in people]
    yield from (violation(Rule.KNOWN, what=stranger) for stranger in dict.fromkeys(strangers))


def broken_counts(crew: Crew, plan: CrewPlan) -> Iterator[Violation]:
    """Each visit is made once by as many different people as it needs, all at once, or left out."""
    made: dict[str, list[tuple[str, Stop]]] = defaultdict(list)
    for who, stop in visited(plan):
        made[stop.order].append((who, stop))
    left = [one.order for one in plan.unassigned]
    for visit in crew.visits:
        there = made[visit.order]
        needed = 0 if visit.order in left else visit.crew
        if len(there) != needed or len({who for who, _ in there}) != needed or left.count(visit.order) > 1:
            yield violation(Rule.ONCE, order=visit.order, count=len(there) + left.count(visit.order), crew=visit.crew)
        elif len({stop.starts_at for _, stop in there}) > 1:
            yield violation(Rule.TEAM, order=visit.order, count=len(there))
        if visit.frozen is not None and visit.order in left:
            yield frozen_violation(crew, visit)


def broken_route(crew: Crew, technician: Technician, route: Route, ways: Ways) -> Iterator[Violation]:
    """What is wrong with a route's times."""
    who, span = technician.id, route.span
    shift = next((one for one in technician.shifts if Span(one.span.begin, one.until).holds(span)), None)
    between = {"at": instant_text(span.begin), "until": instant_text(span.end)}
    if shift is None:
        yield violation(Rule.SHIFT, technician=who, **between)
    else:
        yield from broken_breaks(who, shift, route)
    if any(leave.meets(span) for leave in technician.leave):
        yield violation(Rule.LEAVE, technician=who, **between)
    if not technician.works_holidays and any(holiday.meets(span) for holiday in crew.holidays):
        yield violation(Rule.HOLIDAY, technician=who, **between)
    yield from broken_travel(crew, technician, route, ways)


def broken_travel(crew: Crew, technician: Technician, route: Route, ways: Ways) -> Iterator[Violation]:
    """Arrivals that are too early for the way, and stops that are shorter or longer than they are."""
    places = {visit.order: visit.place for visit in crew.visits}
    here, free_at = technician.home, route.leaves_at
    for stop in route.stops:
        there = here if stop.kind is StopKind.BREAK else places.get(stop.order)
        if stop.kind is StopKind.DEPOT:
            there = crew.depot.place if crew.depot else None
        if there is None:
            yield violation(Rule.DEPOT, technician=technician.id, what="—")
            continue
        earliest = free_at + ways.between(here, there).duration
        if stop.arrives_at < earliest or stop.starts_at < stop.arrives_at:
            yield late(technician.id, stop.order or stop.kind, min(stop.arrives_at, stop.starts_at), earliest)
        here, free_at = there, stop.ends_at
        yield from broken_duration(crew, technician.id, stop)
    earliest = free_at + ways.between(here, technician.home).duration
    if route.returns_at < earliest:
        yield late(technician.id, "home", route.returns_at, earliest)


def late(who: str, what: str, at: int, earliest: int) -> Violation:
    """Somebody is nowhere near so soon."""
    return violation(Rule.TRAVEL, technician=who, what=what, at=instant_text(at), until=instant_text(earliest))


def broken_duration(crew: Crew, who: str, stop: Stop) -> Iterator[Violation]:
    """A visit takes as long as it takes, and so does loading, while the depot is open."""
    took = stop.ends_at - stop.starts_at
    if stop.kind is StopKind.VISIT:
        needed = next(visit.duration for visit in crew.visits if visit.order == stop.order)
    elif stop.kind is StopKind.DEPOT and crew.depot is not None:
        needed = crew.depot.loading
        if not crew.depot.opens.holds(Span(stop.starts_at, stop.ends_at)):
            yield violation(Rule.DEPOT, technician=who, what=instant_text(stop.starts_at))
    else:
        return
    if took != needed:
        minutes = round(took / MINUTE, 1)
        yield violation(Rule.DURATION, technician=who, order=stop.order, minutes=minutes, what=stop.order or stop.kind)


def broken_breaks(who: str, shift: Shift, route: Route) -> Iterator[Violation]:
    """A break is owed unless the route leaves time for it before it begins or after it ends."""
    taken = [stop for stop in route.stops if stop.kind is StopKind.BREAK]
    for owed in shift.breaks:
        before = route.leaves_at >= owed.begins.begin + owed.duration
        after = route.returns_at <= owed.begins.end
        fits = [
            stop
            for stop in taken
            if owed.begins.begin <= stop.starts_at <= owed.begins.end and stop.ends_at - stop.starts_at >= owed.duration
        ]
        if fits:
            taken.remove(fits[0])
        elif not (before or after):
            yield violation(
                Rule.BREAK,
                technician=who,
                minutes=owed.duration // MINUTE,
                at=instant_text(owed.begins.begin),
                until=instant_text(owed.begins.end),
            )


def broken_visit(crew: Crew, technician: Technician, visit: Visit, stop: Stop) -> Iterator[Violation]:
    """What stands against this person doing this at this time."""
    names = {"technician": technician.id, "order": visit.order}
    at = instant_text(stop.starts_at)
    for skill in visit.skills:
        if skill not in technician.skills:
            yield violation(Rule.SKILL, **names, what=skill)
    for certificate in visit.certificates:
        if technician.certificates.get(certificate, stop.ends_at) <= stop.ends_at:
            yield violation(Rule.CERTIFICATE, **names, what=certificate)
    if visit.windows and not any(begin <= stop.starts_at <= end for begin, end in visit.windows):
        yield violation(Rule.WINDOW, **names, at=at)
    if visit.promised is not None and not visit.promised.begin <= stop.starts_at <= visit.promised.end:
        yield violation(Rule.PROMISE, **names, at=at, what=span_text(visit.promised))
    if visit.pins and technician.id not in visit.pins:
        yield violation(Rule.PIN, **names, what=listed(visit.pins))
    if visit.frozen is not None:
        if technician.id not in visit.frozen.technicians or stop.starts_at != visit.frozen.starts_at:
            yield frozen_violation(crew, visit)
    elif stop.starts_at < crew.now + crew.freeze:
        yield frozen_violation(crew, visit)


def frozen_violation(crew: Crew, visit: Visit) -> Violation:
    """What is about to happen happens."""
    booked = visit.frozen
    what = f"{listed(booked.technicians)}, {instant_text(booked.starts_at)}" if booked else "—"
    return violation(Rule.FREEZE, order=visit.order, what=what, until=instant_text(crew.now + crew.freeze))


def broken_overlaps(plan: CrewPlan) -> Iterator[Violation]:
    """Nobody is in two places, and no stop begins before the one before it ends."""
    routes: dict[str, list[Route]] = defaultdict(list)
    for route in sorted(plan.routes, key=lambda one: one.leaves_at):
        routes[route.technician].append(route)
    for who, mine in routes.items():
        ends = [one.returns_at for one in mine[:-1]]
        begins = [one.leaves_at for one in mine[1:]]
        for at in clashes(zip(ends, begins, strict=True)):
            yield violation(Rule.ORDER, technician=who, at=instant_text(at))


def clashes(pairs: Iterable[tuple[int, int]]) -> Iterator[int]:
    """The beginnings that come before the end before them."""
    yield from (begin for end, begin in pairs if begin < end)
