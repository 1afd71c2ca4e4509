"""Proposals: what a crew plan changes in the orders, what it costs, and what its reader should know."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.crew import CrewCost, CrewPlan, Stop, StopKind
from domain.crew_proposal import Booked, Left, Proposal, Relief
from domain.instants import Instant
from domain.person import FOR_EVER
from domain.text import Text
from domain.work_order import OrderState, WorkOrder
from maintenance.catalogue_crew import HOMELESS
from maintenance.crew_live import World
from maintenance.crew_words import filled, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A plan that was made for a world."""

    plan: CrewPlan
    cost: CrewCost
    reliefs: Mapping[str, Relief]
    """By order."""
    saved: Mapping[str, float] = field(default_factory=dict)
    """By order that goes along: the money that doing it now saves."""


def proposed(
    world: World, made: Made, *, now: Instant, price: float, why: str = "", said: Sequence[Text] = ()
) -> Proposal:
    """The proposal. `price` is what one moved promise costs."""
    bookings = tuple(booked(world, made))
    moved = sum(one.moves_promise for one in bookings)
    homeless = (filled(HOMELESS, {"who": listed(world.homeless)}),) if world.homeless else ()
    return Proposal(
        made_at=now,
        why=why,
        plan=made.plan,
        cost=made.cost,
        moved_promises=moved,
        moved_cost=moved * price,
        bookings=bookings,
        left=tuple(left_of(world, made)),
        said=(*said, *homeless),
    )


def booked(world: World, made: Made) -> Iterable[Booked]:
    """Every order that was planned, in order of number; one that goes along and is not taken is not in it."""
    stops = visits_of(made.plan)
    planned = {visit.order for visit in world.crew.visits}
    for number, order in sorted(world.orders.items()):
        there = stops.get(number, [])
        if not there and (number not in planned or not order.technicians) and number not in held(world):
            continue
        yield booking(order, there, number in world.extra, made.saved.get(number, 0.0))


def held(world: World) -> frozenset[str]:
    """Orders that are due: whether they are booked or not, they must not change before the plan is accepted."""
    return frozenset(visit.order for visit in world.crew.visits) - world.extra


def booking(order: WorkOrder, there: Sequence[tuple[str, Stop]], goes_along: bool, saves: float) -> Booked:
    """One order beside its stops. What is under way without a place in the plan stays as it is."""
    begin = there[0][1].starts_at if there else None
    return Booked(
        order=order.number,
        revision=order.revision,
        technicians=tuple(sorted(who for who, _ in there)),
        starts_at=begin,
        ends_at=there[0][1].ends_at if there else None,
        technicians_before=tuple(sorted(order.technicians)),
        starts_before=order.starts_at,
        was_dispatched=order.state is OrderState.DISPATCHED,
        goes_along=goes_along,
        saves=saves,
        moves_promise=begin is not None and not is_kept(order, begin),
        waits_for_review=order.state is OrderState.IN_REVIEW,
    )


def is_kept(order: WorkOrder, begin: Instant) -> bool:
    """Work begins when the customer was told, or nothing was told."""
    begins = -FOR_EVER if order.promised_from is None else order.promised_from
    return begins <= begin <= (FOR_EVER if order.promised_until is None else order.promised_until)


def visits_of(plan: CrewPlan) -> Mapping[str, list[tuple[str, Stop]]]:
    """Who stops where, by order."""
    found: dict[str, list[tuple[str, Stop]]] = {}
    for route in plan.routes:
        for stop in route.stops:
            if stop.kind is StopKind.VISIT:
                found.setdefault(stop.order, []).append((route.technician, stop))
    return found


def left_of(world: World, made: Made) -> Iterable[Left]:
    """What nobody goes to, although it is due, and why."""
    for one in (*world.left, *made.plan.unassigned):
        if one.order not in world.extra:
            yield Left(order=one.order, obstacle=one.obstacle, why=one.why, relief=made.reliefs.get(one.order))
