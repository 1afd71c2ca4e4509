"""The live crew problem: orders, people and stock as the ledger knows them, as visits, technicians and a depot."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from fnmatch import fnmatchcase

from domain.crew import Booking, Crew, Depot, Obstacle, Place, Span, Technician, Unassigned, Visit
from domain.instants import DAY, HOUR, MINUTE, Duration, Instant
from domain.part import Incoming
from domain.person import FOR_EVER, Person, Staff, Workplace
from domain.registry import Facts
from domain.sla import Calendar
from domain.ticket import Priority
from domain.work_order import OrderKind, OrderState, Waiting, WorkOrder
from maintenance.crew_shifts import day_in, instant_at, shifts_of
from maintenance.crew_words import unassigned

S = OrderState
PLANNED = frozenset({S.APPROVED, S.RELEASED, S.DISPATCHED})
"""States whose orders get people and times."""
UNDER_WAY = frozenset({S.DISPATCHED, S.IN_PROGRESS})
"""Somebody was sent: people and time stand."""
TO_PLAN = PLANNED | {S.IN_PROGRESS, S.IN_REVIEW}
"""All states of which the planner looks at orders."""
WEIGHTS = {Priority.URGENT: 4.0, Priority.HIGH: 2.0, Priority.MEDIUM: 1.0, Priority.LOW: 0.5}
WORKDAYS = 5
RESERVED = " (reserved)"
"""Pieces of a short part that are promised to orders bear its name with this behind it: nobody else gets them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What things cost, and when people work of whom nobody says it."""

    zone: str = "UTC"
    hour_cost: float = 60.0
    km_cost: float = 0.4
    overtime_cost: float = 30.0
    overtime: Duration = HOUR
    freeze: Duration = 2 * HOUR
    day: tuple[int, int] = (8 * 60, 17 * 60)
    unassigned_cost: float = 400.0
    breach_cost: float = 250.0
    day_cost: float = 20.0
    trip_cost: float = 30.0
    soon: Duration = 30 * DAY
    moved_promise_cost: float = 150.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """What the ledger knows that a crew plan needs."""

    now: Instant
    days: int
    """How far ahead is planned, in local days, today the first."""
    orders: tuple[WorkOrder, ...]
    facts: Mapping[str, Facts] = field(default_factory=dict)
    """By asset."""
    staff: Staff = field(default_factory=Staff)
    vans: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Parts by technician."""
    depot: Depot | None = None
    kits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By order: the parts that somebody must bring."""
    incoming: Mapping[str, Sequence[Incoming]] = field(default_factory=dict)
    """By part: what is on its way to the depot."""
    away: Mapping[str, Span] = field(default_factory=dict)
    """Who cannot come, beside leave: what they were sent to goes to others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The problem, and what never came to it."""

    crew: Crew
    orders: Mapping[str, WorkOrder]
    """Those that the plan speaks of, by number."""
    left: tuple[Unassigned, ...] = ()
    """Orders that cannot be planned at all."""
    extra: frozenset[str] = frozenset()
    """Orders that are not due: done where somebody is there anyway."""
    homeless: tuple[str, ...] = ()
    """Technicians of whom nobody said where they start."""


def world_of(live: Live, terms: Terms) -> World:
    """The problem as it stands at `now`.

    It begins at the day's first minute, so that what is under way stands in it as it happens; nothing else begins
    before `now` and the freeze are over.
    """
    today = day_in(live.now, terms.zone)
    until = instant_at(today + timedelta(days=live.days), 0, terms.zone)
    frozen = {each.number: span_of(each) for each in live.orders if is_frozen(live, each, terms)}
    begin = min([instant_at(today, 0, terms.zone), *(span.begin - 3 * HOUR for span in frozen.values())])
    people = [technician_of(live, one, terms, Span(begin, until)) for one in workers(live)]
    visits, left, extra = sorted_out(live, terms, frozen, people, until)
    shown = {visit.order for visit in visits} | {one.order for one in left}
    crew = Crew(
        now=begin,
        visits=tuple(visits),
        technicians=tuple(with_bookings(live, people, visits, frozen, begin)),
        depot=live.depot,
        km_cost=terms.km_cost,
        freeze=live.now + terms.freeze - begin,
    )
    return World(
        crew=crew,
        orders={each.number: each for each in live.orders if each.number in shown},
        left=tuple(left),
        extra=frozenset(extra),
        homeless=tuple(one.id for one in technicians(live.staff) if one.lat is None or one.lon is None),
    )


def sorted_out(
    live: Live, terms: Terms, frozen: Mapping[str, Span], people: Iterable[Technician], until: Instant
) -> tuple[list[Visit], list[Unassigned], set[str]]:
    """What is planned, what cannot be, and which of the former are not due."""
    visits, left, extra = list[Visit](), list[Unassigned](), set[str]()
    visited = {place_of(live, each) for each in live.orders if is_wanted(each, until)} - {None}
    for order in sorted(live.orders, key=lambda each: each.number):
        place, wanted = place_of(live, order), is_wanted(order, until)
        if order.number in frozen:
            if place is not None:
                visits.append(replace(visit_of(live, order, place, terms), frozen=booking_of(order)))
            continue
        if order.state is S.IN_PROGRESS or not (wanted or goes_along(live, order, place in visited, terms, until)):
            continue
        why = None if place is None else cannot(live, order, people)
        if place is None or why is not None:
            if wanted:
                left.append(why or unassigned(nowhere(order), Obstacle.PLACE, what=order.asset))
            continue
        visit = visit_of(live, order, place, terms)
        if not wanted:
            extra.add(order.number)
            visit = replace(visit, unassigned_cost=worth_of_going_along(order, terms), waiting=(), breach_cost=0.0)
        visits.append(visit)
    return visits, left, extra


# -- orders


def is_wanted(order: WorkOrder, until: Instant) -> bool:
    """It should be done before the plan ends: what is broken always, the rest as its dates say."""
    dates = [at for at in (order.ideal_at, order.due_at) if at is not None]
    is_due = order.kind is OrderKind.CORRECTIVE or not dates or min(dates) < until
    is_due |= order.starts_at is not None and order.starts_at < until
    return order.state in PLANNED and is_due and (order.ready_at is None or order.ready_at < until)


def goes_along(live: Live, order: WorkOrder, is_visited: bool, terms: Terms, until: Instant) -> bool:
    """It is not due, but soon, and may be done now: one in review only where somebody goes anyway."""
    if order.state is S.IN_REVIEW and not is_visited:
        return False
    is_ready = order.ready_at is None or order.ready_at < until
    due = order.due_at if order.due_at is not None else order.ideal_at
    return order.state in PLANNED | {S.IN_REVIEW} and is_ready and due is not None and due < live.now + terms.soon


def worth_of_going_along(order: WorkOrder, terms: Terms) -> float:
    """What it costs to come again for it: its work, which costs the same then, and a trip."""
    return order.hours * terms.hour_cost + terms.trip_cost


def is_frozen(live: Live, order: WorkOrder, terms: Terms) -> bool:
    """It happens as it was told: somebody is on the way, at work, or about to leave, and can come."""
    if order.starts_at is None or not order.technicians or order.state not in PLANNED | {S.IN_PROGRESS}:
        return False
    known = {one.id for one in workers(live)}
    if not set(order.technicians) <= known or len(order.technicians) != order.crew:
        return False
    span = span_of(order)
    if any(who in live.away and live.away[who].meets(span) for who in order.technicians):
        return False
    is_about_to = live.now <= order.starts_at < live.now + terms.freeze
    return is_about_to or (order.state in UNDER_WAY and span.end > live.now - DAY)


def span_of(order: WorkOrder) -> Span:
    """When it was told to be done."""
    begin = order.starts_at or 0
    return Span(begin, begin + duration_of(order))


def booking_of(order: WorkOrder) -> Booking:
    """Who was told to come when."""
    return Booking(order.technicians, order.starts_at or 0)


def duration_of(order: WorkOrder) -> Duration:
    """How long the whole crew is there."""
    return max(round(order.hours * HOUR / order.crew), 5 * MINUTE)


def visit_of(live: Live, order: WorkOrder, place: Place, terms: Terms) -> Visit:
    """An order as the planner sees it."""
    weight = WEIGHTS[order.priority]
    promised = None
    if order.promised_from is not None and order.promised_until is not None:
        promised = Span(order.promised_from, order.promised_until)
    return Visit(
        order=order.number,
        place=place,
        duration=duration_of(order),
        crew=order.crew,
        skills=order.skills,
        certificates=order.certificates,
        windows=() if order.ready_at is None else (Span(order.ready_at, FOR_EVER),),
        promised=promised,
        pins=order.pins or territory(live, order),
        parts=live.kits.get(order.number, {}),
        due_at=order.due_at,
        breach_cost=weight * terms.breach_cost if order.due_at is not None else 0.0,
        waiting=order.waiting or (Waiting(days=1, cost=weight * terms.day_cost),),
        unassigned_cost=weight * terms.unassigned_cost,
    )


def nowhere(order: WorkOrder) -> Visit:
    """An order without a place, to be named."""
    return Visit(order=order.number, place=Place(0.0, 0.0), duration=duration_of(order), crew=order.crew)


def place_of(live: Live, order: WorkOrder) -> Place | None:
    """Where its asset is; None where nobody said."""
    facts = live.facts.get(order.asset)
    return None if facts is None or facts.lat is None or facts.lon is None else Place(facts.lat, facts.lon)


def territory(live: Live, order: WorkOrder) -> tuple[str, ...]:
    """Who goes to the order's site, where not everybody does; empty = everybody."""
    site = live.facts[order.asset].site if order.asset in live.facts else ""
    here = [one.id for one in workers(live) if covers(one, site)]
    return () if len(here) == len(workers(live)) else tuple(here)


