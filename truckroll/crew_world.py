"""The crew's world: the live problem read from the ledger in one look."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from adapters import ledger_crew, ledger_fitted, ledger_parts, ledger_people
from adapters.ledger_sql import SqlLedger
from domain.crew import Depot, Place, Span
from domain.instants import Instant
from domain.part import Incoming, LocationKind, Reservation
from domain.text import Text
from domain.work_order import WorkOrder
from maintenance.crew_frozen import settled
from maintenance.crew_live import TO_PLAN, Live, Terms, World, technicians, world_of
from maintenance.crew_ways import Ways
from maintenance.joint import Lot
from maintenance.joint_live import arriving
from truckroll.crew_outside import router_of
from truckroll.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """The problem, and what its reader should know."""

    world: World
    terms: Terms
    said: tuple[Text, ...] = ()
    arrivals: tuple[Lot, ...] = ()
    """Pieces that are on their way to the depot."""


def terms_of(settings: Settings) -> Terms:
    """What things cost here."""
    return settings.crew.terms(settings.maintenance.hour_cost, settings.maintenance.zone)


def look(
    ledger: SqlLedger, settings: Settings, now: Instant, days: int, away: Mapping[str, Span] | None = None
) -> Looked:
    """The problem as it stands. Raises TryLater where a routing server does not answer, GiveUp."""
    terms = terms_of(settings)
    with ledger.reading() as connection:
        live = live_of(connection, now, days, away or {})
    world = world_of(live, terms)
    crew, said = settled(world.crew, Ways(world.crew, router_of(settings.crew.ways)))
    arrivals = [lot for part, some in sorted(live.incoming.items()) for lot in arriving(part, some, terms.zone)]
    return Looked(world=replace(world, crew=crew), terms=terms, said=said, arrivals=tuple(arrivals))


def live_of(connection: Connection, now: Instant, days: int, away: Mapping[str, Span]) -> Live:
    """What the ledger knows."""
    orders = ledger_crew.orders_in(connection, sorted(TO_PLAN))
    staff = ledger_people.staff(connection)
    stock = stock_of(connection, orders, [one.id for one in technicians(staff)])
    return Live(
        now=now,
        days=days,
        orders=tuple(orders),
        facts=ledger_fitted.facts_by_asset(connection, {each.asset for each in orders}),
        staff=staff,
        vans=stock.vans,
        depot=stock.depot,
        kits=stock.kits,
        incoming=stock.incoming,
        away=away,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """Parts as the planner sees them."""

    vans: Mapping[str, Mapping[str, int]]
    depot: Depot | None
    kits: Mapping[str, Mapping[str, int]]
    incoming: Mapping[str, Sequence[Incoming]]
    """On its way to the depot."""


def stock_of(connection: Connection, orders: Sequence[WorkOrder], people: Iterable[str]) -> Stock:
    """What lies in vans and in the depot with a place that has most, without what is promised to other orders.

    Where no depot has a place, what is reserved in one counts as brought along.
    """
    known = ledger_parts.parts(connection, {part for each in orders for part in each.kit})
    places = ledger_parts.locations(connection)
    held = {each.number: ledger_parts.reservations_of(connection, each.number) for each in orders if each.kit}
    mine = Counter[tuple[str, str]]()
    for some in held.values():
        for one in some:
            mine[one.part, one.location] += one.pieces
    wanted = set(known) | {one.part for some in held.values() for one in some}
    free: dict[str, dict[str, int]] = {name: {} for name in places}
    levels = ledger_parts.levels(connection, wanted)
    for (part, place), level in levels.items():
        if place in free and (count := level.available + mine[part, place]) > 0:
            free[place][part] = count
    vans = {
        who: total(free[one.id] for one in places.values() if one.kind is LocationKind.VAN and one.technician == who)
        for who in people
    }
    depots = [one for one in places.values() if one.kind is LocationKind.DEPOT]
    placed = [one for one in depots if one.lat is not None and one.lon is not None]
    best = max(placed, key=lambda one: sum(free[one.id].values()), default=None)
    brought = set() if best else {one.id for one in depots}
    return Stock(
        vans=vans,
        depot=Depot(place=Place(best.lat or 0.0, best.lon or 0.0), stock=free[best.id]) if best else None,
        kits={each.number: kit_of(each, held.get(each.number, ()), set(known), brought) for each in orders},
        incoming={part: one.incoming for (part, place), one in levels.items() if best and place == best.id},
    )


def total(shelves: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    """What lies on all of them together."""
    found = Counter[str]()
    for shelf in shelves:
        found.update(shelf)
    return dict(found)


def kit_of(
    order: WorkOrder, reservations: Sequence[Reservation], known: set[str], brought: set[str]
) -> Mapping[str, int]:
    """The parts that somebody must bring: those that are reserved as they are, the rest as the kit says.

    What the stock ledger does not know is not asked for.
    """
    kit = Counter[str]()
    left = Counter({part: pieces for part, pieces in order.kit.items() if part in known})
    for one in reservations:
        left[one.need] -= one.pieces
        if one.location not in brought:
            kit[one.part] += one.pieces
    kit.update({part: pieces for part, pieces in left.items() if pieces > 0})
    return dict(kit)