def covers(person: Person, site: str) -> bool:
    """A person goes there."""
    return not person.territory or any(fnmatchcase(site, pattern) for pattern in person.territory)


def cannot(live: Live, order: WorkOrder, people: Iterable[Technician]) -> Unassigned | None:
    """Why an order with a place cannot even be looked at."""
    site = live.facts[order.asset].site
    if not list(people):
        return unassigned(nowhere(order), Obstacle.NOBODY)
    if not order.pins and not any(covers(one, site) for one in workers(live)):
        return unassigned(nowhere(order), Obstacle.TERRITORY, what=site or "—")
    if order.crew not in (1, 2):
        return unassigned(nowhere(order), Obstacle.CREW)
    return None


# -- people


def technicians(staff: Staff) -> list[Person]:
    """Everybody who goes to assets, by id."""
    people = sorted(staff.people.values(), key=lambda one: one.id)
    return [one for one in people if one.active and one.workplace is Workplace.ONSITE]


def workers(live: Live) -> list[Person]:
    """Those of them of whom is known where they start."""
    return [one for one in technicians(live.staff) if one.lat is not None and one.lon is not None]


def technician_of(live: Live, person: Person, terms: Terms, span: Span) -> Technician:
    """A person as the planner sees them."""
    usual = tuple(((terms.day,) if weekday < WORKDAYS else ()) for weekday in range(7))
    calendar = live.staff.shifts.get(person.shift) or Calendar(id="", zone=terms.zone, week=usual)
    away = [Span(begin, end) for begin, end in person.leave]
    return Technician(
        id=person.id,
        home=Place(person.lat or 0.0, person.lon or 0.0),
        shifts=shifts_of(calendar, span.begin, span.end, terms.overtime),
        skills=person.skills,
        certificates=person.certificates,
        leave=(*away, *(live.away[name] for name in (person.id,) if name in live.away)),
        works_holidays=True,
        stock=live.vans.get(person.id, {}),
        hour_cost=terms.hour_cost,
        overtime_cost=terms.overtime_cost,
    )


def with_bookings(
    live: Live, people: Iterable[Technician], visits: Iterable[Visit], frozen: Mapping[str, Span], begin: Instant
) -> Iterator[Technician]:
    """People who are not on the way leave home now at the soonest; work at no known place takes its time."""
    placed = {visit.order: visit.frozen.technicians for visit in visits if visit.frozen is not None}
    going = {who for names in placed.values() for who in names}
    unplaced = [each for each in live.orders if each.number in frozen and each.number not in placed]
    for one in people:
        gone = [span_of(each) for each in unplaced if one.id in each.technicians]
        if one.id not in going and begin < live.now:
            gone.append(Span(begin, live.now))
        yield replace(one, leave=(*one.leave, *gone))
